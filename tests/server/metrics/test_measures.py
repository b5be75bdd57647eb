"""Measures: everything is counted once with any clock, and reading changes nothing."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.server.metrics.measures import DELAY_BOUNDS_S, Counters, Delays
from tests.support.generated import PROPERTY
from tests.support.together import join

_TIMES = st.lists(st.integers(0, 100 * 64).map(lambda ticks: ticks / 64), max_size=30)


@PROPERTY
@given(_TIMES.map(sorted), st.integers(0, 64))
def test_each_delay_is_counted_in_its_buckets(begun: list[float], later: int) -> None:
    """The sum is right, too. The times are chosen so that sums are exact."""
    now = max(begun, default=0.0) + later / 64
    delays = Delays((0.25, 0.5, 1, 8))
    delays.note(begun, now)
    found = delays.read()
    assert [count for _, count in found.at_most] == [
        sum(now - time <= bound for time in begun) for bound in (0.25, 0.5, 1, 8)
    ]
    assert (found.number, found.total) == (len(begun), sum(now - time for time in begun))


@PROPERTY
@given(st.lists(st.tuples(_TIMES, st.integers(0, 100)), max_size=5))
def test_each_delay_is_counted_once_with_any_clock(batches: list[tuple[list[float], int]]) -> None:
    delays = Delays()
    for begun, now in batches:
        before = delays.read()
        delays.note(begun, now)
        found = delays.read()
        counts = [count for _, count in found.at_most]
        assert counts == sorted(counts)
        assert counts[-1] <= found.number == before.number + len(begun)
        assert found.total >= before.total
        assert all(count >= earlier for count, (_, earlier) in zip(counts, before.at_most, strict=True))


def test_a_negative_delay_counts_as_zero() -> None:
    delays = Delays()
    delays.note([7200.0], 3600.0)
    found = delays.read()
    assert (found.at_most[0], found.number, found.total) == ((0.001, 1), 1, 0.0)


def test_the_bounds_range_from_a_millisecond_to_ten_seconds() -> None:
    assert (DELAY_BOUNDS_S[0], DELAY_BOUNDS_S[-1]) == (0.001, 10)
    assert list(DELAY_BOUNDS_S) == sorted(set(DELAY_BOUNDS_S))


def test_counters_lose_nothing_across_threads() -> None:
    counters = Counters(("tea", "cake"))

    def count() -> None:
        for _ in range(1000):
            counters.count("tea")

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    join(threads)
    assert counters.read() == {"tea": 4000, "cake": 0}


def test_counters_have_only_their_own_names() -> None:
    counters = Counters(("tea",))
    with pytest.raises(KeyError):
        counters.count("coffee")
    counters.read()["tea"] = 7
    assert counters.read() == {"tea": 0}
