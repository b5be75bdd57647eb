"""Alarms: each rings at the time it was last set to, in one shared thread."""

import threading
from time import monotonic

import pytest

from chatcore.terminal.alarm import Alarm


def test_an_alarm_rings_on_time_and_can_be_set_again() -> None:
    rung = threading.Semaphore(0)
    alarm = Alarm(rung.release)
    try:
        alarm.set(monotonic())
        assert rung.acquire(timeout=20)
        alarm.set(monotonic() + 1000)
        alarm.set(monotonic() + 0.01)
        assert rung.acquire(timeout=20)
    finally:
        alarm.stop()
    assert not rung.acquire(blocking=False)


def test_a_cleared_or_stopped_alarm_does_not_ring() -> None:
    rung = threading.Semaphore(0)
    alarm = Alarm(rung.release)
    alarm.set(None)  # no change
    alarm.set(monotonic() + 1000)
    alarm.set(None)
    alarm.stop()
    alarm.set(monotonic())
    alarm.stop()
    assert not rung.acquire(blocking=False)


def test_an_alarm_never_set_starts_no_thread() -> None:
    before = threading.active_count()
    alarm = Alarm(lambda: None)
    assert threading.active_count() == before
    alarm.stop()


def test_alarms_share_one_thread_that_ends_with_the_last() -> None:
    threads: list[threading.Thread] = []
    rung = threading.Semaphore(0)

    def ring() -> None:
        threads.append(threading.current_thread())
        rung.release()

    alarms = [Alarm(ring) for _ in range(5)]
    for alarm in alarms:
        alarm.set(monotonic())
    for _ in alarms:
        assert rung.acquire(timeout=20)
    (thread,) = set(threads)
    for alarm in alarms[1:]:
        alarm.stop()
    seen = [thread.is_alive()]
    alarms[0].stop()
    assert [*seen, thread.is_alive()] == [True, False]


def test_a_failing_alarm_is_reported_and_others_still_ring(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []
    rung = threading.Semaphore(0)
    monkeypatch.setattr(threading, "excepthook", lambda failed: told.append(failed.exc_type))

    def fail() -> None:
        raise LookupError

    failing, other = Alarm(fail), Alarm(rung.release)
    failing.set(monotonic())
    other.set(monotonic() + 0.01)
    assert rung.acquire(timeout=20)
    failing.stop()
    other.stop()
    assert told == [LookupError]
