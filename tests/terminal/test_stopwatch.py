"""How a duration is shown."""

import pytest

from chatcore.terminal.stopwatch import Stopwatch, told


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0004, "0.4 ms"), (0.0096, "9.6 ms"), (0.0123, "12 ms"), (0.9994, "999 ms"), (2.34, "2.3 s")],
)
def test_a_duration_is_shown_with_its_unit(seconds: float, text: str) -> None:
    assert told(seconds) == text


def test_time_is_measured() -> None:
    stopwatch = Stopwatch()
    stopwatch.begin()
    assert stopwatch.end().text.startswith("round trip to the tracker: ")
