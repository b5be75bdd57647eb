"""Questions about what was said in one place (https://ircv3.net/specs/extensions/chathistory). Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, TypeVar


class Remembered(Protocol):
    """What a history keeps: anything with a time (Unix, s), and an id that sorts in the order of the stream."""

    @property
    def order_time(self) -> float:
        """Return the time that questions go by, which never goes back from one line to a later one."""

    @property
    def msgid(self) -> str:
        """Return the id."""


class Reference(NamedTuple):
    """A place in a history: a msgid, or a time (Unix, ms)."""

    msgid: str = ""
    ms: int = 0


class HistoryQuery(NamedTuple):
    """LATEST, BEFORE, AFTER, BETWEEN or AROUND, with its references and the most messages wanted."""

    subcommand: str
    limit: int
    first: Reference | None = None
    second: Reference | None = None


T = TypeVar("T", bound=Remembered)
K = TypeVar("K", str, int)


def select(items: Sequence[T], query: HistoryQuery) -> list[T]:
    """Return what `query` asks of `items`, which are in order. The references are left out, except by AROUND."""
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
    """Return how many keys are before the place, and how many are not after it, without computing them all."""
    return bisect_left(items, place, key=key), bisect_right(items, place, key=key)
