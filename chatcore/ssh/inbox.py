"""Lines of IRC that delivery has offered and the terminal client has not taken yet, and their end."""

from __future__ import annotations

import threading
from time import monotonic

from chatcore.errors import SendQueueExceeded
from chatcore.transport.tcp import OutboxBudget


class Inbox:
    """One person's pending lines, counted like any peer's unsent output. Any thread.

    Methods that return whether to list the inbox leave it to the caller to add its person to the postman's list.
    """

    def __init__(self, most_bytes: int, budget: OutboxBudget) -> None:
        self.stuck_since: float | None = None
        """Since when the client has taken nothing (monotonic, s); None while it keeps up."""
        self._most_bytes = most_bytes
        self._budget = budget
        self._lock = threading.Lock()  # guards what follows, and `stuck_since`
        self._lines = bytearray()
        self._ends = False
        self._is_listed = False  # with the postman
        self._waits = False  # until the client can take more

    def add(self, lines: bytes) -> bool:
        """Add lines; return whether to list the inbox. Raises SendQueueExceeded."""
        with self._lock:
            before = len(self._lines)
            self._lines += lines
            may_hold = self._budget.change(before, len(self._lines))
            if len(self._lines) > self._most_bytes or not may_hold:
                raise SendQueueExceeded
            return self._list()

    def end(self) -> bool:
        """Add the end; return whether to list the inbox."""
        with self._lock:
            self._ends = True
            return self._list()

    def list_again(self) -> bool:
        """Return whether to list the inbox because it had to wait."""
        with self._lock:
            return self._waits and self._list()

    def take(self, *, can_be_shown: bool) -> tuple[bytes, bool]:
        """Leave the list; return the lines, and whether the end follows them. Return nothing if they have to wait."""
        with self._lock:
            self._is_listed, self._waits = False, not can_be_shown
            if not can_be_shown:
                if self._lines and self.stuck_since is None:
                    self.stuck_since = monotonic()
                return b"", False
            self.stuck_since = None
            return self._emptied(), self._ends

    def clear(self) -> None:
        """Drop all lines."""
        with self._lock:
            self._emptied()

    def _emptied(self) -> bytes:
        lines = bytes(self._lines)
        self._budget.change(len(lines), 0)
        self._lines.clear()
        return lines

    def _list(self) -> bool:
        was_listed, self._is_listed = self._is_listed, True
        return not was_listed
