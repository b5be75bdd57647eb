"""Turns: how many clients on their way in or out are worked for at once.

Each has a thread. A thousand that come at the same moment would all want the interpreter, and delivery, which wants it
too, would wait behind them. A client has a turn while its thread works, and none while it waits for anything.
"""

from __future__ import annotations

from queue import Empty, SimpleQueue

_AT_ONCE = 2
_MAX_WAIT_S = 5.0  # then it works without a turn: better slow than stuck


class Turns:
    """The turns of all. Any thread."""

    def __init__(self) -> None:
        self._free: SimpleQueue[None] = SimpleQueue()
        for _ in range(_AT_ONCE):
            self._free.put(None)

    def take(self) -> bool:
        """Wait for a turn; tell whether there was one."""
        try:
            self._free.get(timeout=_MAX_WAIT_S)
        except Empty:
            return False
        return True

    def give(self) -> None:
        """Give a turn back."""
        self._free.put(None)


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
