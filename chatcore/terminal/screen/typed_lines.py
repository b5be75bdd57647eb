"""Lines that come in bytes, from a pipe or a keyboard: taken in one thread, given in another."""

from __future__ import annotations

import codecs
import io
import threading
from collections import deque
from collections.abc import Callable

from chatcore.prompting.interruption import Woken
from chatcore.terminal.waiting import wait_until

LINES_AHEAD = 100
"""Whoever brings bytes waits once so many lines are not read."""

_MOST_CHARS = 1 << 20
"""A line that is longer is cut there."""


class TypedLines:
    """`wake` and `stop` are for any thread."""

    def __init__(self, on_room: Callable[[], None] = lambda: None) -> None:
        """`on_room` is called by the thread that reads when there is room for more."""
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
        """Take what comes next, b'' at the end. One thread at a time; does not wait."""
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
        """Whether more can be taken."""
        return len(self._lines) < LINES_AHEAD

    def wait_for_room(self) -> None:
        """Wait until more can be taken. For a thread that takes and has nothing else to do."""
        with self._changed:
            self._changed.wait_for(lambda: self.has_room)

    @property
    def first_unread(self) -> int | None:
        """The number of the first line that is here and was not given, None if there is none."""
        with self._changed:
            return self._lines_given + 1 if self._lines else None

    def next(self) -> str:
        """Return the next line. Raises EOFError after the last or once stopped, and Woken after `wake`."""
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
        """Have the current `next`, or the following one, raise Woken."""
        with self._changed:
            self._is_woken = True
            self._changed.notify_all()

    def stop(self) -> None:
        """Give no more lines."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()

    def _can_go_on(self) -> bool:
        return bool(self._lines) or self._has_ended or self._is_woken or self._is_stopped
