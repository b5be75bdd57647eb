"""The doorbell: a line for each arrival, departure and refusal, and sums when there are too many."""

from __future__ import annotations

from time import localtime, strftime

import pytest

from chatcore.server.doorbell import Doorbell

_NOW = 1_800_000_000.0
_TIME = strftime("%H:%M:%S", localtime(_NOW))


class _Door:
    """A doorbell that is on, with a clock that stands still."""

    def __init__(self) -> None:
        self.rings = 0
        self.clock = 1000.0
        self.bell = Doorbell(self._ring, lambda: _NOW, lambda: self.clock)
        self.bell.is_on = True

    def _ring(self) -> None:
        self.rings += 1

    def take(self) -> list[str]:
        """Return the lines without their times."""
        return [line.removeprefix(f"{_TIME} ") for line in self.bell.take()]


@pytest.fixture
def door() -> _Door:
    return _Door()


def test_each_arrival_and_departure_is_a_line_with_the_time(door: _Door) -> None:
    door.bell.came("ann", "192.168.1.7:51234", "browser", "", "invitation 7k2m9q")
    door.bell.came("bob", "[fd00::7]:51234")
    door.bell.left("ann", "192.168.1.7:51234", "bye", is_lost=False)
    door.bell.left("bob", "[fd00::7]:51234", "Ping timeout", is_lost=True)
    door.bell.left("eve", "192.168.1.8:5", "", is_lost=False)
    assert door.bell.take() == [
        f"{_TIME} ann joined (browser, invitation 7k2m9q, 192.168.1.7)",
        f"{_TIME} bob joined (fd00::7)",
        f"{_TIME} ann left (192.168.1.7): bye",
        f"{_TIME} bob was lost (fd00::7): Ping timeout",
        f"{_TIME} eve left (192.168.1.8)",
    ]
    assert door.bell.take() == []


def test_each_refusal_is_a_line_with_the_reason(door: _Door) -> None:
    door.bell.refused("eve", "10.0.0.7:5", "wrong password")
    door.bell.refused("*", "10.0.0.8:5", "banned")
    door.bell.refused("", "10.0.0.9", "x" * 100)
    assert door.take() == [
        "10.0.0.7 was refused as eve: wrong password",
        "10.0.0.8 was refused: banned",
        f"10.0.0.9 was refused: {'x' * 59}…",
    ]


def test_nothing_is_reported_while_it_is_off(door: _Door) -> None:
    door.bell.is_on = False
    door.bell.came("ann", "10.0.0.7:5")
    door.bell.left("ann", "10.0.0.7:5", "bye", is_lost=False)
    door.bell.refused("ann", "10.0.0.7:5", "banned")
    assert (door.take(), door.rings, door.bell.next_in_s()) == ([], 0, None)


def test_a_crowd_is_summed_up(door: _Door) -> None:
    for number in range(5000):
        door.bell.came(f"p{number}", f"10.0.0.{number % 250}:5")
    for number in range(30):
        door.bell.left(f"p{number}", "10.0.0.7:5", "", is_lost=False)
    assert len(door.take()) == 20
    assert door.bell.next_in_s() == 5.0
    assert door.take() == []
    door.clock += 5.0
    assert door.bell.next_in_s() == 0.0
    assert door.take() == ["and 4980 more joined, 30 more left"]
    assert door.bell.next_in_s() is None
    door.bell.came("late", "10.0.0.7:5")
    assert door.take() == ["late joined (10.0.0.7)"]


def test_an_arrival_while_a_sum_is_due_is_added_to_it(door: _Door) -> None:
    """Otherwise it would be reported before earlier arrivals."""
    for number in range(21):
        door.bell.came(f"p{number}", "10.0.0.7:5")
    door.take()
    door.clock += 4.0
    door.bell.came("late", "10.0.0.7:5")
    assert door.take() == []
    door.clock += 1.0
    assert door.take() == ["and 2 more joined"]


def test_a_flood_of_refusals_is_summed_up_by_address(door: _Door) -> None:
    for _ in range(315):
        door.bell.refused("", "10.0.0.7:5", "wrong password")
    door.bell.refused("", "10.0.0.8:5", "banned")
    assert door.take() == ["10.0.0.7 was refused: wrong password"] * 3 + ["10.0.0.8 was refused: banned"]
    door.clock += 30.0
    assert door.take() == ["and 312 more refused from 10.0.0.7"]
    door.bell.refused("", "10.0.0.7:5", "wrong password")
    door.clock += 31.0
    assert door.take() == ["and 1 more refused from 10.0.0.7"]
    door.bell.refused("", "10.0.0.7:5", "wrong password")
    assert door.take() == ["10.0.0.7 was refused: wrong password"], (
        "after a minute the address gets a line of its own again"
    )


def test_a_flood_from_many_addresses_is_bounded(door: _Door) -> None:
    for number in range(5000):
        for _ in range(2 if number % 1000 == 500 else 1):
            door.bell.refused("", f"10.{number // 250}.0.{number % 250 + 1}:5", "banned")
    assert len(door.take()) == 10
    door.clock += 30.0
    lines = door.take()
    assert lines[0] == "and 2 more refused from 10.2.0.1"
    assert len(lines) == 6
    named = sum(int(line.split()[1]) for line in lines[:-1])
    assert lines[-1] == f"and {5005 - 10 - named} more refused from elsewhere"


def test_lines_not_taken_are_bounded(door: _Door) -> None:
    for number in range(1000):
        door.bell.came(f"p{number}", "10.0.0.7:5")
        door.clock += 2.0
    lines = door.take()
    assert lines[99:] == ["p99 joined (10.0.0.7)", "and 900 more joined"]


def test_it_rings_once_until_lines_are_taken(door: _Door) -> None:
    door.bell.came("ann", "10.0.0.7:5")
    door.bell.came("bob", "10.0.0.7:5")
    assert (door.rings, door.bell.next_in_s()) == (1, 0.0)
    door.take()
    for number in range(30):
        door.bell.came(f"p{number}", "10.0.0.7:5")
    assert door.rings == 3, "one ring for the first line, one for the sum"
    door.take()
    door.bell.left("ann", "10.0.0.7:5", "", is_lost=False)
    door.clock += 2.0
    door.bell.refused("", "10.0.0.7:5", "banned")
    assert door.rings == 4, "a line that comes while a sum is due rings once"
