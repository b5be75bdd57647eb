"""What was said in one place, as far back as is kept in memory. One thread, delivery, owns it."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple


class HistoryItem(NamedTuple):
    """One message as it was when it was said: Unix time (s), id, who, what."""

    time: float
    msgid: str
    source: str
    command: str
    target: str
    text: str
    tags: tuple[tuple[str, str], ...] = ()


class History:
    """The last messages of a channel, oldest first."""

    def __init__(self, limit: int) -> None:
        self._items: deque[HistoryItem] = deque(maxlen=limit)

    def add(self, item: HistoryItem) -> None:
        """Keep a message; the oldest one goes when there are too many."""
        self._items.append(item)

    def latest(self, limit: int) -> Sequence[HistoryItem]:
        """Return the last `limit` messages, oldest first."""
        start = max(0, len(self._items) - limit)
        return list(islice(self._items, start, None))
