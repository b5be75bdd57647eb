"""What a person is still to be shown: lines of IRC that delivery has offered, and the end after them."""

from __future__ import annotations

import threading
from time import monotonic

from chatcore.errors import SendQueueExceeded
from chatcore.transport.tcp import OutboxBudget


class Inbox:
    """One person's. It counts like what a peer has not taken. Any thread."""

    def __init__(self, most_bytes: int, budget: OutboxBudget) -> None:
        self.stuck_since: float | None = None
        """Since when the person takes nothing of it (monotonic, s)."""
        self._most_bytes = most_bytes
        self._budget = budget
        self._lock = threading.Lock()  # guards what follows, and the one above
        self._lines = bytearray()
        self._ends = False
        self._is_listed = False  # with whoever hands it over
        self._waits = False  # until the person takes more

    def add(self, lines: bytes) -> bool:
        """Have lines shown; return whether it is to be listed. Raises SendQueueExceeded."""
        with self._lock:
            before = len(self._lines)
            self._lines += lines
            may_hold = self._budget.change(before, len(self._lines))
            if len(self._lines) > self._most_bytes or not may_hold:
                raise SendQueueExceeded
            return self._list()

    def end(self) -> bool:
        """Have nothing shown after what there is; return whether it is to be listed."""
        with self._lock:
            self._ends = True
            return self._list()

    def list_again(self) -> bool:
        """Return whether it is to be listed, as it has had to wait."""
        with self._lock:
            return self._waits and self._list()

    def take(self, *, can_be_shown: bool) -> tuple[bytes, bool]:
        """Take it off the list: return the lines, and whether the end comes after them; nothing if it has to wait."""
        with self._lock:
            self._is_listed, self._waits = False, not can_be_shown
            if not can_be_shown:
                if self._lines and self.stuck_since is None:
                    self.stuck_since = monotonic()
                return b"", False
            self.stuck_since = None
            return self._emptied(), self._ends

    def clear(self) -> None:
        """Forget all, as nobody will be shown it."""
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
