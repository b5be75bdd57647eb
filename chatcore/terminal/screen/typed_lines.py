"""A queue of input lines from a pipe or a keyboard: one thread feeds it bytes, another takes lines."""

from __future__ import annotations

import codecs
import io
import threading
from collections import deque
from collections.abc import Callable

from chatcore.prompting.interruption import Woken
from chatcore.terminal.waiting import wait_until

LINES_AHEAD = 100
"""The feeding thread waits once this many lines are unread."""

_MOST_CHARS = 1 << 20
"""A longer line is split here."""


class TypedLines:
    """The queue. `wake` and `stop` are for any thread."""

    def __init__(self, on_room: Callable[[], None] = lambda: None) -> None:
        """`on_room` is called by the reading thread when there is room for more."""
        self._on_room = on_room
        utf8 = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
        self._decoder = io.IncrementalNewlineDecoder(utf8, translate=True)
        self._rest = ""
        self._changed = threading.Condition()  # guards what follows
        self._lines: deque[str] = deque()
        self._lines_given = 0
        self._has_ended = False
        self._is_woken = False
        self._is_stopped = False

    def take(self, data: bytes) -> None:
        """Feed the next bytes, b'' at the end. One thread at a time; does not block."""
        *lines, self._rest = (self._rest + self._decoder.decode(data, final=not data)).split("\n")
        if self._rest and (not data or len(self._rest) > _MOST_CHARS):
            lines.append(self._rest)
            self._rest = ""
        with self._changed:
            self._lines.extend(lines)
            self._has_ended |= not data
            self._changed.notify_all()

    @property
    def has_room(self) -> bool:
        """Whether there is room for more lines."""
        return len(self._lines) < LINES_AHEAD

    def wait_for_room(self) -> None:
        """Wait until there is room for more lines. For a thread that only feeds."""
        with self._changed:
            self._changed.wait_for(lambda: self.has_room)

    @property
    def first_unread(self) -> int | None:
        """The number of the first line that was fed but not taken, None if there is none."""
        with self._changed:
            return self._lines_given + 1 if self._lines else None

    def next(self) -> str:
        """Wait for the next line and return it. Raises EOFError after the last or once stopped, Woken after `wake`."""
        with self._changed:
            wait_until(self._changed, self._can_go_on)
            if self._is_woken:
                self._is_woken = False
                raise Woken
            if self._is_stopped or not self._lines:
                raise EOFError
            self._lines_given += 1
            line = self._lines.popleft()
            self._changed.notify_all()
        if self.has_room:
            self._on_room()
        return line

    def wake(self) -> None:
        """Make the current `next`, or else the following one, raise Woken."""
        with self._changed:
            self._is_woken = True
            self._changed.notify_all()

    def stop(self) -> None:
        """Return no more lines."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()

    def _can_go_on(self) -> bool:
        return bool(self._lines) or self._has_ended or self._is_woken or self._is_stopped
