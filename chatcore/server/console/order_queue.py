"""Commands from other threads, carried out one at a time by the main thread."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from chatcore.server.console.result import Result

_CLOSING = "The tracker is closing."
_BUSY = "Not done: the tracker is busy, or its terminal is stopped."
_PATIENCE_S = 20.0  # less than `ctl` waits


class Order:
    """A command and its result."""

    def __init__(self, line: str) -> None:
        self.line = line
        self._result = Result()
        self._is_answered = threading.Event()

    def answer(self, result: Result) -> None:
        """Set the result and wake the waiting thread."""
        self._result = result
        self._is_answered.set()

    def is_answered_within(self, seconds: float | None) -> bool:
        """Wait for the result for at most `seconds`, None for ever; return whether it is there."""
        return self._is_answered.wait(seconds)

    @property
    def result(self) -> Result:
        """Return the result, once it is there."""
        return self._result


class Orders:
    """The pending commands. Other threads call `give`; the main thread calls `take` and `close`."""

    def __init__(self, wake: Callable[[], None]) -> None:
        """`wake` is called when there is a command to take."""
        self._wake = wake
        self._lock = threading.Lock()  # guards the two below
        self._waiting: deque[Order] = deque()
        self._is_closed = False

    def give(self, line: str) -> Result:
        """Queue a command and wait for its result. A command that is not begun in time is withdrawn."""
        order = Order(line)
        with self._lock:
            if self._is_closed:
                return Result(problem=_CLOSING)
            self._waiting.append(order)
        self._wake()
        if not order.is_answered_within(_PATIENCE_S) and self._withdraw(order):
            return Result(problem=_BUSY)
        order.is_answered_within(None)
        return order.result

    def take(self) -> Order | None:
        """Return the next command, which the caller must answer; None if there is none."""
        with self._lock:
            return self._waiting.popleft() if self._waiting else None

    def _withdraw(self, order: Order) -> bool:
        """Withdraw an order; return False if it has already been taken."""
        with self._lock:
            if order not in self._waiting:
                return False
            self._waiting.remove(order)
            return True

    def close(self) -> None:
        """Stop carrying out commands: pending and later ones are refused."""
        with self._lock:
            self._is_closed = True
        while order := self.take():
            order.answer(Result(problem=_CLOSING))
