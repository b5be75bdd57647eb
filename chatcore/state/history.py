"""What was said in one place, as far back as is kept in memory, and how to ask for parts of it.

The questions are those of https://ircv3.net/specs/extensions/chathistory. One thread, delivery, owns a history.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar


class Remembered(Protocol):
    """What a history keeps: anything with a time (Unix, s) and an id that sorts as it was said."""

    time: float

    @property
    def msgid(self) -> str:
        """Return the id."""


class Reference(NamedTuple):
    """A place in a history: a msgid, or a time (Unix, ms)."""

    msgid: str = ""
    ms: int = 0


class HistoryQuery(NamedTuple):
    """One of LATEST, BEFORE, AFTER, BETWEEN, AROUND, with its references and the most messages wanted."""

    subcommand: str
    limit: int
    first: Reference | None = None
    second: Reference | None = None


T = TypeVar("T", bound=Remembered)


class History(Generic[T]):
    """The last messages of a channel or conversation, oldest first."""

    def __init__(self, limit: int) -> None:
        self._items: deque[T] = deque(maxlen=limit)

    def add(self, item: T) -> None:
        """Keep a message; the oldest one goes when there are too many."""
        self._items.append(item)

    def latest(self) -> T | None:
        """Return the last message."""
        return self._items[-1] if self._items else None

    def all(self) -> list[T]:
        """Return all messages, oldest first."""
        return list(self._items)

    def select(self, query: HistoryQuery) -> list[T]:
        """Return the messages asked for, oldest first."""
        return select(self.all(), query)


def select(items: Sequence[T], query: HistoryQuery) -> list[T]:
    """Return what `query` asks of `items`, which are in order; references themselves are left out, but for AROUND."""
    limit = query.limit
    before, after = _around(items, query.first)
    if query.subcommand == "LATEST":
        return list(items[after:][-limit:] if query.first else items[-limit:])
    if query.subcommand == "BEFORE":
        return list(items[:before][-limit:])
    if query.subcommand == "AFTER":
        return list(items[after:][:limit])
    if query.subcommand == "AROUND":
        start = max(0, before - limit // 2)
        return list(items[start : start + limit])
    second_before, second_after = _around(items, query.second)
    if after <= second_before:
        return list(items[after:second_before][:limit])
    return list(items[second_after:before][-limit:])


def _around(items: Sequence[T], reference: Reference | None) -> tuple[int, int]:
    """Return how many items are before the reference, and how many are not after it."""
    if reference is None:
        return 0, 0
    if reference.msgid:
        ids = [item.msgid for item in items]
        return bisect_left(ids, reference.msgid), bisect_right(ids, reference.msgid)
    times = [int(item.time * 1000) for item in items]
    return bisect_left(times, reference.ms), bisect_right(times, reference.ms)
