"""How many people may sit at terminals that the tracker runs for them: each takes some megabytes."""

from __future__ import annotations

import threading


class Places:
    """So many. Any thread."""

    def __init__(self, most: int) -> None:
        """0 is no bound."""
        self._most = most
        self._taken = 0
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Take one; return whether there was one."""
        with self._lock:
            is_free = not self._most or self._taken < self._most
            self._taken += is_free
            return is_free

    def give(self) -> None:
        """Give one back."""
        with self._lock:
            self._taken -= 1
