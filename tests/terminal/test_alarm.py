"""The alarm: it rings at the time that was set last, in a thread of its own."""

import threading
from time import monotonic

from chatcore.terminal.alarm import Alarm


def test_alarm_rings_when_it_is_time_and_again_when_it_is_set_again() -> None:
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


def test_alarm_that_is_set_to_nothing_or_stopped_does_not_ring() -> None:
    rung = threading.Semaphore(0)
    alarm = Alarm(rung.release)
    alarm.set(None)  # as it is already
    alarm.set(monotonic() + 1000)
    alarm.set(None)
    alarm.stop()
    alarm.set(monotonic())
    alarm.stop()
    assert not rung.acquire(blocking=False)


def test_alarm_that_was_never_set_has_no_thread() -> None:
    before = threading.active_count()
    alarm = Alarm(lambda: None)
    assert threading.active_count() == before
    alarm.stop()
