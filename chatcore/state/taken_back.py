"""The messages redacted most recently, so that two clients cannot redact the same one at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Iterable

_MAX_REMEMBERED = 10_000  # enough until delivery has removed the message and it is no longer found


class TakenBack:
    """The ids of these messages. Any thread; its lock is the innermost one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards the rest
        self._claimed: dict[int, None] = {}  # ids of messages, latest last

    def claim(self, message: int) -> bool:
        """Note that a message (id) is being redacted; return False if it already was."""
        with self._lock:
            if message in self._claimed:
                return False
            self._claimed[message] = None
            if len(self._claimed) > _MAX_REMEMBERED:
                del self._claimed[next(iter(self._claimed))]
            return True

    def state(self) -> tuple[int, ...]:
        """Return all remembered ids, latest last."""
        with self._lock:
            return tuple(self._claimed)

    def restore(self, state: Iterable[int]) -> None:
        """Replace the remembered ids with these."""
        with self._lock:
            self._claimed = dict.fromkeys(state)
