"""What was said in one place, as far back as is kept in memory. One thread, delivery, owns it."""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import Generic, TypeVar

T = TypeVar("T")


class History(Generic[T]):
    """The last messages of a channel, oldest first."""

    def __init__(self, limit: int) -> None:
        self._items: deque[T] = deque(maxlen=limit)

    def add(self, item: T) -> None:
        """Keep a message; the oldest one goes when there are too many."""
        self._items.append(item)

    def latest(self, limit: int) -> list[T]:
        """Return the last `limit` messages, oldest first."""
        start = max(0, len(self._items) - limit)
        return list(islice(self._items, start, None))
