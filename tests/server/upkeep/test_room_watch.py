"""Dormant rooms end after thirty days, whatever the clock says for a while."""

from __future__ import annotations

import pytest

from chatcore.errors import StreamClosed
from chatcore.server.upkeep.room_watch import CHECK_S, RoomWatch
from chatcore.state.dormant import DORMANT_S, DormantRoom
from chatcore.state.facts import RoomForgotten
from chatcore.state.registry import Registry
from tests.support.dormant import dormant

_START = 1_700_000_000.0


class _Scene:
    """A tracker that was started when its clock said so; #Old is dormant since an earlier start, #new since this."""

    def __init__(self, started_at: float = _START) -> None:
        self.now = started_at  # what the clock says
        self.ran = 0.0
        self.published: list[RoomForgotten] = []
        self.registry = Registry(lambda: self.now)
        self.registry.lay_down([dormant("#Old", since=_START - DORMANT_S + 3600), dormant("#new", since=started_at)])
        self.watch = RoomWatch(self.registry, self.published.append, lambda: self.now, lambda: self.ran)

    def tick_after(self, seconds: float) -> list[str]:
        """Let some seconds pass; return the rooms that are still dormant."""
        self.now += seconds
        self.ran += seconds
        self.watch.tick()
        return sorted(room.name for room in self.registry.dormant_rooms())


def test_a_room_ends_thirty_days_after_the_start_to_which_nobody_came_back() -> None:
    scene = _Scene()
    assert scene.tick_after(3500) == ["#Old", "#new"]
    assert scene.tick_after(CHECK_S) == ["#new"]
    assert scene.published == [RoomForgotten("#Old", 9)]
    assert scene.tick_after(DORMANT_S - 5000) == ["#new"]
    assert scene.tick_after(5000) == []


def test_one_that_is_overdue_has_some_minutes_yet() -> None:
    scene = _Scene(_START + 7200)
    assert scene.tick_after(CHECK_S - 1) == ["#Old", "#new"]
    assert scene.tick_after(1) == ["#new"]


def test_a_clock_that_jumps_ahead_ends_nothing() -> None:
    scene = _Scene()
    scene.now += 10 * DORMANT_S
    assert scene.tick_after(CHECK_S) == ["#Old", "#new"]


def test_a_clock_that_was_ahead_at_the_start_and_is_set_right_ends_nothing() -> None:
    scene = _Scene(_START + 10 * DORMANT_S)
    scene.now = _START
    assert scene.tick_after(CHECK_S) == ["#Old", "#new"]


def test_it_does_not_look_all_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = _Scene()
    scene.tick_after(CHECK_S)
    monkeypatch.setattr(scene.registry, "dormant_rooms", lambda: pytest.fail("looked"))
    scene.watch.tick()


def test_a_room_is_forgotten_by_any_spelling_of_its_name() -> None:
    scene = _Scene()
    found = scene.watch.forget("#OLD")
    assert found is not None
    assert found.name == "#Old"
    assert scene.published == [RoomForgotten("#Old", 9)]
    assert scene.watch.forget("#old") is None
    assert scene.watch.forget("#nowhere") is None


def test_of_several_trackers_all_are_asked_to_end_a_room() -> None:
    scene, asked = _Scene(), list[str]()

    def end_for_all(room: DormantRoom) -> bool:
        asked.append(room.name)
        return True

    watch = RoomWatch(scene.registry, scene.published.append, lambda: 0.0, lambda: 0.0, end_for_all)
    found = watch.forget("#OLD")
    assert found is not None
    assert (found.name, asked, scene.published) == ("#Old", ["#Old"], [])
    assert scene.registry.dormant_count() == 2, "that comes back in a record"


def test_nothing_is_forgotten_that_cannot_be_said_any_more() -> None:
    scene = _Scene()

    def refuse(event: RoomForgotten) -> None:
        raise StreamClosed

    watch = RoomWatch(scene.registry, refuse, lambda: scene.now, lambda: scene.ran)
    with pytest.raises(StreamClosed):
        watch.forget("#old")
    assert len(scene.registry.dormant_rooms()) == 2
