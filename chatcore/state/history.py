"""What was said in one place, as far back as is kept in memory, and how to ask for parts of it.

The questions are those of https://ircv3.net/specs/extensions/chathistory. One thread, delivery, owns a history.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

_GIVEN_BACK = 1 / 64
"""The part of the memory that is freed when there is none left: a little pause, and a while until the next."""


class Remembered(Protocol):
    """What a history keeps: anything with a time (Unix, s), an id that sorts as it was said, and a size (bytes)."""

    time: float

    @property
    def size(self) -> int:
        """Return how much memory it takes, about."""

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


class Histories(Generic[T]):
    """All histories. Each keeps `limit` messages, all together `max_bytes` (0: no limit).

    When there is no memory left, the largest lose their oldest messages: who fills rooms with long lines makes nobody
    else's past shorter.
    """

    def __init__(self, limit: int, max_bytes: int = 0) -> None:
        self.limit = limit
        self.used_bytes = 0
        self._max_bytes = max_bytes
        self._kept: dict[History[T], None] = {}

    def new(self) -> History[T]:
        """Return an empty history. Call its `clear` when it is over."""
        return History(self)

    def take(self, history: History[T], size: int) -> None:
        """Count what a history has just kept, and make room for it."""
        self.used_bytes += size
        self._kept[history] = None
        if self.used_bytes > self._max_bytes > 0:
            most = self._even_share(int(self._max_bytes * (1 - _GIVEN_BACK)))
            for kept in tuple(self._kept):
                kept.shrink(most)

    def give_back(self, history: History[T], size: int) -> None:
        """Count what a history no longer keeps. After `clear` it is not counted at all."""
        self.used_bytes -= size
        if not history.size:
            self._kept.pop(history, None)

    def _even_share(self, total: int) -> int:
        """Return how large a history may be so that all together take no more than `total`."""
        sizes = sorted(history.size for history in self._kept)
        for index, size in enumerate(sizes):
            share = total // (len(sizes) - index)
            if size >= share:
                return share
            total -= size
        return total


class History(Generic[T]):
    """The last messages of a channel or conversation, oldest first."""

    def __init__(self, histories: Histories[T]) -> None:
        self.size = 0
        self._histories = histories
        self._items: deque[T] = deque()

    def add(self, item: T) -> None:
        """Keep a message; the oldest one goes when there are too many."""
        limit = self._histories.limit
        if not limit:
            return
        if len(self._items) >= limit:
            self._drop()
        self._items.append(item)
        self.size += item.size
        self._histories.take(self, item.size)

    def shrink(self, size: int) -> None:
        """Forget the oldest messages until the rest takes no more than `size` bytes."""
        while self.size > size:
            self._drop()

    def clear(self) -> None:
        """Forget everything."""
        self._items.clear()
        size, self.size = self.size, 0
        self._histories.give_back(self, size)

    def _drop(self) -> None:
        size = self._items.popleft().size
        self.size -= size
        self._histories.give_back(self, size)

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
