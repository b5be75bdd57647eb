"""The commands `chat-tracker account key`: public keys that let people log in by ssh without a password."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from chatcore.command_line import Parser
from chatcore.errors import ConfigError
from chatcore.protocol.public_keys import PublicKey, parse_file
from chatcore.server.access.account_keys import MAX_KEYS
from chatcore.server.access.accounts import AccountStore

STANDARD_INPUT = "-"
ALL = "all"
SUMMARY = "add, list and remove keys for ssh"
DESCRIPTION = f"""\
Give an account public ssh keys. The owner of a private key logs in with ssh as
this account, without a password. The password of the account stays valid.
An account has at most {MAX_KEYS} keys, and no two accounts share one."""
EPILOG = """\
keys:
  Lines as ssh-keygen writes them into a .pub file. Accepted types are
  ssh-ed25519, ecdsa-sha2-nistp256 (384, 521), their forms for security keys
  (sk-...) and ssh-rsa with at least 2048 bits. Options in front of a key,
  certificates and DSA keys are refused.

exit status:
  0  done
  2  not done; one line on standard error says why

examples:
  chat-tracker account key add ann ~/.ssh/id_ed25519.pub
  ssh-add -L | chat-tracker account key add ann -
  chat-tracker account key list ann
  chat-tracker account key remove ann ann@laptop"""
_NAME = ("name", "NAME", "the username, in upper or lower case")
_FILE = ("file", "FILE", "the public keys, one a line; - is standard input")
_WHICH = ("which", "KEY", "its fingerprint (SHA256:...), its comment, or `all`")
_COMMANDS = {
    "add": ("add keys to an account", "Add the keys in a file to an account: all of them, or none.", (_NAME, _FILE)),
    "list": (
        "list the keys of an account",
        "Print the keys of an account, one a line, the oldest first: fingerprint, type, comment.",
        (_NAME,),
    ),
    "remove": (
        "remove a key",
        "Remove a key, and disconnect everybody logged in with it.",
        (_NAME, _WHICH),
    ),
}
ARGUMENTS = ("key_command", "file", "which")
"""The parsed arguments that only these commands have."""
_MAX_FILE_BYTES = 100_000


def add_commands(parser: Parser, files: Callable[[], Parser]) -> None:
    """Add the commands to `parser`, the parser of `account key`; `files` makes the options that all of them take."""
    commands = parser.add_subparsers(dest="key_command", required=True, metavar="COMMAND", title="commands")
    for name, (summary, description, arguments) in _COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=description, parents=[files()])
        for dest, metavar, text in arguments:
            command.add_argument(dest, metavar=metavar, help=text)


def run(store: AccountStore, options: Mapping[str, Any], tell: Callable[[str], None]) -> int:
    """Carry out one of the commands; return the exit status. Raises ChatError with a text for the operator.

    `options` are the parsed arguments; `tell` tells a person what was done.
    """
    name = options["name"]
    account = store.find(name)
    if account is None:
        raise ConfigError(f"there is no account {name}")
    keys = store.keys(account.account_id)
    if options["key_command"] == "list":
        for key in keys:
            print(" ".join(filter(None, (key.fingerprint, key.type, key.comment))))
    elif options["key_command"] == "add":
        _add(store, name, options["file"], tell)
    else:
        removed = _meant(keys, name, options["which"])
        store.remove_keys(name, removed)
        which = "it" if len(removed) == 1 else "them"
        tell(
            f"{_counted(len(removed))} removed. Within a second, a running tracker disconnects everybody logged in "
            f"with {which}."
        )
    return 0


def _add(store: AccountStore, name: str, file: str, tell: Callable[[str], None]) -> None:
    keys = parse_file(_text_of(file))
    added = store.add_keys(name, keys)
    known = f", which had {_counted(len(keys) - added)} already" if added < len(keys) else ""
    tell(f"{_counted(added)} added to the account {name}{known}.")


def _meant(keys: tuple[PublicKey, ...], name: str, which: str) -> tuple[PublicKey, ...]:
    """Return the keys of an account that `which` names. Raises ConfigError."""
    if which == ALL and keys:
        return keys
    found = tuple(key for key in keys if key.fingerprint == which)
    found = found or tuple(key for key in keys if key.comment == which != "")
    if not found:
        raise ConfigError(f"{name} has no such key (`account key list {name}` shows all)")
    if len(found) > 1:
        raise ConfigError(f"{_counted(len(found))} of {name} have that comment: give the fingerprint")
    return found


def _text_of(file: str) -> str:
    """Return the text of a file, or of standard input. Raises ConfigError."""
    try:
        if file == STANDARD_INPUT:
            data = sys.stdin.buffer.read(_MAX_FILE_BYTES + 1)
        else:
            with Path(file).open("rb") as opened:
                data = opened.read(_MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"cannot read {file}: {error.strerror}") from error
    if len(data) > _MAX_FILE_BYTES:
        raise ConfigError(f"{file} is too large to be a file of public keys")
    is_utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))  # as PowerShell writes files
    return data.decode("utf-16" if is_utf16 else "utf-8-sig", errors="replace")


def _counted(count: int) -> str:
    return "1 key" if count == 1 else f"{count} keys"
