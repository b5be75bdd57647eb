"""Heartbeat: deadlines, checked at times that the test chooses, on visits that only record what is done to them."""

from __future__ import annotations

import dataclasses
import threading
from types import SimpleNamespace
from typing import cast

import pytest

from chatcore.config import Limits
from chatcore.server.upkeep.heartbeat import Heartbeat
from chatcore.server.visit import Visit

_LIMITS = Limits(ping_interval_s=90, ping_timeout_s=60, websocket_quiet_s=30, write_timeout_s=40, close_timeout_s=2)
_START = 1000.0


class _Visit:
    """What heartbeat looks at of a visit, and what it did."""

    def __init__(self, *, is_registered: bool) -> None:
        self.client = SimpleNamespace(is_registered=is_registered, credit=SimpleNamespace(is_waiting=False))
        self.connection = SimpleNamespace(
            shutdown=lambda: self.done.append("shutdown"),
            keep_open=lambda now, quiet_s: self.kept_open.append((now - _START, quiet_s)),
            is_stalled_since=lambda moment: self.stalled_since is not None and self.stalled_since < moment,
        )
        self.stalled_since: float | None = None
        self.heard_at = _START
        self.pinged_at: float | None = None
        self.closing_since: float | None = None
        self.probe_deadline: float | None = None
        self.calm_until = 0.0
        self.done: list[str] = []
        self.kept_open: list[tuple[float, float]] = []
        self.is_over = False
        self.pings = 0

    def is_ending(self) -> bool:
        return self.is_over

    def ping(self) -> None:
        self.pings += 1

    def check_deadline(self, now: float) -> None:
        self.done.append(f"deadline checked at {now - _START:g}")

    def end(self, reason: str, *, is_lost: bool) -> None:
        self.done.append(f"{'lost' if is_lost else 'left'}: {reason}")


@pytest.fixture
def heartbeat() -> Heartbeat:
    return Heartbeat(_LIMITS, lambda: ())


@pytest.fixture
def guest() -> _Visit:
    """Somebody who is in."""
    return _Visit(is_registered=True)


@pytest.fixture
def stranger() -> _Visit:
    """Somebody who has just connected."""
    return _Visit(is_registered=False)


def _check(heartbeat: Heartbeat, visit: _Visit, after_s: float) -> list[str]:
    """Check at a time after the start; return all that was done to the visit so far."""
    heartbeat.check(cast("Visit", visit), _START + after_s)
    return visit.done


def test_who_is_on_the_way_in_has_deadlines_of_its_own_and_is_not_pinged(
    heartbeat: Heartbeat, stranger: _Visit
) -> None:
    assert _check(heartbeat, stranger, 200) == ["deadline checked at 200"]
    assert stranger.pings == 0


def test_who_takes_nothing_of_what_waits_for_it_is_lost(heartbeat: Heartbeat, guest: _Visit) -> None:
    guest.stalled_since = _START + 10
    guest.heard_at = _START + 50  # that it goes on sending does not help
    assert _check(heartbeat, guest, 50) == []
    assert _check(heartbeat, guest, 50.1) == ["lost: Write timeout"]


def test_the_idle_are_pinged_once_and_lost_when_they_do_not_answer(heartbeat: Heartbeat, guest: _Visit) -> None:
    _check(heartbeat, guest, 90)
    assert guest.pings == 0
    for after_s in (90.5, 91, 150.5):
        assert _check(heartbeat, guest, after_s) == []
        assert guest.pings == 1
    assert _check(heartbeat, guest, 150.6) == ["lost: Ping timeout"]


def test_who_is_heard_of_is_not_pinged(heartbeat: Heartbeat, guest: _Visit) -> None:
    for after_s in range(0, 1000, 80):
        guest.heard_at = _START + after_s
        assert _check(heartbeat, guest, after_s + 80) == []
    assert guest.pings == 0


def test_who_waits_for_credit_is_not_idle(heartbeat: Heartbeat, guest: _Visit) -> None:
    """Its socket is not read meanwhile: that is the tracker's doing."""
    guest.client.credit.is_waiting = True
    for after_s in range(0, 1000, 50):
        assert _check(heartbeat, guest, after_s) == []
    guest.client.credit.is_waiting = False
    _check(heartbeat, guest, 1000)
    assert guest.pings == 0


def test_whoever_is_in_is_kept_open(heartbeat: Heartbeat, guest: _Visit, stranger: _Visit) -> None:
    """Before that only its own thread may send, and that one waits for it."""
    guest.client.credit.is_waiting = True  # no reason not to
    for visit in (guest, stranger):
        _check(heartbeat, visit, 7)
    assert (guest.kept_open, stranger.kept_open) == ([(7, 30)], [])


def test_a_holder_of_a_wanted_nick_has_until_its_own_deadline(heartbeat: Heartbeat, guest: _Visit) -> None:
    guest.probe_deadline = _START + 3
    assert _check(heartbeat, guest, 3) == []
    assert _check(heartbeat, guest, 3.1) == ["lost: Ping timeout: somebody else wanted the username"]


def test_a_holder_that_waits_for_credit_is_there(heartbeat: Heartbeat, guest: _Visit) -> None:
    """Its answer may be in the socket that the tracker does not read."""
    guest.probe_deadline = _START + 3
    guest.client.credit.is_waiting = True
    assert _check(heartbeat, guest, 4) == []
    guest.client.credit.is_waiting = False
    assert _check(heartbeat, guest, 5) == []
    assert guest.heard_at == _START + 4


def test_who_is_leaving_has_a_moment_to_read_the_goodbye(heartbeat: Heartbeat, guest: _Visit) -> None:
    guest.closing_since = _START
    guest.is_over = True
    assert _check(heartbeat, guest, 2) == []
    assert _check(heartbeat, guest, 2.1) == ["shutdown"]


@pytest.mark.parametrize("is_registered", [False, True])
def test_who_is_ended_already_is_left_to_its_own_thread(heartbeat: Heartbeat, is_registered: bool) -> None:
    visit = _Visit(is_registered=is_registered)
    visit.is_over = True
    visit.probe_deadline = _START
    assert _check(heartbeat, visit, 10_000) == []


@pytest.mark.parametrize(
    ("what", "after_s"), [("closing_since", 2), ("probe_deadline", 3), ("stalled_since", 40), ("heard_at", 90)]
)
def test_a_calm_guest_is_seldom_looked_at_and_yet_misses_no_deadline(guest: _Visit, what: str, after_s: float) -> None:
    heartbeat = Heartbeat(_LIMITS, lambda: [cast("Visit", guest)])
    for half_seconds in range(17):
        heartbeat.check_all(_START + half_seconds / 2)
    assert len(guest.kept_open) == 5  # every two seconds, as nothing can be over sooner
    began = _START + 8.1  # right after it was looked at
    setattr(guest, what, began + after_s if what == "probe_deadline" else began)
    at = _START + 8.5
    while not (guest.done or guest.pings):
        heartbeat.check_all(at)
        at += 0.5
    assert began + after_s < at - 0.5 <= began + after_s + 0.5


@pytest.mark.parametrize(("quiet_s", "looks"), [(0, 5), (30, 5), (2, 17)])
def test_a_calm_guest_is_looked_at_often_enough_to_keep_a_websocket_open(
    guest: _Visit, quiet_s: float, looks: int
) -> None:
    limits = dataclasses.replace(_LIMITS, websocket_quiet_s=quiet_s)
    heartbeat = Heartbeat(limits, lambda: [cast("Visit", guest)])
    for half_seconds in range(17):
        heartbeat.check_all(_START + half_seconds / 2)
    assert len(guest.kept_open) == looks


def test_the_thread_looks_at_every_visit_and_ticks_until_it_is_stopped() -> None:
    visits = [_Visit(is_registered=False), _Visit(is_registered=False)]
    ticked = threading.Event()
    heartbeat = Heartbeat(_LIMITS, lambda: cast("list[Visit]", visits), [ticked.set])
    heartbeat.start()
    assert ticked.wait(20)
    heartbeat.stop()
    assert not heartbeat.is_alive()
    assert all(visit.done for visit in visits)


def test_what_fails_ends_no_heartbeat_and_no_other_duty(caplog: pytest.LogCaptureFixture) -> None:
    beats = threading.Semaphore(0)

    def fail() -> None:
        raise RuntimeError("the sky is falling")

    heart = Heartbeat(_LIMITS, lambda: (), [fail, beats.release])
    heart.start()
    for _ in range(2):
        assert beats.acquire(timeout=20)
    heart.stop()
    assert "the sky is falling" in caplog.text
