"""Commands from other threads, carried out one after the other by the main thread."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from chatcore.server.console.result import Result

_CLOSING = "The tracker is closing."
_BUSY = "The tracker is busy, or its terminal takes no more: not done."
_PATIENCE_S = 20.0  # less than ctl waits


class Order:
    """A command, and what came of it."""

    def __init__(self, line: str) -> None:
        self.line = line
        self._result = Result()
        self._is_answered = threading.Event()

    def answer(self, result: Result) -> None:
        """Tell whoever waits what came of it."""
        self._result = result
        self._is_answered.set()

    def is_answered_within(self, seconds: float | None) -> bool:
        """Wait for what came of it, at most so long."""
        return self._is_answered.wait(seconds)

    @property
    def result(self) -> Result:
        """Return what came of it, once it is answered."""
        return self._result


class Orders:
    """What waits for the main thread: any other gives, the main thread takes and closes."""

    def __init__(self, wake: Callable[[], None]) -> None:
        """`wake` is called when there is something to take."""
        self._wake = wake
        self._lock = threading.Lock()  # guards the two below
        self._waiting: deque[Order] = deque()
        self._is_closed = False

    def give(self, line: str) -> Result:
        """Have a command carried out, and wait for what comes of it. One that has to wait too long is withdrawn."""
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
        """Return the next command, which is to be answered; None if there is none."""
        with self._lock:
            return self._waiting.popleft() if self._waiting else None

    def _withdraw(self, order: Order) -> bool:
        """Take an order back; return False if it is being carried out."""
        with self._lock:
            if order not in self._waiting:
                return False
            self._waiting.remove(order)
            return True

    def close(self) -> None:
        """Carry out no more: who waits and who comes is told so."""
        with self._lock:
            self._is_closed = True
        while order := self.take():
            order.answer(Result(problem=_CLOSING))
