"""The client's command line: `client.py HOST [PORT] [NAME]`, or the same as flags. Pure."""

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
Join a chat. The client asks for the password and a username, enters #lobby
and shows who is there. Each line you type is a message to the room."""

_EPILOG = """\
in the chat:
{commands}

  Tab completes names. Ctrl+C clears the line, or leaves if it is empty.

encryption:
  The connection is always encrypted. The client and the tracker prove to each
  other that they know the password, without sending it. This fails if somebody
  intercepts the connection, so there is no certificate to check. Without a
  password nothing is proven: compare the fingerprint that is shown.

HOST:
  An address, HOST:PORT, or the link you were sent. Other users of this machine
  can see your command lines, and so an invitation in the link: leave HOST out,
  or give `-`, and the client asks for it instead.

in a pipe:
  The client reads lines from standard input and prints plain lines. The first
  two lines are the password and the username, unless --password-file and NAME
  are given. At the end of the input it waits for delivery, then leaves.

exit status:
  0      you left, or the tracker said goodbye
  1      you were not let in, or the connection was lost for good
  2      the command line was wrong, or no tracker could be reached
  128+N  signal N ended the client before the chat began

examples:
  %(prog)s 192.168.1.5             on port {port}; asks who you are
  %(prog)s 192.168.1.5 9000 ann    another port, as ann
  echo "backup done" | %(prog)s 192.168.1.5 --name backup --password-file pw"""

ASK = "-"
"""The HOST that makes the client ask for one, also in a pipe."""

_HELP_WANTED = "\0help"

_T = TypeVar("_T", int, str)


@dataclass(frozen=True)
class Options:
    """Where to go, and as whom. None means that the client asks. Its repr shows no secret."""

    host: str
    """'' if none was given."""
    port: int
    """0 for the default."""
    name: str | None = None
    password_file: Path | None = None
    is_insecure: bool = False
    account: str | None = None
    theme: str | None = None
    room: str = ""
    """The room to begin in, '' for the tracker's default."""
    room_key: str = field(default="", repr=False)
    invitation: Invitation | None = None

    @property
    def address(self) -> str:
        return format_address(self.host, self.port)

    def going_to(self, destination: Destination) -> Options:
        """Return the options with this destination. Raises ConfigError for two different ports."""
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
        help="the tracker and your username; without them, choose among trackers you have visited and those nearby",
    )
    add("-h", "--host", nargs="?", const=_HELP_WANTED, metavar="HOST", help="the tracker; -h alone shows this help")
    add("-p", "--port", type=to_port, metavar="PORT", help=f"the tracker's port (default: {DEFAULT_PORT})")
    add("-n", "--name", metavar="NAME", help="your username (default: ask)")
    add("--password-file", type=Path, metavar="FILE", help="read the password from the first line of FILE")
    add("--account", metavar="NAME", help="log in to this account, with the account's password")
    add("--theme", choices=THEMES, help="colours for a dark or a light background; auto asks the terminal")
    add(
        "--insecure",
        action="store_true",
        help="accept a connection without TLS, or a server that does not prove that it knows the password; anybody who "
        "intercepts the connection can then read and change everything, the password included",
    )
    add("--version", action="version", version=f"chatcore {__version__}", help="show the version and exit")
    add("--help", action="help", help="show this help and exit")
    return parser


def _one(values: list[_T | None], what: str) -> _T | None:
    """Return the one value given, None if there is none. Raises ConfigError for different values."""
    given = {value for value in values if value is not None}
    if len(given) > 1:
        raise ConfigError(f"more than one {what}: {' and '.join(sorted(map(str, given)))}")
    return given.pop() if given else None
