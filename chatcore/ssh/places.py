"""A limit on how many people may come by ssh at a time: each terminal client takes some megabytes."""

from __future__ import annotations

import threading


class Places:
    """A bounded number of places. Any thread."""

    def __init__(self, most: int) -> None:
        """There is no limit if `most` is 0."""
        self._most = most
        self._taken = 0
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Take a place; return whether one was free."""
        with self._lock:
            is_free = not self._most or self._taken < self._most
            self._taken += is_free
            return is_free

    def give(self) -> None:
        """Give a place back."""
        with self._lock:
            self._taken -= 1
