r"""The grammar of chat.log: one event a line.

    line   = time SP kind *(SP word) [SP ":" text] LF
    time   = UTC, as 2026-11-20T22:50:01.123Z
    kind   = lower-case letters and dashes
    word   = characters without spaces, not beginning with ":"
    text   = anything

It is the IRC message grammar behind a timestamp. Words and text never contain a control character, a line separator,
a bidirectional control or an invisible character (protocol/escape.py says which). Those are written \xNN,
\uNNNN or \UNNNNNNNN in lower-case hexadecimal, tabs and line ends \t, \n and \r, and a backslash is written \\.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Any, get_args

from chatcore.protocol.escape import escape_for_log
from chatcore.protocol.modes import format_modes
from chatcore.protocol.multiline import BREAK, as_read
from chatcore.protocol.timestamp import format_time
from chatcore.state import facts
from chatcore.state.client_id import TRACKER
from chatcore.state.notes import LoginProblem, Noted, NoteKind
from chatcore.state.requests import Request
from chatcore.state.stream import Entry

TRACKER_NAME = "*"


class FactKind(StrEnum):
    """The kinds of lines that are not notes (see NoteKind)."""

    CONNECT = "connect"
    QUIT = "quit"
    LOST = "lost"
    MESSAGE = "message"
    NOTICE = "notice"
    PRIVATE_MESSAGE = "private-message"
    PRIVATE_NOTICE = "private-notice"
    REDACT = "redact"
    PRIVATE_REDACT = "private-redact"
    JOIN = "join"
    RESTORE = "restore"
    FORGET = "forget"
    RENAME = "rename"
    PART = "part"
    KICK = "kick"
    NICK = "nick"
    TOPIC = "topic"
    MODE = "mode"
    INVITE = "invite"
    AWAY = "away"
    ACCOUNT = "account"
    REALNAME = "realname"
    METADATA = "metadata"
    WALLOPS = "wallops"
    ANNOUNCE = "announce"
    CLOCK_STEP = "clock-step"
    ERASE = "erase"
    STOP = "stop"


# TAGMSG is not logged.
_SAID = {"PRIVMSG": FactKind.MESSAGE.value, "NOTICE": FactKind.NOTICE.value}
_SAID_PRIVATELY = {"PRIVMSG": FactKind.PRIVATE_MESSAGE, "NOTICE": FactKind.PRIVATE_NOTICE}


class AuditFormat:
    """Turns events into log lines. Keeps track of each client's nick at the current event."""

    def __init__(self, *, log_private: bool, on_refused: Callable[[Noted], None] = lambda note: None) -> None:
        """`on_refused` is called with each refused login."""
        self.log_private = log_private
        self.on_refused = on_refused
        self.nicks: dict[int, str] = {TRACKER: TRACKER_NAME}
        self.addresses: dict[int, str] = {}
        self.refused_logins = dict.fromkeys(map(str, LoginProblem), 0)
        """The number of refused logins, by problem. Any thread may read it."""

    def format(self, entry: Entry) -> str:
        """Return an entry's lines, '' if nothing in it is logged. Call this once for each entry, in order."""
        time = format_time(entry.time)
        lines = ""
        for event in entry.events:
            writer = WRITERS.get(type(event))
            if writer is not None:
                rest = writer(self, event)
                if rest:
                    lines += f"{time} {rest}\n"
            elif type(event) not in NEVER_LOGGED:
                raise LookupError(f"{type(event).__name__} has no writer")
        return lines

    def restore(self, nicks: Mapping[int, str], addresses: Mapping[int, str]) -> None:
        """Replace all clients by these, with their nicks and addresses."""
        self.nicks = {TRACKER: TRACKER_NAME, **nicks}
        self.addresses = {**addresses}

    def nick(self, client: int) -> str:
        """Return the nick of a client that may have left."""
        return self.nicks.get(client, TRACKER_NAME)


def _line(kind: FactKind | NoteKind, words: tuple[str, ...], text: str | None = None) -> str:
    line = " ".join((kind, *map(_word, words)))
    return line if text is None else f"{line} :{_text(text)}"


def _text(text: str) -> str:
    """Return a text as it is logged: as people read it, but escaped to fit on one line."""
    return escape_for_log(as_read(text) if BREAK in text else text)


@lru_cache(maxsize=4096)
def _word(text: str) -> str:
    """Return a text as one word: not empty, without spaces or a leading colon."""
    word = escape_for_log(text).replace(" ", "\\x20")
    return "\\x3a" + word[1:] if word.startswith(":") else word or "-"


def _connected(log: AuditFormat, event: facts.Connected) -> str:
    log.nicks[event.client] = event.nick
    log.addresses[event.client] = event.address
    account = () if event.account is None else (event.account,)
    return _line(FactKind.CONNECT, (event.nick, event.address, *account), event.realname)


def _said(log: AuditFormat, event: facts.Said) -> str | None:
    kind = _SAID.get(event.command)
    if not kind:
        return None
    text = as_read(event.text) if BREAK in event.text else event.text  # `_text`, inlined for speed
    return f"{kind} {_word(event.channel)} {log.nicks[event.source]} :{escape_for_log(text)}"


def _said_to_status(log: AuditFormat, event: facts.SaidToStatus) -> str | None:
    kind = _SAID.get(event.command)
    return _line(FactKind(kind), (event.channel, log.nicks[event.source], event.prefix), event.text) if kind else None


def _said_privately(log: AuditFormat, event: facts.SaidPrivately) -> str | None:
    kind = _SAID_PRIVATELY.get(event.command)
    words = (log.nicks[event.source], log.nick(event.target))
    return _line(kind, words, event.text if log.log_private else None) if kind else None


def _said_to_absent(log: AuditFormat, event: facts.SaidToAbsent) -> str:
    words = (log.nicks[event.source], event.account)
    return _line(FactKind.PRIVATE_MESSAGE, words, event.text if log.log_private else None)


def _redacted(log: AuditFormat, event: facts.Redacted) -> str:
    words = (event.channel, log.nicks[event.source], event.author, _time_of(event.said_ms))
    return _line(FactKind.REDACT, words, event.reason)


def _redacted_privately(log: AuditFormat, event: facts.RedactedPrivately) -> str:
    words = (log.nicks[event.source], event.name, _time_of(event.said_ms))
    return _line(FactKind.PRIVATE_REDACT, words, event.reason if log.log_private else None)


def _time_of(ms: int) -> str:
    """Return a time (Unix, ms) exactly as the lines of that time show it."""
    return format_time((ms + 0.5) / 1000)


def _kicked(log: AuditFormat, event: facts.Kicked) -> str:
    return _line(FactKind.KICK, (event.channel, log.nicks[event.source], log.nicks[event.target]), event.reason)


def _renamed(log: AuditFormat, event: facts.Renamed) -> str:
    before = log.nicks[event.client]
    log.nicks[event.client] = event.nick
    return _line(FactKind.NICK, (before, event.nick))


def _quit(log: AuditFormat, event: facts.Quit) -> str:
    words = (log.nicks.pop(event.client), log.addresses.pop(event.client))
    return _line(FactKind.LOST if event.is_lost else FactKind.QUIT, words, event.reason)


def _modes_changed(log: AuditFormat, event: facts.ModesChanged) -> str:
    return _line(FactKind.MODE, (event.channel, log.nicks[event.source], *format_modes(event.changes)))


def _room_restored(log: AuditFormat, event: facts.RoomRestored) -> str:
    topic = event.topic.text if event.topic else None
    return _line(FactKind.RESTORE, (event.channel, *format_modes(event.modes)), topic)


def _metadata_changed(log: AuditFormat, event: facts.MetadataChanged) -> str:
    return _line(FactKind.METADATA, (event.channel or "*", log.nicks[event.source], event.key), event.value or None)


def _noted(log: AuditFormat, event: Noted) -> str:
    if event.problem:
        log.refused_logins[event.problem] += 1
        log.on_refused(event)
    return _line(event.kind, event.fields, event.text)


def _history_erased(log: AuditFormat, event: facts.HistoryErased) -> str:
    nick, room, before_ms = event.erasure
    before = "*" if before_ms is None else _time_of(before_ms)
    return _line(FactKind.ERASE, (nick or "*", room or "*", before))


WRITERS: dict[type[Any], Callable[[AuditFormat, Any], str | None]] = {
    facts.Connected: _connected,
    facts.Said: _said,
    facts.SaidToStatus: _said_to_status,
    facts.SaidPrivately: _said_privately,
    facts.SaidToAbsent: _said_to_absent,
    facts.Redacted: _redacted,
    facts.RedactedPrivately: _redacted_privately,
    facts.Joined: lambda log, e: _line(FactKind.JOIN, (e.channel, log.nicks[e.client], log.addresses[e.client])),
    facts.RoomRestored: _room_restored,
    facts.RoomForgotten: lambda log, e: _line(FactKind.FORGET, (e.channel,)),
    facts.RoomRenamed: lambda log, e: _line(FactKind.RENAME, (e.channel, log.nicks[e.source], e.name), e.reason),
    facts.Parted: lambda log, e: _line(FactKind.PART, (e.channel, log.nicks[e.client]), e.reason),
    facts.Kicked: _kicked,
    facts.Renamed: _renamed,
    facts.Quit: _quit,
    facts.TopicChanged: lambda log, e: _line(FactKind.TOPIC, (e.channel, log.nicks[e.source]), e.text),
    facts.ModesChanged: _modes_changed,
    facts.Invited: lambda log, e: _line(FactKind.INVITE, (e.channel, log.nicks[e.source], log.nick(e.target))),
    facts.AwayChanged: lambda log, e: _line(FactKind.AWAY, (log.nicks[e.client],), e.text),
    facts.AccountChanged: lambda log, e: _line(FactKind.ACCOUNT, (log.nicks[e.client], e.account or "*")),
    facts.RealnameChanged: lambda log, e: _line(FactKind.REALNAME, (log.nicks[e.client],), e.realname),
    facts.MetadataChanged: _metadata_changed,
    facts.Wallops: lambda log, e: _line(FactKind.WALLOPS, (log.nicks[e.source],), e.text),
    facts.Announced: lambda log, e: _line(FactKind.ANNOUNCE, (), e.text),
    facts.ClockStepped: lambda log, e: _line(FactKind.CLOCK_STEP, (format_time(e.expected), format_time(e.now))),
    facts.HistoryErased: _history_erased,
    facts.Stopped: lambda log, e: _line(FactKind.STOP, (), e.reason),
    Noted: _noted,
}
"""The writer of each event type; every type that is not in NEVER_LOGGED has one."""

NEVER_LOGGED: frozenset[type[Any]] = frozenset(get_args(Request))
