"""Credit: how many of one client's commands may be in flight at a time.

The client's thread takes a credit for each line before its handler runs; delivery gives it back once every recipient
has been handed the effects. With none left, the client's thread waits, its socket is not read, and TCP pushes back.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from chatcore.state.turns import Turn, Turns

_UNPAID_FACTOR = 16


class Credit:
    """Counts one client's commands in flight. `take` and `pause` belong to the client's thread."""

    __slots__ = ("_changed", "_closed", "_in_flight", "_limit", "_lock", "is_held", "turn")

    def __init__(self, limit: int, turn: Turn | None = None) -> None:
        """`turn` is given up while the client's thread waits."""
        self._limit = limit
        self.turn = turn or Turn(Turns())
        self._lock = threading.Lock()
        self._changed: threading.Condition | None = None  # only while the client's thread waits: it takes a kilobyte
        self._in_flight = 0
        self._closed = False
        self.is_held = False  # the client's thread waits for other trackers; set by that thread

    @property
    def is_closed(self) -> bool:
        """Return whether waiting has ended because the connection is closing. Any thread."""
        return self._closed

    @property
    def is_waiting(self) -> bool:
        """Return whether the client's thread is not reading, which the heartbeat must not mistake for silence."""
        return self._changed is not None or self.is_held

    def take(self, *, free: bool = False) -> bool:
        """Begin a command, waiting while too many are in flight; return whether none was in flight before.

        A `free` command (PING, PONG, QUIT) needs no credit, up to an absurd number in flight.
        """
        factor = _UNPAID_FACTOR if free else 1
        with self._lock:
            if self._in_flight >= self._limit * factor:
                self._wait_locked(lambda: self._closed or self._in_flight < self._limit * factor)
            self._in_flight += 1
            return self._in_flight == 1

    def give(self, count: int = 1) -> None:
        """End `count` commands. Any thread."""
        with self._lock:
            self._in_flight -= count
            if self._changed is not None:
                self._changed.notify_all()

    def allow(self, more: int) -> None:
        """Raise the limit by `more`, or lower it if that is negative. Any thread."""
        with self._lock:
            self._limit += more
            if self._changed is not None:
                self._changed.notify_all()

    def pause(self, seconds: float) -> bool:
        """Wait for `seconds`; return False as soon as the credit is closed."""
        if not seconds:
            return True
        with self._lock:
            self._wait_locked(lambda: self._closed, seconds)
            return not self._closed

    def close(self) -> None:
        """End all waiting, now and later: the connection is closing. Any thread."""
        with self._lock:
            self._closed = True
            if self._changed is not None:
                self._changed.notify_all()

    def _wait_locked(self, is_over: Callable[[], bool], seconds: float | None = None) -> None:
        self.turn.give()
        self._changed = threading.Condition(self._lock)
        self._changed.wait_for(is_over, seconds)
        self._changed = None
