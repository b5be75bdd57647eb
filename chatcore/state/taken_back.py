"""Which messages were redacted last, so that two who redact one at the same moment do so once."""

from __future__ import annotations

import threading
from collections.abc import Iterable

_MAX_REMEMBERED = 10_000  # until delivery has forgotten the message, and whoever asks is told that there is none


class TakenBack:
    """Any thread; its lock is the innermost one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards the rest
        self._claimed: dict[int, None] = {}  # ids of messages, the last one last

    def claim(self, message: int) -> bool:
        """Note that a message (id) is being redacted; return whether it was not before."""
        with self._lock:
            if message in self._claimed:
                return False
            self._claimed[message] = None
            if len(self._claimed) > _MAX_REMEMBERED:
                del self._claimed[next(iter(self._claimed))]
            return True

    def state(self) -> tuple[int, ...]:
        """Return all that are remembered, the latest last."""
        with self._lock:
            return tuple(self._claimed)

    def restore(self, state: Iterable[int]) -> None:
        """Remember these, and no others."""
        with self._lock:
            self._claimed = dict.fromkeys(state)
