"""Turns: how many clients on their way in or out are worked for at once.

Each has a thread. A thousand that come at the same moment would all want the interpreter, and delivery, which wants it
too, would wait behind them. A client has a turn while its thread works, and none while it waits for anything.
"""

from __future__ import annotations

import threading
from collections import deque

_AT_ONCE = 2
_MAX_WAIT_S = 5.0  # then it works without a turn: better slow than stuck


class Turns:
    """The turns of all, in the order in which they were asked for. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards the two below
        self._free = _AT_ONCE
        self._waiting: deque[threading.Lock] = deque()  # each is held until its turn has come

    def take(self) -> bool:
        """Wait for a turn; tell whether there was one."""
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
        return True  # it came at the last moment

    def give(self) -> None:
        """Give a turn back, to who has waited for longest: a client that never pauses must keep nobody else out."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1


class Turn:
    """One client's. Its own thread alone."""

    __slots__ = ("_has_one", "_turns", "is_over")

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._has_one = False
        self.is_over = False  # the client is in, and needs none

    def begin(self) -> None:
        """Need one from here on, and wait for it."""
        self.is_over = False
        self.take()

    def take(self) -> None:
        """Wait for a turn before working on."""
        if not (self._has_one or self.is_over):
            self._has_one = self._turns.take()

    def give(self) -> None:
        """Let others work: this thread is going to wait."""
        if self._has_one:
            self._has_one = False
            self._turns.give()

    def end(self) -> None:
        """Need none from here on."""
        self.is_over = True
        self.give()
