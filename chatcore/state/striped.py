"""A dictionary for many threads: independently locked stripes, and atomic operations only."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


def _do_nothing() -> None: ...


class StripedDict(Generic[K, V]):
    """A threadsafe mapping. Keys in different stripes never wait for each other.

    Every method may be called by any thread and is atomic. Locks and live iterators are never handed out; values
    are compared by identity. `move` takes its two stripes in ascending order, so no two moves can deadlock.
    """

    def __init__(self, stripes: int = 64) -> None:
        self._locks = [threading.Lock() for _ in range(stripes)]
        self._dicts: list[dict[K, V]] = [{} for _ in range(stripes)]
        self._count = stripes

    def get(self, key: K) -> V | None:
        """Return the value of `key`, or None."""
        stripe = hash(key) % self._count
        with self._locks[stripe]:
            return self._dicts[stripe].get(key)

    def put_if_absent(self, key: K, value: V, then: Callable[[], None] = _do_nothing) -> V:
        """Store `value` unless the key is taken; return the value that is there afterwards.

        If it was stored, `then` runs before another thread can find it. It must not use this dictionary.
        """
        stripe = hash(key) % self._count
        with self._locks[stripe]:
            found = self._dicts[stripe].get(key)
            if found is not None:
                return found
            self._dicts[stripe][key] = value
            then()
            return value

    def remove_if(self, key: K, value: V, then: Callable[[], None] = _do_nothing) -> bool:
        """Remove `key` if its value is this very object; return whether it was. `then` is as in `put_if_absent`."""
        stripe = hash(key) % self._count
        with self._locks[stripe]:
            if self._dicts[stripe].get(key) is not value:
                return False
            del self._dicts[stripe][key]
            then()
            return True

    def move(self, old: K, new: K, value: V, then: Callable[[], None] = _do_nothing) -> bool:
        """Move `value` from `old` to `new`; return False if `new` is taken or `old` holds something else.

        If it was moved, `then` runs before another thread can see either key changed.
        """
        source, target = hash(old) % self._count, hash(new) % self._count
        first, second = sorted((source, target))
        with self._locks[first]:
            if first == second:
                return self._move_locked(source, target, old, new, value, then)
            with self._locks[second]:
                return self._move_locked(source, target, old, new, value, then)

    def snapshot(self) -> list[V]:
        """Return all values; each stripe is copied atomically."""
        values: list[V] = []
        for lock, stripe in zip(self._locks, self._dicts, strict=True):
            with lock:
                values.extend(stripe.values())
        return values

    def __len__(self) -> int:
        """Return how many keys there are; approximate while other threads change them."""
        return sum(map(len, self._dicts))

    def _move_locked(self, source: int, target: int, old: K, new: K, value: V, then: Callable[[], None]) -> bool:
        if self._dicts[source].get(old) is not value or (new != old and new in self._dicts[target]):
            return False
        del self._dicts[source][old]
        self._dicts[target][new] = value
        then()
        return True
