"""Turns: how many clients may be working on entering or leaving at a time.

Each has a thread. If a thousand arrive at once, all of them want the interpreter, and delivery would have to wait
behind them. A client holds a turn while its thread works, and gives it up whenever it waits.
"""

from __future__ import annotations

import threading
from collections import deque

_AT_ONCE = 2
_MAX_WAIT_S = 5.0  # after that the client goes on without a turn: better slow than stuck


class Turns:
    """Hands out turns, first come first served. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards the two below
        self._free = _AT_ONCE
        self._waiting: deque[threading.Lock] = deque()  # each lock is held until its turn comes

    def take(self) -> bool:
        """Wait for a turn; return whether one was granted in time."""
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        if mine.acquire(timeout=_MAX_WAIT_S):
            return True
        with self._lock:
            if mine.locked():
                self._waiting.remove(mine)
                return False
        return True  # it came just in time

    def give(self) -> None:
        """Pass a turn to the client that has waited longest, so that one that never pauses cannot keep others out."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1


class Turn:
    """One client's turn. Its own thread only."""

    __slots__ = ("_has_one", "_turns", "is_over")

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._has_one = False
        self.is_over = False  # the client has entered and needs no turn

    def begin(self) -> None:
        """Require a turn from now on, and wait for it."""
        self.is_over = False
        self.take()

    def take(self) -> None:
        """Wait for a turn, unless the client has one or needs none."""
        if not (self._has_one or self.is_over):
            self._has_one = self._turns.take()

    def give(self) -> None:
        """Give up the turn, because this thread is about to wait."""
        if self._has_one:
            self._has_one = False
            self._turns.give()

    def end(self) -> None:
        """Require no turn from now on."""
        self.is_over = True
        self.give()
