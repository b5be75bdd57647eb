"""A clock that stands still during sleep."""

import time

from chatcore.terminal.connecting.awake import MOST_STEP_S, Awake
from tests.support.sleeping import Clocks


def test_time_awake_counts() -> None:
    clocks = Clocks()
    awake = Awake(*clocks.both)
    clocks.go(1.0)
    assert not awake.tick()
    clocks.go(MOST_STEP_S)
    assert not awake.tick()
    assert awake.seconds == 1.0 + MOST_STEP_S


def test_sleep_shown_by_either_clock_does_not_count() -> None:
    clocks = Clocks()
    awake = Awake(*clocks.both)
    clocks.monotonic += 7200
    assert awake.tick()
    clocks.wall += 7200
    assert awake.tick()
    clocks.go(1.0)
    assert not awake.tick()
    assert awake.seconds == 1.0


def test_setting_the_clock_back_does_not_count_as_sleep() -> None:
    clocks = Clocks()
    awake = Awake(*clocks.both)
    clocks.wall -= 3600
    assert not awake.tick()
    assert awake.seconds == 0.0


def test_the_real_clocks_can_be_used() -> None:
    awake = Awake()
    began = time.monotonic()
    while awake.seconds == 0.0:
        assert not awake.tick()
    assert awake.seconds <= time.monotonic() - began + 0.001
