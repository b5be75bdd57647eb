"""Counters and histograms that are updated while the tracker works. Updates are cheap; reading hardly delays them."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import NamedTuple

DELAY_BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Distribution(NamedTuple):
    """How many values were at most each bound, their total number, and their sum."""

    at_most: tuple[tuple[float, int], ...]
    number: int
    total: float


class Delays:
    """A histogram of how long things took. One thread writes, any thread reads."""

    def __init__(self, bounds_s: Sequence[float] = DELAY_BOUNDS_S) -> None:
        self._bounds = tuple(bounds_s)
        self._counts = [0] * (len(bounds_s) + 1)  # per class, not cumulative; the last one is beyond all bounds
        self._total = 0.0

    def note(self, begun: Sequence[float], now: float) -> None:
        """Note things that began at these ascending times and ended `now` (s, on the same clock).

        Because of the order, not every one has to be looked at. If the clock was set back meanwhile, some may be
        counted in a wrong class.
        """
        if not begun:
            return
        left = len(begun)
        for index, bound in enumerate(self._bounds):
            longer = bisect_left(begun, now - bound, 0, left)
            self._counts[index] += left - longer
            left = longer
            if not left:
                break
        self._counts[-1] += left
        self._total += max(0.0, now * len(begun) - sum(begun))

    def read(self) -> Distribution:
        """Return what was noted so far. Any thread; an update in progress may be half included."""
        counts, total = self._counts.copy(), self._total
        sums, so_far = [], 0
        for bound, count in zip(self._bounds, counts, strict=False):
            so_far += count
            sums.append((bound, so_far))
        return Distribution(tuple(sums), so_far + counts[-1], total)


class Counters:
    """How often each of a few things happened. Any thread."""

    def __init__(self, names: Iterable[str]) -> None:
        self._counts = dict.fromkeys(names, 0)
        self._lock = threading.Lock()

    def count(self, name: str) -> None:
        """Add one. Raises KeyError for an unknown name."""
        with self._lock:
            self._counts[name] += 1

    def read(self) -> dict[str, int]:
        """Return the counts."""
        with self._lock:
            return self._counts.copy()
