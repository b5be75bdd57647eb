"""The command `chat-tracker history`: searches and erases messages, whether or not the tracker is running."""

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
Search or erase the messages in a tracker's state folder, where they are kept
for --history-days. The tracker may be running."""

_EPILOG = """\
commands:
  search    print the messages with these words: where, by whom, when
  erase     erase messages
  See chat-tracker history search --help and chat-tracker history erase --help.

exit status:
  0    done
  2    not done, or not all of it; standard error says why
  130  Ctrl+C

examples:
  chat-tracker history search green tea in:#lobby from:ann after:2026-11-01
  chat-tracker history erase --from eve
  chat-tracker history erase --room lobby --before 2026-11-01

Messages are also in the log, which these commands do not change:
docs/chat-log.md says how to search it."""

_SEARCH = """\
Print the messages with all of the words: those in rooms, and private ones too,
unless --no-log-private was set at the time. The newest is last. Each is one
line: time, room or NICK -> NICK, who said it, the text."""

_SEARCH_EPILOG = """\
words:
  tea tea*        a word, in upper or lower case; all words that begin with it
  "green tea"     these words next to each other
  in:ROOM         said in this room; in:NICK in private, to or by this person
  from:NICK       said under this username or by this account
  before:DATE     said before this day or time, in your time zone: 2026-11-01
  after:DATE      said on this day, at this time, or later

This command only reads. Messages of the last second may be missing. After a
tracker was killed, its last messages may be missing until the next one starts."""

_ERASE = """\
Erase all messages so far that meet all of the given conditions: from the
archive, its index and journal, and from the memory of a running tracker.
Nobody can read or search them afterwards, and no byte of them is left in the
state folder. This cannot be undone.

What stays: the log; the current topics of rooms; what others said about
somebody; and what people's clients have saved."""

_ERASE_EPILOG = """\
If a tracker is running, it does the erasing. It begins within a second, and
people can go on talking meanwhile. Ctrl+C then only stops the waiting, unless
the tracker has not begun: then nothing is erased. A million messages take half
a minute, or a whole one while the chat is busy.
If the tracker ends before it is finished, this command finishes the work, or
else the next tracker does.

Erased space on the disk is not overwritten, and copies of the folder keep the
messages: only an encrypted disk protects these."""


def history_main(argv: Sequence[str], given: Mapping[str, Path] | None = None) -> int:
    """Run `history search|erase`; return the exit status. `given` are options that came before the word `history`.

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
        raise ConfigError(f"--limit must be from 1 to {MAX_LIMIT}")
    return search_history(load_config(options.pop("config", None), options).state_dir, words, limit)


def _erase(options: dict[str, Any]) -> int:
    erasure = _erasure(options)
    config = load_config(options.pop("config", None), options)
    _refuse_anothers(config.state_dir)
    return erase_history(config, erasure)


def _search_parser() -> Parser:
    parser = _parser("history search", _SEARCH, _SEARCH_EPILOG)
    add = parser.add_argument
    add("words", nargs="+", metavar="WORD", help="what to look for: see below")
    add(
        "--limit",
        type=int,
        default=DEFAULT_LIMIT,
        metavar="N",
        help=f"at most N messages, the newest ({DEFAULT_LIMIT})",
    )
    return parser


def _erase_parser() -> Parser:
    parser = _parser("history erase", _ERASE, _ERASE_EPILOG)
    add = parser.add_argument_group("what to erase; several conditions narrow it down").add_argument
    add(
        "--from",
        dest="nick",
        metavar="NICK",
        help="what people with this username or account said and did, in private too",
    )
    add("--room", metavar="ROOM", help="what was said and done in rooms of this name; the # is optional")
    add("--before", metavar="DATE", help="what was said before this day or time, in your time zone: 2026-11-01")
    return parser


def _parser(command: str, description: str, epilog: str, usage: str | None = None) -> Parser:
    """Return a parser with the options that say where everything is, for each level of the command line."""
    parser = command_parser(command, description, epilog, usage)
    add_places(parser)
    return parser


def _erasure(options: dict[str, Any]) -> Erasure:
    """Take the conditions out of the options. Raises ConfigError."""
    nick, room, before = (options.pop(name, None) for name in ("nick", "room", "before"))
    if nick is None and room is None and before is None:
        raise ConfigError("erase what? Name it with --from, --room or --before (--help shows the usage)")
    for name in (nick, room):
        if name is not None and (not name or any(character.isspace() for character in name)):
            raise ConfigError(f"{name!r} is not a name")
    if room is not None and not is_channel(room):
        room = CHANNEL_PREFIX + room
    try:
        before_ms = None if before is None else min(max(parse_moment(before), 0), MAX_MS)
    except ValueError as error:
        raise ConfigError(str(error)) from error
    return Erasure(casefold(nick or ""), casefold(room or ""), before_ms)


def _refuse_anothers(folder: Path) -> None:
    """Raise ConfigError unless the state folder exists and is ours: its tracker could not use files of another user."""
    try:
        owner = folder.stat().st_uid
    except OSError as error:
        raise ConfigError(f"cannot use the state folder {folder.absolute()}: {error.strerror}") from error
    if owner != os.geteuid():
        raise ConfigError(
            f"the state folder {folder.absolute()} belongs to another user: run this as the tracker's user"
        )
