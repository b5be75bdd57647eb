"""The commands `chat-tracker account` and `chat-tracker operator`: what is done beside a running tracker.

A password is asked for on the terminal, or is the first line of standard input; it is never on the command line.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from chatcore.config import MAX_NICK_CHARS
from chatcore.errors import ChatError, ConfigError
from chatcore.protocol.names import nick_problem
from chatcore.server.accounts import ACCOUNTS_FILE, AccountStore
from chatcore.server.arguments import Parser
from chatcore.server.line_source import LineSource
from chatcore.server.operator_secret import hash_secret

_DEFAULT_STATE_DIR = Path("state")


def account_main(argv: Sequence[str]) -> int:
    """Run `account add|remove|list|passwd [NAME]`; return the exit status."""
    parser = Parser(
        prog="chat-tracker account",
        description="Manage accounts: registered usernames with a password of their own. A running tracker that uses "
        "the same state folder sees a change at once.",
    )
    parser.add_argument(
        "--state-dir", type=Path, default=_DEFAULT_STATE_DIR, metavar="FOLDER", help="that of the tracker (state)"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in _HELP.items():
        command = commands.add_parser(name, help=text.lower(), description=f"{text}.")
        if name != "list":
            command.add_argument("name", metavar="NAME")
    options = parser.parse_args(argv)
    store = AccountStore(options.state_dir / ACCOUNTS_FILE)
    try:
        if options.command == "list":
            for name in store.names():
                print(name)
            return 0
        return _COMMANDS[options.command](store, options.name)
    except ChatError as error:
        raise ConfigError(str(error)) from error
    finally:
        store.close()


def operator_main(argv: Sequence[str]) -> int:
    """Run `operator NAME`: print what makes somebody an IRC operator in the configuration; return the status."""
    parser = Parser(
        prog="chat-tracker operator",
        description="Print the lines for the configuration file that let NAME become an IRC operator with OPER. Only "
        "a hash of the password is in them.",
    )
    parser.add_argument("name", metavar="NAME")
    name = parser.parse_args(argv).name
    if not name.isprintable() or " " in name or name[:1] in ("", ":"):
        raise ConfigError("the name of an operator is one word, as OPER has it")
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    print(f'[operators]\n"{quoted}" = "{hash_secret(ask_new_password(name))}"')
    return 0


def ask_new_password(name: str) -> str:
    """Return a new password: typed twice, or the first line of standard input. Raises ConfigError."""
    lines = LineSource(0)
    if os.isatty(0):
        password = lines.ask_secret(f"Password for {name}: ")
        if password != lines.ask_secret("Once more: "):
            raise ConfigError("the two passwords differ")
    else:
        password = lines.read_line() or ""
    if not password:
        raise ConfigError("a password cannot be empty")
    return password


def _add(store: AccountStore, name: str) -> int:
    problem = nick_problem(name, MAX_NICK_CHARS)
    if problem:
        raise ConfigError(problem)
    if store.find(name) is not None or not store.add(name, ask_new_password(name)):
        raise ConfigError(f"there is an account {name} already")
    _tell(f"There is an account {name} now. The username is for who knows its password.")
    return 0


def _remove(store: AccountStore, name: str) -> int:
    if not store.remove(name):
        raise ConfigError(f"there is no account {name}")
    _tell(f"The account {name} is removed. A running tracker disconnects who is logged in to it within a second.")
    return 0


def _passwd(store: AccountStore, name: str) -> int:
    if store.find(name) is None or not store.set_password(name, ask_new_password(name)):
        raise ConfigError(f"there is no account {name}")
    _tell(
        f"The account {name} has another password. A running tracker disconnects who is logged in with the old one "
        "within a second."
    )
    return 0


def _tell(what_was_done: str) -> None:
    """Tell a person; a script has the exit status."""
    if sys.stdout.isatty():
        print(what_was_done)


_HELP = {
    "add": "Make an account; its name is reserved for who knows its password",
    "remove": "Remove an account",
    "list": "List the accounts",
    "passwd": "Change the password of an account",
}
_COMMANDS: dict[str, Callable[[AccountStore, str], int]] = {"add": _add, "remove": _remove, "passwd": _passwd}
