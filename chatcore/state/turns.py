"""Turns: how many clients may be at work on their way in or out at once.

Each has a thread. If a thousand come at the same moment, all want the interpreter, and delivery would wait behind them.
A client holds a turn while its thread works, and none while it waits for anything.
"""

from __future__ import annotations

import threading
from collections import deque

_AT_ONCE = 2
_MAX_WAIT_S = 5.0  # after that it works without one: better slow than stuck


class Turns:
    """Hands out turns, first come first served. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards the two below
        self._free = _AT_ONCE
        self._waiting: deque[threading.Lock] = deque()  # each is held until its turn has come

    def take(self) -> bool:
        """Wait for a turn; return whether there was one."""
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
        """Give a turn back, to whoever has waited longest: a client that never pauses must not keep others out."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1


class Turn:
    """One client's turn. Only for its own thread."""

    __slots__ = ("_has_one", "_turns", "is_over")

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._has_one = False
        self.is_over = False  # the client is in and needs no turn

    def begin(self) -> None:
        """Need a turn from here on, and wait for it."""
        self.is_over = False
        self.take()

    def take(self) -> None:
        """Wait for a turn before going on."""
        if not (self._has_one or self.is_over):
            self._has_one = self._turns.take()

    def give(self) -> None:
        """Let others work, as this thread is about to wait."""
        if self._has_one:
            self._has_one = False
            self._turns.give()

    def end(self) -> None:
        """Need no turn from here on."""
        self.is_over = True
        self.give()
