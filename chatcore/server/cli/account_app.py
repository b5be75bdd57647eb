"""The commands `chat-tracker account` and `chat-tracker operator`, for use beside a running tracker.

The commands for keys are in `account_key_app`.

A password is typed on the terminal or is the first line of standard input. It is never on the command line.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from chatcore.command_line import Parser, PlainFormatter
from chatcore.config import MAX_NICK_CHARS, load_config
from chatcore.errors import ChatError, ConfigError
from chatcore.protocol.names import nick_problem
from chatcore.server.access.accounts import ACCOUNTS_FILE, AccountStore
from chatcore.server.access.operator_secret import hash_secret
from chatcore.server.access.passwords import (
    MAX_ACCOUNT_PASSWORD_BYTES,
    MAX_PASSWORD_BYTES,
    password_problem,
    password_troubles,
)
from chatcore.server.cli import account_key_app
from chatcore.server.cli.beside import add_places
from chatcore.server.console.line_source import LineSource
from chatcore.state.credentials import Right

_ACCOUNT_DESCRIPTION = """\
Manage accounts. An account reserves a username for one person, who has a
password for it. Nobody else can use that name. Its owner logs in with SASL,
as `chat-client --account NAME` does, and needs no other password.

A running tracker that uses the same state folder notices changes at once."""

_ACCOUNT_EPILOG = """\
Options may come before or after the command and the name.

password:
  `add` and `passwd` ask for it on the terminal, twice. If standard input is
  not a terminal, its first line is the password. Only values derived from it
  are kept, in accounts.sqlite in the state folder.

exit status:
  0  done
  2  not done; one line on standard error says why

examples:
  chat-tracker account add ann
  chat-tracker account remove ann --state-dir /var/lib/chat
  chat-tracker account allow ann invite
  chat-tracker account key add ann ann.pub
  chat-tracker --config tracker.toml account list
  echo "$PASSWORD" | chat-tracker account passwd ann"""

_OPERATOR_DESCRIPTION = """\
Print the lines for the configuration file that let NAME become an IRC
operator, who may disconnect and ban people and do in every room what its
operators may. The command for it is `/oper NAME` in the terminal client or on
the page, `/oper NAME PASSWORD` in an IRC client. The lines contain only a hash
of the password."""

_OPERATOR_EPILOG = """\
The command asks for the password on the terminal, twice. If standard input is
not a terminal, its first line is the password.

examples:
  chat-tracker operator ann
  echo "$PASSWORD" | chat-tracker operator ann"""

_ASKED = "The password is typed on the terminal, or is the first line of standard input."
_COMMAND_TEXTS = {
    "add": (
        "make an account",
        f"Create an account. Only people who know its password can then use the username. {_ASKED}",
    ),
    "remove": (
        "remove an account",
        "Remove an account, and disconnect everybody logged in to it. The next account of that name is a new one.",
    ),
    "allow": (
        "give an account a right: invite",
        "Give an account a right that otherwise only IRC operators have: invite, to make links that let people in.",
    ),
    "deny": ("take a right away", "Take back a right that `allow` gave. Links made with it stay valid."),
    "rights": ("list who has rights", "Print the accounts that have rights, one a line, and which."),
    "list": ("list the accounts", "Print the names of all accounts, one a line."),
    "passwd": (
        "change the password of an account",
        f"Change the password of an account, and disconnect everybody logged in with the old one. {_ASKED}",
    ),
}


_RIGHTS = [right.value for right in Right]
_KEY = "key"
_ARGUMENTS = ("command", "name", "right", *account_key_app.ARGUMENTS)


def account_main(argv: Sequence[str], given: Mapping[str, Path] | None = None) -> int:
    """Run `account add|remove|passwd|allow|deny|rights|list|key`; return the exit status.

    `given` are options that came before the word `account`. Raises ConfigError.
    """
    options = {**(given or {}), **vars(_account_parser().parse_args(argv))}
    what = {name: options.pop(name) for name in _ARGUMENTS if name in options}
    store = AccountStore(load_config(options.pop("config", None), options).state_dir / ACCOUNTS_FILE)
    try:
        return _run(store, what)
    except ChatError as error:
        raise ConfigError(str(error)) from error
    finally:
        store.close()


def _run(store: AccountStore, options: Mapping[str, str]) -> int:
    what, name = options["command"], options.get("name", "")
    if what == _KEY:
        return account_key_app.run(store, options, _tell)
    if what in _LISTS:
        for line in _LISTS[what](store):
            print(line)
        return 0
    return (
        _OF_RIGHTS[what](store, name, Right(options["right"])) if what in _OF_RIGHTS else _COMMANDS[what](store, name)
    )


def _account_parser() -> Parser:
    parser = _parser("account", _ACCOUNT_DESCRIPTION, _ACCOUNT_EPILOG)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", title="commands")
    for name, (summary, description) in _COMMAND_TEXTS.items():
        command = commands.add_parser(name, help=summary, description=description, parents=[_files()])
        if name not in _LISTS:
            command.add_argument("name", metavar="NAME", help="the username, in upper or lower case")
        if name in _OF_RIGHTS:
            command.add_argument("right", metavar="RIGHT", choices=_RIGHTS, help=f"the right: {', '.join(_RIGHTS)}")
    key = commands.add_parser(
        _KEY,
        help=account_key_app.SUMMARY,
        description=account_key_app.DESCRIPTION,
        epilog=account_key_app.EPILOG,
        formatter_class=PlainFormatter,
        parents=[_files()],
    )
    account_key_app.add_commands(key, _files)
    return parser


def operator_main(argv: Sequence[str], given: Mapping[str, Path] | None = None) -> int:
    """Run `operator NAME`: print the settings that make somebody an IRC operator; return the exit status."""
    parser = _parser("operator", _OPERATOR_DESCRIPTION, _OPERATOR_EPILOG)
    parser.add_argument("name", metavar="NAME", help="the name to give to /oper: one word")
    name = parser.parse_args(argv).name
    if not name.isprintable() or " " in name or name[:1] in ("", ":"):
        raise ConfigError("the name of an operator must be one word")
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    print(f'[operators]\n"{quoted}" = "{hash_secret(ask_new_password(name))}"')
    return 0


def _parser(command: str, description: str, epilog: str) -> Parser:
    return Parser(
        prog=f"chat-tracker {command}",
        description=description,
        epilog=epilog,
        formatter_class=PlainFormatter,
        parents=[_files(is_shown=command == "account")],
        allow_abbrev=False,
    )


def _files(*, is_shown: bool = True) -> Parser:
    """Return the options that say where the accounts are, for each level of the command line.

    `operator` needs no file. It accepts these options, but hides them, so that one word can be swapped for the other.
    """
    parser = Parser(add_help=False, argument_default=argparse.SUPPRESS, allow_abbrev=False)
    add_places(parser, with_log=False, is_shown=is_shown)
    return parser


def ask_new_password(name: str, max_bytes: int = MAX_PASSWORD_BYTES) -> str:
    """Return a new password: typed twice, or the first line of standard input. Raises ConfigError.

    Warns of characters that some clients have trouble with.
    """
    lines = LineSource(0)
    if os.isatty(0):
        password = _ask_usable(lines, f"Password for {name}: ", max_bytes)
        if password != lines.ask_secret("Once more: "):
            raise ConfigError("the two passwords differ")
    else:
        password = lines.read_line() or ""
        problem = password_problem(password, max_bytes)
        if problem:
            raise ConfigError(problem)
    for trouble in password_troubles(password):
        print(f"Note on the password: {trouble}", file=sys.stderr)
    return password


def _ask_account_password(name: str) -> str:
    return ask_new_password(name, MAX_ACCOUNT_PASSWORD_BYTES)


def _ask_usable(lines: LineSource, question: str, max_bytes: int) -> str:
    while problem := password_problem(password := lines.ask_secret(question), max_bytes):
        print(f"No: {problem}.", file=sys.stderr)
    return password


def _add(store: AccountStore, name: str) -> int:
    problem = nick_problem(name, MAX_NICK_CHARS)
    if problem:
        raise ConfigError(problem)
    if store.find(name) is not None or not store.add(name, _ask_account_password(name)):
        raise ConfigError(f"the account {name} already exists")
    _tell(f"The account {name} is made. Only people who know its password can use the username.")
    return 0


def _remove(store: AccountStore, name: str) -> int:
    if not store.remove(name):
        raise ConfigError(f"there is no account {name}")
    _tell(f"The account {name} is removed. Within a second, a running tracker disconnects everybody logged in to it.")
    return 0


def _passwd(store: AccountStore, name: str) -> int:
    if store.find(name) is None or not store.set_password(name, _ask_account_password(name)):
        raise ConfigError(f"there is no account {name}")
    _tell(
        f"The account {name} has a new password. Within a second, a running tracker disconnects everybody logged in "
        "with the old one."
    )
    return 0


def _allow(store: AccountStore, name: str, right: Right) -> int:
    if store.find(name) is None:
        raise ConfigError(f"there is no account {name}")
    store.allow(name, right)
    _tell(f"{name} may {right} people from now on.")
    return 0


def _deny(store: AccountStore, name: str, right: Right) -> int:
    if store.find(name) is None:
        raise ConfigError(f"there is no account {name}")
    store.deny(name, right)
    _tell(f"{name} may no longer {right} people.")
    return 0


def _rights(store: AccountStore) -> Iterator[str]:
    for _, found in sorted(store.all().items()):
        if rights := store.rights(found.account_id):
            yield " ".join((found.account or "", *rights))


def _tell(what_was_done: str) -> None:
    """Tell a person what was done; scripts have the exit status."""
    if sys.stdout.isatty():
        print(what_was_done)


_LISTS: dict[str, Callable[[AccountStore], Iterable[str]]] = {"list": AccountStore.names, "rights": _rights}
_OF_RIGHTS: dict[str, Callable[[AccountStore, str, Right], int]] = {"allow": _allow, "deny": _deny}
_COMMANDS: dict[str, Callable[[AccountStore, str], int]] = {"add": _add, "remove": _remove, "passwd": _passwd}
