"""The changes of rows that this tracker asks for, and waits for: they count only once the stream has them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from chatcore.errors import ChatError
from chatcore.state.latch import Latch
from chatcore.state.records import RowsSet

WAIT_S = 10.0
UNKNOWN = "The trackers of this chat cannot agree on that just now: look again in a moment"
"""What becomes of such a change is not known: it may be made yet."""


class _Change:
    """One that is on its way."""

    __slots__ = ("done", "is_made")

    def __init__(self) -> None:
        self.done = Latch()
        self.is_made: bool | None = None  # None: it never comes back


class RowChanges:
    """Those of one tracker, in the order in which they were submitted and so come back."""

    def __init__(self, submit: Callable[[RowsSet], None], wait_s: float = WAIT_S) -> None:
        """`submit` puts a record on its way to the stream, without waiting; it raises StreamClosed."""
        self._submit = submit
        self._wait_s = wait_s
        self._lock = threading.Lock()  # held while a change is submitted, so that both orders are one
        self._on_their_way: deque[_Change] = deque()

    def propose(self, record: RowsSet) -> bool:
        """Have all trackers make a change; return whether its rows were as it expects. Any thread but delivery's.

        Waits for the stream, some seconds at most, without a lock of anybody's. Raises ChatError if it is not known
        by then what becomes of it, StreamClosed.
        """
        change = _Change()
        with self._lock:
            self._submit(record)
            self._on_their_way.append(change)
        change.done.wait(self._wait_s)
        if change.is_made is None:
            raise ChatError(UNKNOWN)
        return change.is_made

    def settle(self, is_made: bool) -> None:
        """Note what became of the oldest: this tracker's record has come back. Delivery."""
        with self._lock:
            change = self._on_their_way.popleft()
        change.is_made = is_made
        change.done.set()

    def abandon(self) -> None:
        """Have nobody wait any longer: what is on its way is not going to come back. Any thread."""
        with self._lock:
            changes = list(self._on_their_way)
            self._on_their_way.clear()
        for change in changes:
            change.done.set()
