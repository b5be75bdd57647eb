"""A line of the log for people: local time, room, who said what. What happened stands after `--`.

Text that people wrote comes last and is escaped, so that no message looks like an event.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime

from chatcore.prompting.theme import Role, Theme
from chatcore.protocol.ctcp import ACTION, split_ctcp
from chatcore.protocol.escape import escape_for_screen
from chatcore.protocol.names import is_channel
from chatcore.server.audit.grammar import FactKind
from chatcore.server.audit.reading.lines import FIELDS, PRIVATE, REST, SAID, LogLine
from chatcore.state.notes import JOINED, NoteKind

_MAX_CACHED = 10_000
_MESSAGE = FactKind.MESSAGE.value
_MAX_UNREADABLE_CHARS = 500

_ERASED = "history is erased"
_OF_ERASED = {"whom": "of {whom}", "room": "in {room}", "before": "from before {before}"}

_HAPPENED: dict[str, str] = {
    NoteKind.START: "the tracker has started",
    FactKind.STOP: "the tracker has ended",
    FactKind.CONNECT: "{who} came from {address}",
    FactKind.QUIT: "{who} at {address} left",
    FactKind.LOST: "{who} at {address} lost the connection",
    NoteKind.REFUSED: "{who} at {address} was refused",
    NoteKind.SHUT_OUT: "{address} is shut out for a while",
    FactKind.JOIN: "{who} joined from {address}",
    FactKind.RESTORE: "the room is as before the restart, {modes}",
    FactKind.FORGET: "the room from before the restart has ended",
    FactKind.RENAME: "{who} renamed the room to {name}",
    FactKind.PART: "{who} left the room",
    FactKind.KICK: "{who} kicked {whom}",
    FactKind.REDACT: "{who} took back what {whom} said at {said}",
    FactKind.PRIVATE_REDACT: "{who} took back what was said to {whom} at {said}",
    FactKind.NICK: "{who} is now {new}",
    FactKind.TOPIC: "{who} set the topic",
    FactKind.MODE: "{who} set {modes}",
    FactKind.INVITE: "{who} invited {whom}",
    FactKind.AWAY: "{who} is away",
    FactKind.ACCOUNT: "{who} logged in to {account}",
    FactKind.REALNAME: "{who} changed the real name",
    FactKind.METADATA: "{who} set {key}",
    NoteKind.REGISTER: "{who} at {address} made an account",
    NoteKind.RESUME: "{who} came back from {address} as {new}",
    NoteKind.INVITED: "{who} joined from {address} by invitation",
    NoteKind.KEY: "{who} logged in from {address} with a key",
    NoteKind.INVITATION_MADE: "an invitation was made",
    NoteKind.INVITATION_REVOKED: "an invitation was revoked",
    NoteKind.OPER: "{who} at {address} became an IRC operator",
    NoteKind.OVERRIDE: "{who} does what comes next as an IRC operator",
    NoteKind.KILL: "{who} disconnected {whom}",
    FactKind.WALLOPS: "{who} told everybody who listens",
    FactKind.ANNOUNCE: "the tracker told everybody",
    NoteKind.BAN: "{whom} is banned",
    NoteKind.UNBAN: "{whom} is let in again",
    FactKind.CLOCK_STEP: "the clock said {now} instead of {expected}",
    FactKind.ERASE: _ERASED,
    NoteKind.LOG_RESUMED: "the log can be written again",
    NoteKind.LOG_OPENED: "the log goes on in another file",
    NoteKind.GAP: "some of what happened may be missing here, {first} to {last} of the stream",
    NoteKind.REPEAT: "what follows is repeated, as it was not the same before",
}
"""The sentence for each kind of line, before its text. Other kinds are shown by their name and words."""

_BY_SOMEBODY = frozenset({NoteKind.BAN, NoteKind.UNBAN, NoteKind.INVITATION_MADE, NoteKind.INVITATION_REVOKED})
"""Kinds caused by the operator, or by a person whom the line names."""


class _Names(dict[str, str]):
    """Names as shown: of rooms as they are, of people in the form for a speaker."""

    def __init__(self, speaker: Callable[[str], str]) -> None:
        self._speaker = speaker

    def __missing__(self, name: str) -> str:
        if len(self) >= _MAX_CACHED:
            self.clear()
        self[name] = shown = escape_for_screen(name) if is_channel(name) else self._speaker(name)
        return shown


class LocalTimes:
    """Converts the times of lines to the system's time zone, or leaves them in UTC."""

    def __init__(self, *, is_utc: bool = False) -> None:
        self.minutes = _Minutes(is_utc=is_utc)

    def __call__(self, time: str) -> str:
        """Return `2026-11-20 22:50:01` for a line's time."""
        return self.minutes[time[:16]] + time[16:19]


class _Minutes(dict[str, str]):
    """Local times of minutes in UTC, made on demand: `2026-11-20T22:50` is `2026-11-20 23:50`."""

    def __init__(self, *, is_utc: bool) -> None:
        self._is_utc = is_utc
        self._hours: dict[str, str] = {}  # local date and hour, for hours that begin on a local hour

    def __missing__(self, minute: str) -> str:
        if len(self) >= _MAX_CACHED:
            self.clear()
            self._hours.clear()
        hour = minute[:13]
        if hour not in self._hours:
            first, last = self._local(f"{hour}:00"), self._local(f"{hour}:59")
            is_plain = first[13:] == ":00" and last == f"{first[:13]}:59"
            self._hours[hour] = first[:13] if is_plain else ""
        here = self._hours[hour]
        self[minute] = shown = here + minute[13:] if here else self._local(minute)
        return shown

    def _local(self, minute: str) -> str:
        moment = datetime.fromisoformat(f"{minute}Z")
        with contextlib.suppress(OverflowError, ValueError, OSError):  # the first or last day of the calendar
            moment = moment if self._is_utc else moment.astimezone()
        return moment.isoformat(" ", "minutes")[:16]


class Shown:
    """Formats lines for a terminal with this theme, or without colours."""

    def __init__(self, local_time: LocalTimes, theme: Theme | None = None) -> None:
        self._local_time = local_time
        self._has_colours = theme is not None
        self._theme = theme or Theme()
        self._begin = f"\x1b[{self._theme[Role.TIME]}m" if self._has_colours else ""
        self._end = "\x1b[0m" if self._has_colours else ""
        self._names = _Names(self._speaker)  # rooms plain, people in <>

    def text(self, lines: Iterable[LogLine]) -> str:
        """Return the lines as text, each with its line end."""
        shown = []
        begin, end, local_minute, names = self._begin, self._end, self._local_time.minutes, self._names
        for line in lines:
            time, kind, words, text = line
            if kind != _MESSAGE or len(words) != 2 or text is None or text[:1] == "\x01":
                shown.append(self._said(line) if kind in SAID else self._other(line))
                continue
            # Most lines are plain messages. They are formatted here, as a call for each would take a third longer.
            where, who = names[words[0]], names[words[1]]
            if not (text.isascii() and text.isprintable()):
                text = escape_for_screen(text)
            shown.append(f"{begin}{local_minute[time[:16]]}{time[16:19]}{end} {where} {who} {text}\n")
        return "".join(shown)

    def _said(self, line: LogLine) -> str:
        place, nick, *rest = (*line.words, "*", "*")[: max(2, len(line.words))]
        is_private = line.kind in PRIVATE
        if is_private:
            place, nick = f"{place} -> {nick}", place
        elif rest:  # sent only to members with this prefix
            place = rest[0] + place
        text = line.text
        if text is None:
            said = f"{self._names[nick]} {self._sgr(self._theme[Role.HISTORY], '(not in the log)')}"
        elif text[:1] == "\x01" and (ctcp := split_ctcp(text))[0] == ACTION:
            said = f"{self._speaker(nick, '* {}')} {escape_for_screen(ctcp[1])}"
        elif line.kind in (FactKind.NOTICE, FactKind.PRIVATE_NOTICE):
            said = f"{self._speaker(nick, '-{}-')} {escape_for_screen(text)}"
        else:
            said = f"{self._names[nick]} {escape_for_screen(text)}"
        where = (
            self._sgr(self._theme[Role.PRIVATE], escape_for_screen(place)) if is_private else escape_for_screen(place)
        )
        return f"{self._begin}{self._local_time(line.time)}{self._end} {where} {said}\n"

    def _other(self, line: LogLine) -> str:
        if not line.kind:
            text = escape_for_screen(line.text or "")
            cut = f"{text[:_MAX_UNREADABLE_CHARS]}..." if len(text) > _MAX_UNREADABLE_CHARS else text
            return f"{self._sgr(self._theme[Role.PROBLEM], '?? ' + cut)}\n"
        room = line.words[0] if FIELDS.get(line.kind, ())[:1] == ("room",) and line.words else ""
        where = f"{self._end}{escape_for_screen(room)}{self._begin} " if room else ""
        return f"{self._begin}{self._local_time(line.time)} {where}-- {self._happened(line)}{self._end}\n"

    def _happened(self, line: LogLine) -> str:
        """Return the sentence for a line that is not a message."""
        named = line.named()
        rest = named.pop(REST, [])
        told = _HAPPENED.get(line.kind)
        if told is None:
            told, rest = (
                line.kind,
                [value for name, value in named.items() if name not in ("time", "kind", "text")] + rest,
            )
        elif line.kind == NoteKind.START and JOINED in rest:
            told, rest = "the tracker has started, and joined the others", [word for word in rest if word != JOINED]
        elif line.kind == FactKind.ACCOUNT and named.get("account") == "*":
            told = "{who} logged out"
        elif line.kind == FactKind.CONNECT and "account" in named:
            told += ", account {account}"
        elif line.kind in _BY_SOMEBODY and "who" in named:
            told += ", by {who}"
        elif line.kind == FactKind.ERASE:
            which = ", ".join(words for name, words in _OF_ERASED.items() if named.get(name, "*") != "*")
            told = f"{_ERASED}: {which}" if which else _ERASED
        elif line.kind == FactKind.AWAY and line.text is None:
            told = "{who} is back"
        elif line.kind == FactKind.METADATA and line.text is None:
            told = "{who} removed {key}"
        words = defaultdict(lambda: "*", {name: self._word(name, value) for name, value in named.items() if value})
        shown = " ".join([told.format_map(words), *map(escape_for_screen, rest)])
        return f"{shown}: {self._end}{escape_for_screen(line.text)}" if line.text else shown

    def _word(self, name: str, value: str) -> str:
        """Return a word of a line as shown: a person's name in its colour, a time as those of lines."""
        if name == "said":
            with contextlib.suppress(ValueError):
                value = self._local_time(value)
        if name not in ("who", "whom", "new") or not self._has_colours or value == "*":
            return escape_for_screen(value)
        return f"{self._end}{self._sgr(self._theme.name(value), escape_for_screen(value))}{self._begin}"

    def _speaker(self, nick: str, form: str = "<{}>") -> str:
        return self._sgr(self._theme.name(nick), form.format(escape_for_screen(nick)))

    def _sgr(self, sgr: str, text: str) -> str:
        return f"\x1b[{sgr}m{text}\x1b[0m" if self._has_colours else text
