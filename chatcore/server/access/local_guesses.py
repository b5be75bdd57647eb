"""Password guesses from this machine itself: slowed down, but never shut out.

Shutting out loopback would lock out the operator, and everybody who comes through a tunnel or proxy on this machine.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from chatcore.commands.services import Verdict
from chatcore.errors import Leave

MAX_WAITING = 10
_INTERVAL_S = 1.0  # between a wrong guess and the next one
_REFUSAL = "Too many passwords are being tried from this machine, try again in a moment"


class LocalGuesses:
    """One guess at a time, first come, first served, with a pause of a second after each wrong one. Any thread."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._changed = threading.Condition()  # guards the three below
        self._queue: deque[object] = deque()
        self._is_comparing = False
        self._next_at = 0.0  # monotonic s

    def guess(self, is_right: Callable[[], bool], pause: Callable[[float], bool]) -> Verdict:
        """See Doorkeeper.guess."""
        turn = object()
        with self._changed:
            self._queue.append(turn)
        try:
            while (wait_s := self._await(turn)) > 0:
                if not pause(wait_s):
                    raise Leave("Connection closed")
        finally:
            with self._changed:
                self._queue.remove(turn)
                self._changed.notify_all()
        if wait_s < 0:
            return Verdict(is_right=False, refusal=_REFUSAL)
        proven = False
        try:
            proven = is_right()
        finally:
            with self._changed:
                self._is_comparing = False
                if not proven:
                    self._next_at = self._clock() + _INTERVAL_S
                self._changed.notify_all()
        return Verdict(proven)

    def _await(self, turn: object) -> float:
        """Wait for this guess's turn, a few milliseconds for each guess ahead of it; return 0 once it has come.

        If a pause is due, return in how many seconds to ask again, or a negative number if too many are waiting.
        """
        with self._changed:
            while (pause_s := self._next_at - self._clock()) <= 0:
                if not self._is_comparing and self._queue[0] is turn:
                    self._is_comparing = True
                    return 0.0
                self._changed.wait()
            return pause_s if self._queue.index(turn) < MAX_WAITING else -1.0
