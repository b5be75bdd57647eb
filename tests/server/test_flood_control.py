"""FloodControl: a fast client is delayed, and disconnected after too many delays."""

from __future__ import annotations

import pytest

from chatcore.config import Limits
from chatcore.errors import Leave
from chatcore.server.flood_control import FloodControl
from chatcore.state.credit import Credit


class _Credit(Credit):
    """Records pauses instead of making them."""

    def __init__(self) -> None:
        super().__init__(1)
        self.pauses: list[float] = []

    def pause(self, seconds: float) -> bool:
        self.pauses.append(seconds)
        return True


def test_lines_after_a_burst_wait_longer_and_longer() -> None:
    credit = _Credit()
    control = FloodControl(Limits(lines_per_s=1, burst_lines=3), credit)
    for _ in range(3):
        control.charge(1, 1)
    assert credit.pauses == []
    control.charge(2, 1)
    control.charge(2, 1)
    first, second = credit.pauses
    assert 0 < first <= 2 < second <= 4


def test_too_many_delays_end_the_visit() -> None:
    credit = _Credit()
    control = FloodControl(Limits(lines_per_s=0.001, burst_lines=1, max_delayed_lines=2), credit)
    for _ in range(3):
        control.charge(1, 1)
    with pytest.raises(Leave, match="Excess flood"):
        control.charge(1, 1)
    assert len(credit.pauses) == 2


def test_without_a_limit_nobody_waits() -> None:
    credit = _Credit()
    control = FloodControl(Limits(lines_per_s=0), credit)
    for _ in range(1000):
        control.charge(1000, 1000)
    assert credit.pauses == []
