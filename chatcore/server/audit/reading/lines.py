"""A line of chat.log as data: the reader's half of the grammar (chatcore/server/audit/grammar.py has the writer's).

What does not follow the grammar, because it was torn or is not the tracker's, is a line without a kind: it is shown as
it is, and never taken for anything else.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

from chatcore.protocol.escape import unescape_log
from chatcore.protocol.timestamp import parse_time
from chatcore.server.audit.grammar import FactKind
from chatcore.state.notes import NoteKind

TIME_CHARS = 24

FIELDS: dict[str, tuple[str, ...]] = {
    NoteKind.START: (),
    FactKind.STOP: (),
    FactKind.CONNECT: ("who", "address", "account"),
    FactKind.QUIT: ("who", "address"),
    FactKind.LOST: ("who", "address"),
    NoteKind.REFUSED: ("who", "address"),
    NoteKind.SHUT_OUT: ("address",),
    FactKind.JOIN: ("room", "who", "address"),
    FactKind.RESTORE: ("room", "modes", "parameters"),
    FactKind.FORGET: ("room",),
    FactKind.PART: ("room", "who"),
    FactKind.KICK: ("room", "who", "whom"),
    FactKind.MESSAGE: ("room", "who"),
    FactKind.NOTICE: ("room", "who"),
    FactKind.PRIVATE_MESSAGE: ("who", "whom"),
    FactKind.PRIVATE_NOTICE: ("who", "whom"),
    FactKind.NICK: ("who", "new"),
    FactKind.TOPIC: ("room", "who"),
    FactKind.MODE: ("room", "who", "modes", "parameters"),
    FactKind.INVITE: ("room", "who", "whom"),
    FactKind.AWAY: ("who",),
    FactKind.ACCOUNT: ("who", "account"),
    FactKind.REALNAME: ("who",),
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
}
"""What the words of each kind of line are, in their order."""

REST = "parameters"
"""The field that takes all words that are left, those of a kind or form that this version does not know too."""

COLUMNS = (
    *("time", "kind", "room", "who", "whom", "address", "account", "new", "modes", "expected", "now", "before"),
    *(REST, "text"),
)
"""Every field, in the order of a table."""

SAID = frozenset({FactKind.MESSAGE, FactKind.NOTICE, FactKind.PRIVATE_MESSAGE, FactKind.PRIVATE_NOTICE})
PRIVATE = frozenset({FactKind.PRIVATE_MESSAGE, FactKind.PRIVATE_NOTICE})

_KIND = re.compile(r"[a-z]+(?:-[a-z]+)*").fullmatch
_SECONDS = re.compile(r":[0-5][0-9]\.[0-9]{3}Z").fullmatch
_MINUTE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}").fullmatch


class LogLine(NamedTuple):
    """A line, its words and text unescaped. One that does not follow the grammar has no kind, and is all text."""

    time: str  # UTC, as it is in the log
    kind: str
    words: tuple[str, ...] = ()
    text: str | None = None

    def named(self) -> dict[str, Any]:
        """Return the line by names: its time and kind (None if it has none), words and text as far as it has them."""
        names = [name for name in FIELDS.get(self.kind, ()) if name != REST]
        found: dict[str, Any] = {"time": self.time or None, "kind": self.kind or None}
        found.update(zip(names, self.words, strict=False))
        if len(self.words) > len(names):
            found[REST] = list(self.words[len(names) :])
        if self.text is not None:
            found["text"] = self.text
        return found


def parse_line(raw: bytes) -> LogLine:
    """Take a line, without its end, apart."""
    try:
        line = raw.decode()
    except UnicodeDecodeError:
        return LogLine("", "", (), raw.decode(errors="backslashreplace"))
    head, colon, text = line.partition(" :")
    time, *words = head.split(" ")
    if (
        len(time) != TIME_CHARS
        or not words
        or "" in words
        or not (words[0] in FIELDS or _KIND(words[0]))
        or not (_is_minute(time[:16]) and _SECONDS(time, 16))
    ):
        return LogLine("", "", (), line)
    kind = words.pop(0)
    if "\\" in line:
        words, text = [unescape_log(word) for word in words], unescape_log(text)
    return LogLine(time, kind, tuple(words), text if colon else None)


@lru_cache(maxsize=4096)
def _is_minute(text: str) -> bool:
    """Return whether this is a day and a minute of it, as a line begins with."""
    return bool(_MINUTE(text)) and parse_time(text) is not None
