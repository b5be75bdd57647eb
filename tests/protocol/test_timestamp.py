"""Times in the form of lines and the log."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.protocol.timestamp import format_time, parse_time
from tests.support.generated import PROPERTY


def test_times_are_utc_with_milliseconds() -> None:
    assert format_time(1_795_215_001.123) == "2026-11-20T22:50:01.123Z"
    assert format_time(0) == "1970-01-01T00:00:00.000Z"
    assert format_time(1.9999) == "1970-01-01T00:00:01.999Z"


@PROPERTY
@given(st.lists(st.floats(0, 4e9), max_size=10))
def test_formatted_times_sort_in_order(times: list[float]) -> None:
    assert [format_time(time) for time in sorted(times)] == sorted(format_time(time) for time in times)


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("2026-01-02T03:04:05.678Z", 1767323045678),
        ("2026-01-02T03:04:05.678", 1767323045678),
        ("2026-01-02T04:04:05.678+01:00", 1767323045678),
        ("2026-01-02", 1767312000000),
        ("0001-01-01T00:00:00+23:59", -62135683140000),
        ("9999-12-31T23:59:59-23:59", 253402387139000),
        ("yesterday", None),
        ("", None),
        ("2026-02-30T00:00:00Z", None),
        ("1767323045678", None),
    ],
)
def test_forms_of_times_are_read(text: str, ms: int | None) -> None:
    assert parse_time(text) == ms


@PROPERTY
@given(st.integers(0, 4 * 10**12))
def test_a_formatted_time_is_read_back(ms: int) -> None:
    assert parse_time(format_time((ms + 0.5) / 1000)) == ms
