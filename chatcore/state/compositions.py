"""Multiline messages that clients have begun to send, and the limit on the memory that they take together."""

from __future__ import annotations

import threading
from sys import getsizeof
from typing import NamedTuple

from chatcore.protocol.multiline import MAX_BYTES, MAX_LINES, Part
from chatcore.state.stream import Label

MAX_OPEN_BYTES = 1 << 23
"""The limit for all open messages together; when it is exceeded, the oldest ones are dropped."""
_OVERHEAD_BYTES = 1024  # for the objects that make up one message
_PART_BYTES = 110  # for those of a part or a tag

Tags = tuple[tuple[str, str], ...]


class Composition:
    """A message that a client has begun; its tags and text are in `Compositions`. The client's own thread.

    Once it is dropped because of a mistake, the rest of it is ignored.
    """

    __slots__ = (
        "command",
        "heard_at",
        "is_blank",
        "is_dropped",
        "label",
        "lines",
        "reference",
        "target",
        "text_bytes",
    )

    def __init__(self, reference: str, target: str = "", label: Label | None = None) -> None:
        self.reference = reference
        self.target = target
        self.label = label
        self.command = ""  # PRIVMSG or NOTICE
        self.lines = 0
        self.text_bytes = 0  # as MAX_BYTES counts them
        self.is_blank = True
        self.is_dropped = False
        self.heard_at = 0.0  # when its last part came (monotonic, s)

    def excess(self, part: Part) -> tuple[str, int] | None:
        """Return the limit that another part would exceed, by its name in the specification, and its value."""
        if self.lines >= MAX_LINES:
            return "MULTILINE_MAX_LINES", MAX_LINES
        return ("MULTILINE_MAX_BYTES", MAX_BYTES) if self.text_bytes + self._size(part) > MAX_BYTES else None

    def note(self, part: Part) -> None:
        """Count a part."""
        self.text_bytes += self._size(part)
        self.lines += 1
        self.is_blank = self.is_blank and not part.text

    def _size(self, part: Part) -> int:
        return len(part.text.encode()) + (self.lines > 0 and not part.is_joined)


class Written(NamedTuple):
    """What has arrived of a message: its client-only tags, and its parts."""

    tags: Tags
    parts: list[Part]


class _Held:
    """An open message's content and size."""

    __slots__ = ("size", "written")

    def __init__(self, tags: Tags) -> None:
        self.written = Written(tags, [])
        self.size = 0  # bytes of memory


class Compositions:
    """The contents of all open messages. Any thread."""

    def __init__(self, max_bytes: int = MAX_OPEN_BYTES) -> None:
        self._max_bytes = max_bytes
        self._lock = threading.Lock()  # guards the two below
        self._held: dict[Composition, _Held] = {}  # oldest first
        self.used_bytes = 0
        """How much memory the open messages take."""

    def begin(self, composition: Composition, tags: Tags = ()) -> None:
        """Open a message."""
        with self._lock:
            self._held[composition] = _Held(tags)
            self._grow_locked(composition, _OVERHEAD_BYTES + sum(_memory(name, value) for name, value in tags))

    def add(self, composition: Composition, part: Part) -> bool:
        """Add a part; return False if the message was dropped to make room for others."""
        with self._lock:
            held = self._held.get(composition)
            if held is not None:
                held.written.parts.append(part)
                self._grow_locked(composition, _memory(part.text))
            return held is not None

    def end(self, composition: Composition) -> Written:
        """Close a message and return its content; nothing if it was dropped to make room for others."""
        with self._lock:
            return self._forget_locked(composition)

    def _grow_locked(self, composition: Composition, more: int) -> None:
        self._held[composition].size += more
        self.used_bytes += more
        while self.used_bytes > self._max_bytes and len(self._held) > 1:
            self._forget_locked(next(other for other in self._held if other is not composition))

    def _forget_locked(self, composition: Composition) -> Written:
        held = self._held.pop(composition, None)
        self.used_bytes -= held.size if held is not None else 0
        return held.written if held is not None else Written((), [])


def _memory(*texts: str) -> int:
    """Return how much memory a part or a tag takes: one character can make all of a text four bytes wide."""
    return sum(map(getsizeof, texts)) + _PART_BYTES
