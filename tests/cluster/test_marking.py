"""Delayed read markers: how often they are appended, and that the latest is never lost."""

from __future__ import annotations

from chatcore.cluster.marking import EVERY_S, Marking
from chatcore.state.records import Commanded


class _Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def _marker(client: int, target: str, time_ms: int) -> Commanded:
    return Commanded(client, "MARKREAD", (target, str(time_ms)))


def test_the_first_marker_is_appended_at_once_and_the_latest_when_due() -> None:
    clock = _Clock()
    marking = Marking(clock)
    assert marking.keep(_marker(1, "#a", 10), 10) is None
    assert marking.keep(_marker(1, "#a", 5), 5) == 10, "a marker must not move back"
    assert [marking.keep(_marker(1, "#A", time_ms), time_ms) for time_ms in (30, 20)] == [30, 30]
    assert marking.keep(_marker(2, "#a", 10), 10) is None, "each client has its own markers"
    assert marking.keep(_marker(1, "#b", 10), 10) is None, "each target has its own marker"
    assert marking.due() == []
    clock.now += EVERY_S
    assert marking.keep(_marker(1, "#a", 25), 25) == 30, "a later marker is already waiting"
    assert marking.due() == [_marker(1, "#A", 30)]
    assert marking.keep(_marker(1, "#a", 40), 40) == 40
    clock.now += EVERY_S
    assert marking.due() == [_marker(1, "#a", 40)]


def test_old_state_is_forgotten_and_leaving_flushes_the_rest() -> None:
    clock = _Clock()
    marking = Marking(clock)
    marking.keep(_marker(1, "#a", 10), 10)
    clock.now += EVERY_S
    assert marking.due() == []
    assert marking.keep(_marker(1, "#a", 20), 20) is None
    marking.keep(_marker(1, "#a", 30), 30)
    assert marking.leave(1) == [_marker(1, "#a", 30)]
    assert marking.leave(1) == marking.due() == []
