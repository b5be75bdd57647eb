"""Times as users type them."""

from __future__ import annotations

from datetime import datetime

import pytest

from chatcore.protocol.timestamp import format_time
from chatcore.server.audit.reading.moments import parse_when

_NOW = datetime(2026, 11, 20, 23, 30, 15)  # noqa: DTZ001  # local time


pytestmark = pytest.mark.usefixtures("in_vienna")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("now", "2026-11-20T22:30:15.000Z"),
        ("Today", "2026-11-19T23:00:00.000Z"),
        ("yesterday", "2026-11-18T23:00:00.000Z"),
        ("14:30", "2026-11-20T13:30:00.000Z"),
        ("14:30:59", "2026-11-20T13:30:59.000Z"),
        ("2h", "2026-11-20T20:30:15.000Z"),
        ("1d12h", "2026-11-19T10:30:15.000Z"),
        ("90s", "2026-11-20T22:28:45.000Z"),
        ("30m", "2026-11-20T22:00:15.000Z"),
        ("30min", "2026-11-20T22:00:15.000Z"),
        ("1w", "2026-11-13T22:30:15.000Z"),
        ("26w", "2026-05-22T22:30:15.000Z"),
        ("2026-07-01", "2026-06-30T22:00:00.000Z"),
        ("2026-11-01 14:30", "2026-11-01T13:30:00.000Z"),
        ("2026-11-20T22:50:01.123Z", "2026-11-20T22:50:01.123Z"),
    ],
)
def test_times_are_understood(text: str, moment: str) -> None:
    assert format_time((parse_when(text, _NOW) + 0.5) / 1000) == moment


@pytest.mark.parametrize(
    "text", ["", "soon", "25:00", "14:3", "2x", "h", "2026-13-01", "2h ago", "1,5h", ":", "2026-11-31"]
)
def test_an_invalid_time_gets_a_helpful_error(text: str) -> None:
    with pytest.raises(ValueError, match=" is not a time: write 2026-11-01"):
        parse_when(text, _NOW)
