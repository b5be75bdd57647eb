"""The command `chat-tracker history`: finds and erases what was said, with the tracker running or not."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chatcore.command_line import Parser, PlainFormatter
from chatcore.config import Config, load_config
from chatcore.errors import ConfigError
from chatcore.protocol.names import CHANNEL_PREFIX, casefold, is_channel
from chatcore.protocol.search_terms import parse_moment
from chatcore.server.archive.erase_mail import MAX_MS
from chatcore.server.cli.history_erase import erase_history
from chatcore.state.erasure import Erasure

_DESCRIPTION = """\
Erase what was said from the tracker's state folder, where it is kept for
--history-days. The tracker may run meanwhile, or not."""

_EPILOG = """\
Options may come before or after the command.

exit status:
  0  done
  2  not done, or not all of it; standard error says why
  130  Ctrl+C

examples:
  chat-tracker history erase --from eve
  chat-tracker history erase --room lobby --before 2026-11-01

What was said is in the log too, which this command leaves as it is:
docs/chat-log.md says how to find things in it."""

_ERASE = """\
Erase what was said before this moment, as far as all conditions given are
true of it: from the archive, its index and journal, and from the memory of a
tracker that runs. Nobody can read or search it afterwards, and no byte of it
is left in the state folder. It cannot be taken back.

What stays: the log; the topics that rooms have now; what others said about
somebody; and what people's clients have saved."""

_ERASE_EPILOG = """\
With a tracker running, it is the tracker that erases: it takes notice within
a second, and people go on talking meanwhile. Ctrl+C then ends only the
waiting, unless it has yet to begin. A million messages take half a minute.
What a tracker that ends could not finish is finished by the next, or at once
by this command.

Erased space on the disk is not overwritten, and copies of the folder are
copies: against those only a disk that is encrypted helps."""


def history_main(argv: Sequence[str], given: Mapping[str, Path] | None = None) -> int:
    """Run `history erase`; return the exit status. `given` are options from before the word `history`.

    Raises ConfigError.
    """
    options = {**(given or {}), **vars(_parser().parse_args(argv))}
    options.pop("command")
    erasure = _erasure(options)
    config = load_config(options.pop("config", None), options)
    return erase_history(_own_folder(config), erasure)


def _parser() -> Parser:
    parser = Parser(
        prog="chat-tracker history",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=PlainFormatter,
        parents=[_files()],
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", title="commands")
    erase = commands.add_parser(
        "erase",
        help="erase what was said",
        description=_ERASE,
        epilog=_ERASE_EPILOG,
        formatter_class=PlainFormatter,
        parents=[_files()],
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    what = erase.add_argument_group("what is erased; several conditions narrow it")
    what.add_argument(
        "--from",
        dest="nick",
        metavar="NICK",
        help="what somebody of this name, or with this account, said and did, in private too",
    )
    what.add_argument("--room", metavar="ROOM", help="what was said and what happened in rooms of this name")
    what.add_argument(
        "--before", metavar="DATE", help="what was said before this day, or time, of your time zone: 2026-11-01"
    )
    return parser


def _files() -> Parser:
    """Return the options that say where everything is, for each level of the command line."""
    parser = Parser(add_help=False, argument_default=argparse.SUPPRESS, allow_abbrev=False)
    for option, metavar, text in (
        ("--state-dir", "FOLDER", f"the tracker's state folder ({Config().state_dir})"),
        ("--log", "FILE", f"the tracker's log ({Config().log})"),
        ("--config", "FILE.toml", "the tracker's settings, which may name these"),
    ):
        parser.add_argument(option, type=Path, metavar=metavar, help=text)
    return parser


def _erasure(options: dict[str, Any]) -> Erasure:
    """Take what is to be erased out of the options. Raises ConfigError."""
    nick, room, before = (options.pop(name, None) for name in ("nick", "room", "before"))
    if nick is None and room is None and before is None:
        raise ConfigError("erase what? Name it with --from, --room or --before (--help shows the usage)")
    for name in (nick, room):
        if name is not None and (not name or any(character.isspace() for character in name)):
            raise ConfigError(f"{name!r} is no name")
    if room is not None and not is_channel(room):
        room = CHANNEL_PREFIX + room
    try:
        before_ms = None if before is None else min(max(parse_moment(before), 0), MAX_MS)
    except ValueError as error:
        raise ConfigError(str(error)) from error
    return Erasure(casefold(nick or ""), casefold(room or ""), before_ms)


def _own_folder(config: Config) -> Config:
    """Raise ConfigError unless the state folder is there, and ours: files of others would be in its tracker's way."""
    folder = config.state_dir
    try:
        owner = folder.stat().st_uid
    except OSError as error:
        raise ConfigError(f"cannot use the state folder {folder.absolute()}: {error.strerror}") from error
    if owner != os.geteuid():
        raise ConfigError(f"the state folder {folder.absolute()} is another user's: run this as the tracker's user")
    return config
