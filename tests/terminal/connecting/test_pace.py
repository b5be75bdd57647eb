"""How fast the client may send requests to a tracker."""

from __future__ import annotations

import pytest

from chatcore.terminal.connecting.pace import Pace


def test_quick_answers_need_no_pause() -> None:
    pace = Pace()
    assert [pace.pause_s(took_s, now) for now, took_s in enumerate((0.1, 0.05, 0.4, 0.5))] == [0.0] * 4


def test_late_answers_are_followed_by_a_pause_of_that_length() -> None:
    pace = Pace()
    assert pace.pause_s(0.1, 0.0) == 0.0
    assert pace.pause_s(1.1, 2.0) == pytest.approx(1.0)
    assert pace.pause_s(0.1, 4.0) == pytest.approx(1.0), "an answer that was quick after a pause changes nothing"
    assert pace.pause_s(0.9, 6.0) == pytest.approx(1.8)
    assert pace.pause_s(60.0, 9.0) == 10.0, "the pause has a maximum"


def test_old_answers_are_forgotten() -> None:
    pace = Pace()
    pace.pause_s(0.1, 0.0)
    assert pace.pause_s(1.1, 1.0) > 0
    assert pace.pause_s(0.1, 60.0) == 0.0
