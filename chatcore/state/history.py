"""What was said in one place, as far back as is kept in memory, and how to ask for parts of it.

The questions are those of https://ircv3.net/specs/extensions/chathistory. One thread, delivery, owns a history.
"""

from __future__ import annotations

import sys
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

_GIVEN_BACK = 1 / 64
"""The part of the memory that is freed when there is none left: a little pause, and a while until the next."""


class Remembered(Protocol):
    """What a history keeps: anything with an id that sorts as it was said, a time (Unix, s), and a size (bytes)."""

    size: int

    @property
    def order_time(self) -> float:
        """Return the time that questions go by: that of nothing said later is earlier."""

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
K = TypeVar("K", str, int)


class Histories(Generic[T]):
    """All histories. Each keeps `limit` messages, all together `max_bytes` (0: no limit).

    When there is no memory left, the largest lose their oldest messages: who fills a few rooms with long lines makes
    nobody else's past shorter; it takes thousands.
    """

    def __init__(self, limit: int, max_bytes: int = 0) -> None:
        self.limit = limit
        self.max_bytes = max_bytes or sys.maxsize
        self.used_bytes = 0
        self._all: dict[History[T], None] = {}

    def new(self) -> History[T]:
        """Return an empty history, which counts until its `end`."""
        history = History(self)
        self._all[history] = None
        return history

    def forget(self, history: History[T]) -> None:
        """Count a history no more."""
        self.used_bytes -= history.size
        del self._all[history]

    def make_room(self) -> None:
        """Shorten the largest histories until there is memory again."""
        most = self._even_share(int(self.max_bytes * (1 - _GIVEN_BACK)))
        for history in self._all:
            history.shrink(most)

    def _even_share(self, total: int) -> int:
        """Return how large a history may be so that all together take no more than `total`."""
        sizes = sorted(history.size for history in self._all)
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
        self._limit = histories.limit
        self._items: deque[T] = deque()

    def add(self, item: T) -> None:
        """Keep a message; the oldest one goes when there are too many."""
        items, histories = self._items, self._histories
        grown = item.size
        if len(items) == self._limit:
            if not items:
                return
            grown -= items.popleft().size
        items.append(item)
        self.size += grown
        histories.used_bytes += grown
        if histories.used_bytes > histories.max_bytes:
            histories.make_room()

    def shrink(self, size: int) -> None:
        """Forget the oldest messages until the rest takes no more than `size` bytes."""
        while self.size > size:
            freed = self._items.popleft().size
            self.size -= freed
            self._histories.used_bytes -= freed

    def end(self) -> None:
        """Forget everything, for good."""
        self._histories.forget(self)
        self._items.clear()

    def latest(self) -> T | None:
        """Return the last message."""
        return self._items[-1] if self._items else None

    def all(self) -> list[T]:
        """Return all messages, oldest first."""
        return list(self._items)


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
        return _bounds(items, reference.msgid, lambda item: item.msgid)
    return _bounds(items, reference.ms, lambda item: int(item.order_time * 1000))


def _bounds(items: Sequence[T], place: K, key: Callable[[T], K]) -> tuple[int, int]:
    """Return how many keys are before the place, and how many are not after it, without making all keys."""
    return bisect_left(items, place, key=key), bisect_right(items, place, key=key)
