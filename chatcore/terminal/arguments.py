"""The command line: python client.py HOST [PORT] [NAME], and the same as flags. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from chatcore import __version__
from chatcore.command_line import Parser, PlainFormatter
from chatcore.config import DEFAULT_PORT
from chatcore.errors import ConfigError
from chatcore.protocol.invitations import Invitation
from chatcore.protocol.names import format_address
from chatcore.protocol.sasl import SERVER_IDENTITY
from chatcore.terminal.commands.slash import help_lines
from chatcore.terminal.destination import Destination, parse_destination, to_port
from chatcore.terminal.settings import THEMES

_USAGE = """\
%(prog)s [HOST [PORT] [NAME]]
       %(prog)s -h HOST [-p PORT] [-n NAME]"""

_DESCRIPTION = """\
Join a chat. Asks for the password and for a username, then shows who is
there and enters #lobby. A line is a message to everybody in the room."""

_EPILOG = """\
in the chat:
{commands}

  Tab completes names. Ctrl+C clears the line, and leaves from an empty one.

encryption:
  The connection is always encrypted. You prove that you know the password
  without sending it, and the tracker has to prove the same. That fails when
  somebody is in between, so there is no certificate to check. With an empty
  password nothing is proven: compare the fingerprint that is shown.

HOST:
  An address, HOST:PORT, or the link that you were sent, with an invitation in
  it. Whoever else works on this machine can see what is on a command line, and
  so the invitation: with `-` for HOST, or alone, it asks for the link instead.

in a pipe:
  It reads lines from standard input and prints plain lines. The first two
  are the password and the username, unless --password-file and NAME are
  given. At the end of the input it leaves once all has been delivered.

exit status:
  0  you left, or the tracker said goodbye
  1  you were not let in, or the connection broke for good
  2  the command line was wrong, or there was no tracker to reach
  128 and the signal's number, if a signal ended it before the chat began

examples:
  %(prog)s 192.168.1.5             port {port}; asks for password and username
  %(prog)s 192.168.1.5 9000 ann    another port, as ann
  echo "backup done" | %(prog)s 192.168.1.5 --name backup --password-file pw"""

ASK = "-"
"""A HOST that is to be asked for, also in a pipe."""

_HELP_WANTED = "\0help"

_T = TypeVar("_T", int, str)


@dataclass(frozen=True)
class Options:
    """Where to go, and as whom. None for what is asked. Its repr shows no secret."""

    host: str
    """'' if none was given; a person can be asked for it."""
    port: int
    """0 for the usual one."""
    name: str | None = None
    password_file: Path | None = None
    is_insecure: bool = False
    account: str | None = None
    theme: str | None = None
    room: str = ""
    """Where to begin, '' for wherever the tracker's people do."""
    room_key: str = field(default="", repr=False)
    invitation: Invitation | None = None

    @property
    def address(self) -> str:
        return format_address(self.host, self.port)

    def going_to(self, destination: Destination) -> Options:
        """Return the same, with where to go. Raises ConfigError for two ports."""
        return replace(
            self,
            host=destination.host,
            port=_one([destination.port, self.port or None], "port") or DEFAULT_PORT,
            room=destination.room,
            room_key=destination.room_key,
            invitation=destination.invitation,
        )


def parse_arguments(argv: Sequence[str] | None = None) -> Options:
    """Read the command line. Raises ConfigError for a mistake in it, and SystemExit after showing help."""
    parser = build_parser()
    given = parser.parse_intermixed_args(argv)
    words = list(given.words)
    if given.host == _HELP_WANTED:
        parser.print_help()
        raise SystemExit(0)
    host = given.host if given.host is not None else words.pop(0) if words else ""
    ports = [given.port, to_port(words.pop(0)) if words and words[0].isdigit() else None]
    names = [given.name, words.pop(0) if words else None]
    if words:
        raise ConfigError(f"too many words: {' '.join(words)} (--help shows the usage)")
    if given.account in ("", SERVER_IDENTITY):
        raise ConfigError("--account needs the name of an account")
    if given.account and given.insecure:
        raise ConfigError("--account needs a safe connection: it does not go with --insecure")
    port, name = _one(ports, "port") or 0, _one(names, "name")
    options = Options(host, port, name, given.password_file, given.insecure, given.account, given.theme)
    return options if host in ("", ASK) else options.going_to(parse_destination(host))


def build_parser() -> Parser:
    """Return the parser of the command line."""
    commands = "\n".join(f"  {line}" for line in help_lines())
    parser = Parser(
        prog="chat-client",
        usage=_USAGE,
        add_help=False,
        description=_DESCRIPTION,
        epilog=_EPILOG.format(commands=commands.replace("%", "%%"), port=DEFAULT_PORT),
        formatter_class=PlainFormatter,
    )
    add = parser.add_argument
    add(
        "words",
        nargs="*",
        metavar="HOST [PORT] [NAME]",
        help="the tracker, and who you are there; alone, it offers those where you have been, and those nearby",
    )
    add(
        "-h", "--host", nargs="?", const=_HELP_WANTED, metavar="HOST", help="the tracker's address; -h alone shows this"
    )
    add("-p", "--port", type=to_port, metavar="PORT", help=f"the tracker's port ({DEFAULT_PORT})")
    add("-n", "--name", metavar="NAME", help="your username (asked for)")
    add("--password-file", type=Path, metavar="FILE", help="the password is the first line of this file (asked for)")
    add("--account", metavar="NAME", help="log in to an account; the password asked for is the account's")
    add("--theme", choices=THEMES, help="colours for a dark or a light background; auto asks the terminal")
    add(
        "--insecure",
        action="store_true",
        help="go on without TLS, or with a server that does not prove that it knows the password: whoever is there, or "
        "in between, can read the password and all that is said, and change it",
    )
    add("--version", action="version", version=f"chatcore {__version__}", help="show the version")
    add("--help", action="help", help="show this")
    return parser


def _one(values: list[_T | None], what: str) -> _T | None:
    """Return the value that was given, once or several times the same."""
    given = {value for value in values if value is not None}
    if len(given) > 1:
        raise ConfigError(f"more than one {what}: {' and '.join(sorted(map(str, given)))}")
    return given.pop() if given else None
