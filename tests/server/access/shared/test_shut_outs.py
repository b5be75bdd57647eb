"""An address shut out of one tracker is shut out of all."""

from __future__ import annotations

import pytest

from chatcore.cluster.shelves import Shelves
from chatcore.config import Limits
from chatcore.server.access.doorkeeper import SHUT_OUT, Doorkeeper
from chatcore.server.access.shared.shut_outs import ShutOuts
from tests.support.shelf import LocalShelf

_SECONDS = 600.0


class _House:
    """Two trackers, and their clock."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0
        self.shelf = LocalShelf("shut-outs", Shelves())
        self.doors = [Doorkeeper(Limits(), lambda: self.now, lambda address: None) for _ in range(2)]
        self.shut_outs = [
            ShutOuts(self.shelf, _SECONDS, lambda: self.now, doorkeeper.shut_out) for doorkeeper in self.doors
        ]

    def refused(self) -> list[bool]:
        return [door.refusal("192.0.2.1") == SHUT_OUT for door in self.doors]


@pytest.fixture
def house() -> _House:
    return _House()


def test_a_shut_out_applies_on_all_trackers_for_as_long(house: _House) -> None:
    house.shut_outs[0].tell("192.0.2.1")
    assert house.refused() == [True, True]
    assert [door.refusal("192.0.2.2") for door in house.doors] == [None, None]
    house.now += _SECONDS - 1
    house.shut_outs[1].tick()
    assert house.refused() == [True, True]
    house.now += 1
    for shut_outs in house.shut_outs:
        shut_outs.tick()
    assert house.refused() == [False, False]
    assert house.shelf.rows() == {}


def test_a_clock_far_ahead_does_not_prolong_a_shut_out(house: _House) -> None:
    house.shelf.put((("192.0.2.1", str(house.now + 1e9).encode()),))
    house.now += _SECONDS
    assert house.refused() == [False, False]


def test_a_tracker_starting_later_applies_the_remaining_time(house: _House) -> None:
    house.shut_outs[0].tell("192.0.2.1")
    house.now += _SECONDS - 1
    left: list[tuple[str, float]] = []
    ShutOuts(house.shelf, _SECONDS, lambda: house.now, lambda address, left_s: left.append((address, left_s)))
    assert left == [("192.0.2.1", 1.0)]


def test_a_shorter_shut_out_does_not_shorten_a_longer_one(house: _House) -> None:
    house.doors[0].shut_out("192.0.2.1", 100.0)
    house.doors[0].shut_out("192.0.2.1", 1.0)
    house.now += 50
    assert house.refused() == [True, False]


def test_a_malformed_row_shuts_nobody_out(house: _House) -> None:
    house.shelf.put((("192.0.2.1", b"?"),))
    house.shut_outs[0].tick()
    assert (house.refused(), house.shelf.rows()) == ([False, False], {})
