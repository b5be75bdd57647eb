"""Schedules made from seeds."""

from __future__ import annotations

from tests.faults.cluster.schedule import FAULTS, LONG_FAULTS, make_schedule


def test_the_same_seed_makes_the_same_schedule() -> None:
    assert make_schedule("7", trackers=2) == make_schedule("7", trackers=2)
    assert make_schedule("7", trackers=2) != make_schedule("8", trackers=2)


def test_steps_are_in_order_of_time() -> None:
    times = [step.at for step in make_schedule("7", trackers=3, faults=9).steps]
    assert times == sorted(times)


def test_every_fault_ends() -> None:
    kinds = FAULTS + LONG_FAULTS
    ends = {kind.begin: {each.end for each in kinds if each.begin == kind.begin} for kind in kinds}
    steps = make_schedule("7", trackers=2, commands=0, faults=40, kinds=kinds).steps
    begun = [step for step in steps if step.kind in ends]
    assert len(begun) == 40
    for begin in begun:
        assert any(step.kind in ends[begin.kind] and step.who == begin.who and step.at > begin.at for step in steps)


def test_faults_are_listed() -> None:
    assert "no faults" in str(make_schedule("7", trackers=2, faults=0))
    assert "engine-kill" in str(make_schedule("7", trackers=2, faults=40))
