r"""The grammar of chat.log: one event a line.

    line   = time SP kind *(SP word) [SP ":" text] LF
    time   = UTC, as 2026-11-20T22:50:01.123Z
    kind   = lower-case letters and dashes
    word   = characters without spaces, not beginning with ":"
    text   = anything

It is the IRC message grammar behind a timestamp. Words and text never contain a control character, a line separator,
a bidirectional control or a character that shows nothing (protocol/escape.py says which). Those are written \xNN,
\uNNNN or \UNNNNNNNN in lower-case hexadecimal, tabs and line ends \t, \n and \r, and a backslash is written \\.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from chatcore.protocol.escape import escape_for_log
from chatcore.protocol.modes import format_modes
from chatcore.protocol.timestamp import format_time
from chatcore.state import facts
from chatcore.state.client_id import TRACKER
from chatcore.state.notes import Noted
from chatcore.state.stream import Entry

_KINDS = {"PRIVMSG": "message", "NOTICE": "notice"}
TRACKER_NAME = "*"


class AuditFormat:
    """Writes events as log lines. Keeps its own nick of each client id, as of the event being written."""

    def __init__(self, *, log_private: bool) -> None:
        self._log_private = log_private
        self._nicks: dict[int, str] = {TRACKER: TRACKER_NAME}
        self._addresses: dict[int, str] = {}
        self._writers: dict[type[Any], Callable[[Any], str | None]] = {
            facts.Connected: self._connected,
            facts.Said: self._said,
            facts.SaidPrivately: self._said_privately,
            facts.Joined: lambda e: self._line("join", (e.channel, self._nicks[e.client], self._addresses[e.client])),
            facts.Parted: lambda e: self._line("part", (e.channel, self._nicks[e.client]), e.reason),
            facts.Kicked: lambda e: self._line(
                "kick", (e.channel, self._nicks[e.source], self._nicks[e.target]), e.reason
            ),
            facts.Renamed: self._renamed,
            facts.Quit: self._quit,
            facts.TopicChanged: lambda e: self._line("topic", (e.channel, self._nicks[e.source]), e.text),
            facts.ModesChanged: lambda e: self._line(
                "mode", (e.channel, self._nicks[e.source], *format_modes(e.changes))
            ),
            facts.Invited: lambda e: self._line("invite", (e.channel, self._nicks[e.source], self._nick(e.target))),
            facts.AwayChanged: lambda e: self._line("away", (self._nicks[e.client],), e.text),
            facts.AccountChanged: lambda e: self._line("account", (self._nicks[e.client], e.account or "*")),
            facts.RealnameChanged: lambda e: self._line("realname", (self._nicks[e.client],), e.realname),
            facts.Wallops: lambda e: self._line("wallops", (self._nicks[e.source],), e.text),
            facts.Announced: lambda e: self._line("announce", (), e.text),
            Noted: lambda e: self._line(e.kind, e.fields, e.text),
            facts.ClockStepped: lambda e: self._line("clock-step", (format_time(e.expected), format_time(e.now))),
            facts.Stopped: lambda e: self._line("stop", (), e.reason),
        }

    def format(self, entry: Entry) -> str:
        """Return the lines of an entry, '' when nothing of it is logged. Call once an entry, in order."""
        time = format_time(entry.time)
        lines = ""
        for event in entry.events:
            writer = self._writers.get(type(event))
            rest = writer(event) if writer else None
            if rest:
                lines += f"{time} {rest}\n"
        return lines

    def _line(self, kind: str, words: tuple[str, ...], text: str | None = None) -> str:
        line = " ".join((kind, *map(_word, words)))
        return line if text is None else f"{line} :{escape_for_log(text)}"

    def _nick(self, client: int) -> str:
        return self._nicks.get(client, TRACKER_NAME)

    def _connected(self, event: facts.Connected) -> str:
        self._nicks[event.client] = event.nick
        self._addresses[event.client] = event.address
        account = () if event.account is None else (event.account,)
        return self._line("connect", (event.nick, event.address, *account), event.realname)

    def _said(self, event: facts.Said) -> str | None:
        kind = _KINDS.get(event.command)
        return (
            f"{kind} {_word(event.channel)} {self._nicks[event.source]} :{escape_for_log(event.text)}" if kind else None
        )

    def _said_privately(self, event: facts.SaidPrivately) -> str | None:
        kind = _KINDS.get(event.command)
        words = (self._nicks[event.source], self._nick(event.target))
        return self._line(f"private-{kind}", words, event.text if self._log_private else None) if kind else None

    def _renamed(self, event: facts.Renamed) -> str:
        before = self._nicks[event.client]
        self._nicks[event.client] = event.nick
        return self._line("nick", (before, event.nick))

    def _quit(self, event: facts.Quit) -> str:
        address = self._addresses.pop(event.client)
        return self._line("lost" if event.is_lost else "quit", (self._nicks.pop(event.client), address), event.reason)


@lru_cache(maxsize=4096)
def _word(text: str) -> str:
    """Return text as one word: neither empty nor with a space or a leading colon."""
    word = escape_for_log(text).replace(" ", "\\x20")
    return "\\x3a" + word[1:] if word.startswith(":") else word or "-"
