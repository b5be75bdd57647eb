"""Dormant rooms end after thirty days, even if the clock is wrong for a while."""

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
    """A tracker started at a given time; #Old is dormant since an earlier start, #new since this one."""

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


def test_a_dormant_room_ends_after_thirty_days() -> None:
    scene = _Scene()
    assert scene.tick_after(3500) == ["#Old", "#new"]
    assert scene.tick_after(CHECK_S) == ["#new"]
    assert scene.published == [RoomForgotten("#Old", 9)]
    assert scene.tick_after(DORMANT_S - 5000) == ["#new"]
    assert scene.tick_after(5000) == []


def test_an_overdue_room_has_some_minutes_left() -> None:
    scene = _Scene(_START + 7200)
    assert scene.tick_after(CHECK_S - 1) == ["#Old", "#new"]
    assert scene.tick_after(1) == ["#new"]


def test_a_clock_jumping_ahead_ends_no_room() -> None:
    scene = _Scene()
    scene.now += 10 * DORMANT_S
    assert scene.tick_after(CHECK_S) == ["#Old", "#new"]


def test_a_clock_ahead_at_the_start_and_corrected_ends_no_room() -> None:
    scene = _Scene(_START + 10 * DORMANT_S)
    scene.now = _START
    assert scene.tick_after(CHECK_S) == ["#Old", "#new"]


def test_rooms_are_not_checked_at_every_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = _Scene()
    scene.tick_after(CHECK_S)
    monkeypatch.setattr(scene.registry, "dormant_rooms", lambda: pytest.fail("the rooms were checked again"))
    scene.watch.tick()


def test_a_room_can_be_forgotten_by_any_case_of_its_name() -> None:
    scene = _Scene()
    found = scene.watch.forget("#OLD")
    assert found is not None
    assert found.name == "#Old"
    assert scene.published == [RoomForgotten("#Old", 9)]
    assert scene.watch.forget("#old") is None
    assert scene.watch.forget("#nowhere") is None


def test_forgetting_a_room_asks_all_trackers() -> None:
    scene, asked = _Scene(), list[str]()

    def end_for_all(room: DormantRoom) -> bool:
        asked.append(room.name)
        return True

    watch = RoomWatch(scene.registry, scene.published.append, lambda: 0.0, lambda: 0.0, end_for_all)
    found = watch.forget("#OLD")
    assert found is not None
    assert (found.name, asked, scene.published) == ("#Old", ["#Old"], [])
    assert scene.registry.dormant_count() == 2, "the room is removed only when the record comes back"


def test_no_room_is_forgotten_after_the_stream_closed() -> None:
    scene = _Scene()

    def refuse(event: RoomForgotten) -> None:
        raise StreamClosed

    watch = RoomWatch(scene.registry, refuse, lambda: scene.now, lambda: scene.ran)
    with pytest.raises(StreamClosed):
        watch.forget("#old")
    assert len(scene.registry.dormant_rooms()) == 2
