"""The command `chat-tracker log`: shows the log to people and programs, whether or not the tracker is running."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from chatcore.command_line import Parser, PlainFormatter
from chatcore.config import Config, load_config
from chatcore.errors import ConfigError
from chatcore.prompting.background import hinted
from chatcore.prompting.theme import Theme, depth_of
from chatcore.protocol.names import CHANNEL_PREFIX, casefold, is_channel
from chatcore.server.audit.reading.lines import FIELDS, PRIVATE, LogLine
from chatcore.server.audit.reading.moments import parse_when
from chatcore.server.audit.reading.sought import MAX_MS, Sought
from chatcore.server.audit.reading.tally import Tally
from chatcore.server.cli.log_export import as_csv, as_json, csv_header
from chatcore.server.cli.log_output import Output, opened_output
from chatcore.server.cli.log_reading import LogReading
from chatcore.server.cli.log_shown import LocalTimes, Shown
from chatcore.server.cli.log_stats import Look, drawn
from chatcore.server.cli.log_verify import verify_main

FOLLOWED_LINES = 10
_PLACES = ("--log", "--config", "--state-dir")

_USAGE = """\
chat-tracker log [OPTION ...] [WORD ...]
       chat-tracker log verify --key KEY"""

_DESCRIPTION = """\
Show the log: what was said, who came and who left. Rotated and compressed files
are included, in order. The tracker may be running.

Without options all of it is shown, on a terminal in a pager. With words, only
messages that contain all of them, in upper or lower case, even inside other
words.

log verify checks whether a sealed log was changed: see log verify --help."""

_EPILOG = """\
times:
  2026-11-01  '2026-11-01 14:30'  14:30  today  yesterday  now
  2h  30m  1d12h     this long ago (w, d, h, m, s)
  Times are in your time zone; a day means its beginning.

people:
  NAME is a username, an account, an address or ip:port. You see everything that
  people of this name did from when they came until they left, under other
  names too, and what others did to them.

exit status:
  0    done
  2    not done, or not all of it; standard error says why
  130  Ctrl+C

examples:
  chat-tracker log --room lobby --from yesterday green tea
  chat-tracker log --who eve --kind kick --kind kill
  chat-tracker log --follow
  chat-tracker log --stats --from 4w
  chat-tracker log --json --private > private.jsonl

docs/chat-log.md describes the log, and other ways to search it."""


def log_main(argv: Sequence[str], given: Mapping[str, Path] | None = None) -> int:
    """Run `log`; return the exit status. `given` are options that came before the word `log`. Raises ConfigError."""
    verified = _verified(argv)
    if verified is not None:
        return verify_main(verified, given)
    options = {**(given or {}), **vars(build_parser().parse_intermixed_args(argv))}
    manner = _Manner.take(options)
    sought = _sought(options, datetime.now())  # noqa: DTZ005  # people type local times
    path = load_config(options.pop("config", None), options).log
    try:
        with closing(LogReading(path, sought, shows_progress=manner.is_stats or not sys.stdout.isatty())) as reading:
            if not reading.is_there and not manner.follow:
                raise ConfigError(f"there is no log {path.absolute()} (name it with --log)")
            return _show(reading, path, manner)
    except OSError as error:
        raise ConfigError(f"cannot read the log {path.absolute()}: {error.strerror}") from error


def _verified(argv: Sequence[str]) -> list[str] | None:
    """Return the arguments without the word `verify`, if that is the first word; else None."""
    at = 0
    while argv[at : at + 1] and argv[at].partition("=")[0] in _PLACES:
        at += 1 if "=" in argv[at] else 2
    return [*argv[:at], *argv[at + 1 :]] if argv[at : at + 1] == ["verify"] else None


class _Manner(NamedTuple):
    """How lines are shown."""

    form: str
    lines: int | None
    follow: bool
    utc: bool
    pager: bool

    @classmethod
    def take(cls, options: dict[str, Any]) -> _Manner:
        """Take these settings out of the options. Raises ConfigError."""
        manner = cls(*(options.pop(name) for name in cls._fields))
        if manner.is_stats and (manner.follow or manner.lines):
            raise ConfigError("--stats counts everything: it takes neither --follow nor --lines")
        if manner.lines is not None and manner.lines < 1:
            raise ConfigError("--lines must be 1 or more")
        return manner

    @property
    def is_stats(self) -> bool:
        """Return whether lines are counted instead of shown."""
        return self.form == "stats"


def _show(reading: LogReading, path: Path, manner: _Manner) -> int:
    """Print the lines there are, and if wanted those to come; return the exit status."""
    remarks: list[str] = []
    with opened_output(wants_pager=manner.pager and not manner.follow, is_utf8=manner.form in ("json", "csv")) as out:
        if manner.is_stats:
            out.write(_stats(reading, manner, out))
        else:
            remarks = _print_lines(reading, path, manner, out)
    if reading.is_unfinished:
        remarks.append("the last line is incomplete, and left out")
    for remark in [*remarks, *(f"chat-tracker: {problem}" for problem in reading.problems)]:
        print(remark, file=sys.stderr)
    return 2 if reading.problems else 0


def _print_lines(reading: LogReading, path: Path, manner: _Manner, out: Output) -> list[str]:
    """Print lines as they are found; return remarks on them."""
    count = unreadable = 0
    write = _form(manner, out)
    if manner.form == "csv":
        out.write(csv_header())
    wanted = FOLLOWED_LINES if manner.follow and manner.lines is None else manner.lines
    for lines in reading.last(wanted) if wanted else reading.lines():
        count += len(lines)
        unreadable += sum(not line.kind for line in lines)
        out.write(write(lines))
    if manner.follow:
        _follow(reading, path, out, write)
    if unreadable:
        return [f"{unreadable} of these lines are not in the format of the log (??)"]
    return [] if count else ["nothing found"]


def _follow(reading: LogReading, path: Path, out: Output, write: Callable[[Sequence[LogLine]], str]) -> None:
    """Print lines as they are written, for ever."""
    if not reading.is_there:
        print(f"waiting for {path.absolute()}", file=sys.stderr)
    told = 0
    for lines in reading.follow():
        if lines:
            out.write(write(lines))
        for problem in reading.problems[told:]:
            print(f"chat-tracker: {problem}", file=sys.stderr)
        told = len(reading.problems)


def _stats(reading: LogReading, manner: _Manner, out: Output) -> str:
    tally = Tally(LocalTimes(is_utc=manner.utc))
    for lines in reading.lines():
        tally.count(lines)
    return drawn(tally, Look(shutil.get_terminal_size().columns, out.encoding, _theme(out)))


def _form(manner: _Manner, out: Output) -> Callable[[Sequence[LogLine]], str]:
    """Return the function that turns lines into text of the chosen form."""
    if manner.form in ("json", "csv"):
        return as_json if manner.form == "json" else as_csv
    return Shown(LocalTimes(is_utc=manner.utc), _theme(out)).text


def _theme(out: Output) -> Theme | None:
    """Return the theme for this terminal, None without colours. It is not queried, as a pager may read the keys."""
    if not out.is_watched or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return None
    return Theme(hinted(os.environ), depth_of(os.environ))


def _sought(options: dict[str, Any], now: datetime) -> Sought:
    """Take the conditions out of the options. Raises ConfigError."""
    rooms, people, kinds = (options.pop(name) for name in ("room", "who", "kind"))
    since, until = (options.pop(name) for name in ("since", "until"))
    if options.pop("private"):
        if rooms or kinds:
            raise ConfigError("--private cannot be combined with --room or --kind")
        kinds = PRIVATE
    for name in [*rooms, *people]:
        if not name or any(character.isspace() for character in name):
            raise ConfigError(f"{name!r} is not a name")
    for kind in kinds:
        if kind not in FIELDS:
            raise ConfigError(f"there is no kind of line {kind!r}; the kinds are {', '.join(sorted(FIELDS))}")
    try:
        since_ms = 0 if since is None else min(max(parse_when(since, now), 0), MAX_MS)
        until_ms = MAX_MS + 1 if until is None else min(max(parse_when(until, now), 0), MAX_MS)
    except ValueError as error:
        raise ConfigError(str(error)) from error
    if since_ms >= until_ms:
        raise ConfigError("--from is not before --to (a day means its beginning)")
    return Sought(
        rooms=frozenset(casefold(room if is_channel(room) else CHANNEL_PREFIX + room) for room in rooms),
        people=frozenset(map(casefold, people)),
        kinds=frozenset(kinds),
        words=tuple(options.pop("words", ())),
        since_ms=since_ms,
        until_ms=until_ms,
    )


def build_parser() -> Parser:
    """Return the parser of the arguments after the word `log`."""
    parser = Parser(
        prog="chat-tracker log",
        usage=_USAGE,
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=PlainFormatter,
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
        add_help=False,
    )
    parser.add_argument("words", nargs="*", metavar="WORD", help=argparse.SUPPRESS)
    _add_conditions(parser.add_argument_group("what to show; several conditions narrow it down"))
    _add_forms(parser.add_argument_group("how to show it"))
    other = parser.add_argument_group("other").add_argument
    other("--log", type=Path, metavar="FILE", help=f"the log, or one of its rotated files ({Config().log})")
    other("--config", type=Path, metavar="FILE.toml", help="the tracker's settings, which may name it")
    other("-h", "--help", action="help", help="show this")
    return parser


def _add_conditions(group: argparse._ArgumentGroup) -> None:
    several: dict[str, Any] = {"action": "append", "default": []}
    add = group.add_argument
    add("--room", metavar="ROOM", help="what was said and done in this room; the # is optional", **several)
    add("--who", metavar="NAME", help="what people of this name said and did: see below", **several)
    add("--private", action="store_true", default=False, help="private messages")
    add("--kind", metavar="KIND", help="lines of this kind, as in docs/chat-log.md: join, kick, ...", **several)
    add("--from", "--since", dest="since", default=None, metavar="TIME", help="from this time on")
    add("--to", "--until", dest="until", default=None, metavar="TIME", help="before this time")
    add("-n", "--lines", type=int, default=None, metavar="N", help="only the last N of these lines")


def _add_forms(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add(
        "-f",
        "--follow",
        action="store_true",
        default=False,
        help=f"show the last {FOLLOWED_LINES} lines, or --lines N, and then new ones as they are written",
    )
    forms = group.add_mutually_exclusive_group().add_argument
    forms("--json", dest="form", action="store_const", const="json", default="", help="JSON Lines: one object a line")
    forms("--csv", dest="form", action="store_const", const="csv", help="a table, for spreadsheets")
    forms(
        "--stats", dest="form", action="store_const", const="stats", help="who said how much, where and when, as bars"
    )
    add("--utc", action="store_true", default=False, help="times in UTC, as they are in the log")
    add("--no-pager", dest="pager", action="store_false", default=True, help="no pager ($PAGER, or less)")
