"""The command `chat-tracker history`: finds and erases what was said, with the tracker running or not."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chatcore.command_line import Parser
from chatcore.config import load_config
from chatcore.errors import ConfigError
from chatcore.protocol.names import CHANNEL_PREFIX, casefold, is_channel
from chatcore.protocol.search_terms import parse_moment
from chatcore.server.archive.erasing.erase_mail import MAX_MS
from chatcore.server.cli.beside import add_places, command_parser
from chatcore.server.cli.history_erase import erase_history
from chatcore.server.cli.history_search import search_history
from chatcore.state.erasure import Erasure

DEFAULT_LIMIT = 100
MAX_LIMIT = 1_000_000

_USAGE = """\
chat-tracker history search [OPTION ...] WORD ...
       chat-tracker history erase [--from NICK] [--room ROOM] [--before DATE]"""

_DESCRIPTION = """\
Find what was said, or erase it: in the tracker's state folder, where it is
kept for --history-days. It does not matter whether the tracker is running."""

_EPILOG = """\
commands:
  search    print what was said with these words, where, by whom, when
  erase     erase what was said
  chat-tracker history search --help and erase --help say more.

exit status:
  0    done
  2    not done, or not all of it; standard error says why
  130  Ctrl+C

examples:
  chat-tracker history search green tea in:#lobby from:ann after:2026-11-01
  chat-tracker history erase --from eve
  chat-tracker history erase --room lobby --before 2026-11-01

What was said is in the log too, which these commands leave as it is:
docs/chat-log.md says how to find things in it."""

_SEARCH = """\
Print what was said with all of the words: in rooms, and in private too, unless
--no-log-private was set then. The newest is last. A message is a line: time,
room or NICK -> NICK, what was said by whom."""

_SEARCH_EPILOG = """\
words:
  tea tea*        a word, in any spelling of its letters; the beginning of one
  "green tea"     words one after the other
  in:ROOM         said in this room; in:NICK in a conversation of this person
  from:NICK       said by somebody of this name, or with this account
  before:DATE     said before this day or time, of your time zone: 2026-11-01
  after:DATE      said on this day, or at this time, or later

It only reads. What was said in the last second may be missing. What a killed
tracker had yet to archive is missing until the next one starts."""

_ERASE = """\
Erase what was said before this moment and meets all conditions that are
given: from the archive, its index and journal, and from the memory of a
tracker that runs. Nobody can read or search it afterwards, and no byte of it
is left in the state folder. It cannot be taken back.

What stays: the log; the topics that rooms have now; what others said about
somebody; and what people's clients have saved."""

_ERASE_EPILOG = """\
With a tracker running, it is the tracker that erases: it takes notice within
a second, and people go on talking meanwhile. Ctrl+C then ends only the
waiting, unless it has yet to begin. A million messages take half a minute,
or a whole one while people talk much.
What a tracker that ends could not finish is finished by this command, or by
the next tracker.

Erased space on the disk is not overwritten, and copies of the folder are
copies: against those only a disk that is encrypted helps."""


def history_main(argv: Sequence[str], given: Mapping[str, Path] | None = None) -> int:
    """Run `history search|erase`; return the exit status. `given` are options from before the word `history`.

    Raises ConfigError.
    """
    parser = _parser("history", _DESCRIPTION, _EPILOG, usage=_USAGE)
    parser.add_argument("command", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    options = {**(given or {}), **vars(parser.parse_args(argv))}
    name, *rest = options.pop("command") or [""]
    if name == "search":
        return _search({**options, **vars(_search_parser().parse_intermixed_args(rest))})
    if name == "erase":
        return _erase({**options, **vars(_erase_parser().parse_args(rest))})
    raise ConfigError(f"{name or 'history'} what? The commands are search and erase (--help shows the usage)")


def _search(options: dict[str, Any]) -> int:
    words, limit = options.pop("words"), options.pop("limit")
    if not 0 < limit <= MAX_LIMIT:
        raise ConfigError(f"--limit is 1 to {MAX_LIMIT}")
    return search_history(load_config(options.pop("config", None), options).state_dir, words, limit)


def _erase(options: dict[str, Any]) -> int:
    erasure = _erasure(options)
    config = load_config(options.pop("config", None), options)
    _refuse_anothers(config.state_dir)
    return erase_history(config, erasure)


def _search_parser() -> Parser:
    parser = _parser("history search", _SEARCH, _SEARCH_EPILOG)
    add = parser.add_argument
    add("words", nargs="+", metavar="WORD", help="what is looked for: see below")
    add(
        "--limit",
        type=int,
        default=DEFAULT_LIMIT,
        metavar="N",
        help=f"at most so many messages, the newest ({DEFAULT_LIMIT})",
    )
    return parser


def _erase_parser() -> Parser:
    parser = _parser("history erase", _ERASE, _ERASE_EPILOG)
    add = parser.add_argument_group("what is erased; several conditions narrow it").add_argument
    add(
        "--from",
        dest="nick",
        metavar="NICK",
        help="what somebody of this name, or with this account, said and did, in private too",
    )
    add("--room", metavar="ROOM", help="what was said and what happened in rooms of this name; # may be left out")
    add("--before", metavar="DATE", help="what was said before this day or time, of your time zone: 2026-11-01")
    return parser


def _parser(command: str, description: str, epilog: str, usage: str | None = None) -> Parser:
    """Return a parser with the options that say where everything is, for each level of the command line."""
    parser = command_parser(command, description, epilog, usage)
    add_places(parser)
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


def _refuse_anothers(folder: Path) -> None:
    """Raise ConfigError unless the state folder is there, and ours: files of others would be in its tracker's way."""
    try:
        owner = folder.stat().st_uid
    except OSError as error:
        raise ConfigError(f"cannot use the state folder {folder.absolute()}: {error.strerror}") from error
    if owner != os.geteuid():
        raise ConfigError(f"the state folder {folder.absolute()} is another user's: run this as the tracker's user")
