"""Times as lines and the log show them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatcore.protocol.timestamp import format_time
from tests.support.generated import PROPERTY


def test_time_is_utc_with_milliseconds() -> None:
    assert format_time(1_795_215_001.123) == "2026-11-20T22:50:01.123Z"
    assert format_time(0) == "1970-01-01T00:00:00.000Z"
    assert format_time(1.9999) == "1970-01-01T00:00:01.999Z"


@PROPERTY
@given(st.lists(st.floats(0, 4e9), max_size=10))
def test_times_sort_as_they_were(times: list[float]) -> None:
    assert [format_time(time) for time in sorted(times)] == sorted(format_time(time) for time in times)
