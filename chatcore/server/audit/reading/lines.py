"""Parses lines of chat.log: the reader's half of the grammar (chatcore/server/audit/grammar.py has the writer's).

A line that does not follow the grammar, because it is torn or not the tracker's, has no kind: it is shown as it is and
never mistaken for anything else.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, NamedTuple

from chatcore.protocol.escape import unescape_log
from chatcore.server.audit.grammar import FactKind
from chatcore.state.notes import NoteKind

_FIELDS: dict[NoteKind | FactKind, tuple[str, ...]] = {
    NoteKind.START: (),
    FactKind.STOP: (),
    FactKind.CONNECT: ("who", "address", "account"),
    FactKind.QUIT: ("who", "address"),
    FactKind.LOST: ("who", "address"),
    NoteKind.REFUSED: ("who", "address"),
    NoteKind.SHUT_OUT: ("address",),
    NoteKind.RESUME: ("who", "address", "new"),
    NoteKind.INVITED: ("who", "address"),
    NoteKind.KEY: ("who", "address"),
    NoteKind.INVITATION_MADE: ("room", "who"),
    NoteKind.INVITATION_REVOKED: ("room", "who"),
    FactKind.JOIN: ("room", "who", "address"),
    FactKind.RESTORE: ("room", "modes", "parameters"),
    FactKind.FORGET: ("room",),
    FactKind.RENAME: ("room", "who", "name"),
    FactKind.PART: ("room", "who"),
    FactKind.KICK: ("room", "who", "whom"),
    FactKind.MESSAGE: ("room", "who", "parameters"),
    FactKind.NOTICE: ("room", "who", "parameters"),
    FactKind.PRIVATE_MESSAGE: ("who", "whom"),
    FactKind.PRIVATE_NOTICE: ("who", "whom"),
    FactKind.REDACT: ("room", "who", "whom", "said"),
    FactKind.PRIVATE_REDACT: ("who", "whom", "said"),
    FactKind.NICK: ("who", "new"),
    FactKind.TOPIC: ("room", "who"),
    FactKind.MODE: ("room", "who", "modes", "parameters"),
    FactKind.INVITE: ("room", "who", "whom"),
    FactKind.AWAY: ("who",),
    FactKind.ACCOUNT: ("who", "account"),
    FactKind.REALNAME: ("who",),
    FactKind.METADATA: ("room", "who", "key"),
    NoteKind.REGISTER: ("who", "address"),
    NoteKind.OPER: ("who", "address"),
    NoteKind.OVERRIDE: ("room", "who"),
    NoteKind.KILL: ("who", "whom"),
    FactKind.WALLOPS: ("who",),
    FactKind.ANNOUNCE: (),
    NoteKind.BAN: ("whom", "who"),
    NoteKind.UNBAN: ("whom", "who"),
    FactKind.CLOCK_STEP: ("expected", "now"),
    FactKind.ERASE: ("whom", "room", "before"),
    NoteKind.LOG_RESUMED: (),
    NoteKind.LOG_OPENED: (),
    NoteKind.GAP: ("first", "last"),
    NoteKind.REPEAT: (),
}

FIELDS: dict[str, tuple[str, ...]] = {kind.value: fields for kind, fields in _FIELDS.items()}
"""The fields of each kind of line, in the order of its words."""

REST = "parameters"
"""The field for all remaining words, including words that this version does not know."""

COLUMNS = (
    *("time", "kind", "room", "who", "whom", "address", "account", "new", "name", "modes", "key"),
    *("expected", "now", "before", "said", "first", "last"),
    *(REST, "text"),
)
"""All fields, in the order of a table's columns."""

PRIVATE = frozenset({FactKind.PRIVATE_MESSAGE.value, FactKind.PRIVATE_NOTICE.value})
SAID = PRIVATE | {FactKind.MESSAGE.value, FactKind.NOTICE.value}

_KIND = re.compile(r"[a-z]+(?:-[a-z]+)*").fullmatch
_SECONDS = frozenset(f":{second:02}." for second in range(60))
_MILLISECONDS = frozenset(f"{ms:03}Z" for ms in range(1000))
_MINUTE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}").fullmatch
_MAX_MINUTES = 10_000
_minutes: set[str] = set()  # minutes known to be valid
_made = tuple.__new__  # faster than calling the class


class LogLine(NamedTuple):
    """A line with its words and text unescaped. A line that does not follow the grammar has no kind and is all text."""

    time: str  # UTC, as it is in the log
    kind: str
    words: tuple[str, ...] = ()
    text: str | None = None

    def named(self) -> dict[str, Any]:
        """Return the line as a dictionary: time and kind (or None), and the fields and text that it has."""
        names = [name for name in FIELDS.get(self.kind, ()) if name != REST]
        found: dict[str, Any] = {"time": self.time or None, "kind": self.kind or None}
        found.update(zip(names, self.words, strict=False))
        if len(self.words) > len(names):
            found[REST] = list(self.words[len(names) :])
        if self.text is not None:
            found["text"] = self.text
        return found


def parse_line(raw: bytes) -> LogLine:
    """Parse a line, given without its line end."""
    try:
        line = raw.decode()
    except UnicodeDecodeError:
        return LogLine("", "", (), raw.decode(errors="backslashreplace"))
    head, colon, text = line.partition(" :")
    words = head.split(" ")
    time = words[0]
    if (
        len(words) < 2
        or time[20:] not in _MILLISECONDS
        or time[16:20] not in _SECONDS
        or not (time[:16] in _minutes or _is_minute(time[:16]))
        or not (words[1] in FIELDS or _KIND(words[1]))
        or "" in words
    ):
        return LogLine("", "", (), line)
    if "\\" in line:
        words, text = [unescape_log(word) for word in words], unescape_log(text)
    return _made(LogLine, (time, words[1], tuple(words[2:]), text if colon else None))


def _is_minute(text: str) -> bool:
    """Return whether a text is a valid date and minute, as at the beginning of a line."""
    try:
        if not _MINUTE(text) or datetime.fromisoformat(text) is None:
            return False
    except ValueError:
        return False
    if len(_minutes) >= _MAX_MINUTES:
        _minutes.clear()
    _minutes.add(text)
    return True
