"""TokenBucket: a paste passes, a flood is slowed to its rate."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.state.throttle import TokenBucket
from tests.support.generated import PROPERTY


def test_a_burst_passes_and_the_next_line_waits() -> None:
    bucket = TokenBucket(10.0, 3)
    assert [bucket.take(100.0) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert bucket.take(100.0) == pytest.approx(0.1)
    assert bucket.take(100.1) == pytest.approx(0.1)


def test_rest_fills_the_bucket_up_to_its_size() -> None:
    bucket = TokenBucket(10.0, 3)
    for _ in range(3):
        bucket.take(0.0)
    assert bucket.take(0.1) == pytest.approx(0.0)
    assert [bucket.take(1000.0) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert bucket.take(1000.0) > 0.0


def test_a_clock_stepping_back_takes_nothing_away() -> None:
    bucket = TokenBucket(1.0, 2)
    assert bucket.take(100.0) == 0.0
    assert bucket.take(50.0) == 0.0
    assert bucket.take(50.0) == pytest.approx(1.0)


@PROPERTY
@given(st.floats(0.5, 100), st.integers(1, 50), st.lists(st.floats(0, 3), min_size=1, max_size=80))
def test_the_rate_is_never_exceeded(per_s: float, burst: int, pauses: list[float]) -> None:
    """A client that waits as told runs at most a burst plus the rate over any period, and is not slowed below that."""
    bucket = TokenBucket(per_s, burst)
    now, ran_at = 0.0, []
    for pause in pauses:
        now += pause
        now += bucket.take(now)
        ran_at.append(now)
    for first, start in enumerate(ran_at):
        for last in range(first, len(ran_at)):
            allowed = burst + per_s * (ran_at[last] - start)
            assert last - first + 1 <= allowed + 1e-6
    assert ran_at[-1] <= sum(pauses) + max(0, len(pauses) - burst) / per_s + 1e-6
