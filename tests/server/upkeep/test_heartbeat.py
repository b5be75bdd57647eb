"""Heartbeat: deadlines, checked at times that tests choose, on visits that record what is done to them."""

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
    """The parts of a visit that heartbeat looks at, and what it did."""

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
    """A registered client."""
    return _Visit(is_registered=True)


@pytest.fixture
def stranger() -> _Visit:
    """A client that has just connected."""
    return _Visit(is_registered=False)


def _check(heartbeat: Heartbeat, visit: _Visit, after_s: float) -> list[str]:
    """Check at a time after the start; return everything done to the visit so far."""
    heartbeat.check(cast("Visit", visit), _START + after_s)
    return visit.done


def test_an_unregistered_client_has_its_own_deadline_and_no_pings(heartbeat: Heartbeat, stranger: _Visit) -> None:
    assert _check(heartbeat, stranger, 200) == ["deadline checked at 200"]
    assert stranger.pings == 0


def test_a_client_that_stops_reading_is_lost(heartbeat: Heartbeat, guest: _Visit) -> None:
    guest.stalled_since = _START + 10
    guest.heard_at = _START + 50  # sending does not help
    assert _check(heartbeat, guest, 50) == []
    assert _check(heartbeat, guest, 50.1) == ["lost: Write timeout"]


def test_an_idle_client_is_pinged_once_and_lost_without_an_answer(heartbeat: Heartbeat, guest: _Visit) -> None:
    _check(heartbeat, guest, 90)
    assert guest.pings == 0
    for after_s in (90.5, 91, 150.5):
        assert _check(heartbeat, guest, after_s) == []
        assert guest.pings == 1
    assert _check(heartbeat, guest, 150.6) == ["lost: Ping timeout"]


def test_an_active_client_is_not_pinged(heartbeat: Heartbeat, guest: _Visit) -> None:
    for after_s in range(0, 1000, 80):
        guest.heard_at = _START + after_s
        assert _check(heartbeat, guest, after_s + 80) == []
    assert guest.pings == 0


def test_a_client_waiting_for_credit_is_not_idle(heartbeat: Heartbeat, guest: _Visit) -> None:
    """Its silence is the tracker's doing, which does not read its socket."""
    guest.client.credit.is_waiting = True
    for after_s in range(0, 1000, 50):
        assert _check(heartbeat, guest, after_s) == []
    guest.client.credit.is_waiting = False
    _check(heartbeat, guest, 1000)
    assert guest.pings == 0


def test_only_registered_connections_are_kept_open(heartbeat: Heartbeat, guest: _Visit, stranger: _Visit) -> None:
    """Before registration, only the client's own thread may send, and that waits for it."""
    guest.client.credit.is_waiting = True  # makes no difference
    for visit in (guest, stranger):
        _check(heartbeat, visit, 7)
    assert (guest.kept_open, stranger.kept_open) == ([(7, 30)], [])


def test_a_holder_of_a_wanted_nick_is_lost_after_its_deadline(heartbeat: Heartbeat, guest: _Visit) -> None:
    guest.probe_deadline = _START + 3
    assert _check(heartbeat, guest, 3) == []
    assert _check(heartbeat, guest, 3.1) == ["lost: Ping timeout: somebody else wanted the username"]


def test_a_nick_holder_waiting_for_credit_is_kept(heartbeat: Heartbeat, guest: _Visit) -> None:
    """Its answer may be in the socket that the tracker does not read."""
    guest.probe_deadline = _START + 3
    guest.client.credit.is_waiting = True
    assert _check(heartbeat, guest, 4) == []
    guest.client.credit.is_waiting = False
    assert _check(heartbeat, guest, 5) == []
    assert guest.heard_at == _START + 4


def test_a_leaving_client_has_a_moment_to_read_the_goodbye(heartbeat: Heartbeat, guest: _Visit) -> None:
    guest.closing_since = _START
    guest.is_over = True
    assert _check(heartbeat, guest, 2) == []
    assert _check(heartbeat, guest, 2.1) == ["shutdown"]


@pytest.mark.parametrize("is_registered", [False, True])
def test_an_ended_visit_is_left_to_its_own_thread(heartbeat: Heartbeat, is_registered: bool) -> None:
    visit = _Visit(is_registered=is_registered)
    visit.is_over = True
    visit.probe_deadline = _START
    assert _check(heartbeat, visit, 10_000) == []


@pytest.mark.parametrize(
    ("what", "after_s"), [("closing_since", 2), ("probe_deadline", 3), ("stalled_since", 40), ("heard_at", 90)]
)
def test_a_calm_client_is_checked_rarely_but_misses_no_deadline(guest: _Visit, what: str, after_s: float) -> None:
    heartbeat = Heartbeat(_LIMITS, lambda: [cast("Visit", guest)])
    for half_seconds in range(17):
        heartbeat.check_all(_START + half_seconds / 2)
    assert len(guest.kept_open) == 5  # every two seconds, as no deadline is shorter
    began = _START + 8.1  # right after a check
    setattr(guest, what, began + after_s if what == "probe_deadline" else began)
    at = _START + 8.5
    while not (guest.done or guest.pings):
        heartbeat.check_all(at)
        at += 0.5
    assert began + after_s < at - 0.5 <= began + after_s + 0.5


@pytest.mark.parametrize(("quiet_s", "looks"), [(0, 5), (30, 5), (2, 17)])
def test_a_calm_client_is_checked_often_enough_for_websockets(guest: _Visit, quiet_s: float, looks: int) -> None:
    limits = dataclasses.replace(_LIMITS, websocket_quiet_s=quiet_s)
    heartbeat = Heartbeat(limits, lambda: [cast("Visit", guest)])
    for half_seconds in range(17):
        heartbeat.check_all(_START + half_seconds / 2)
    assert len(guest.kept_open) == looks


def test_the_thread_checks_every_visit_until_stopped() -> None:
    visits = [_Visit(is_registered=False), _Visit(is_registered=False)]
    ticked = threading.Event()
    heartbeat = Heartbeat(_LIMITS, lambda: cast("list[Visit]", visits), [ticked.set])
    heartbeat.start()
    assert ticked.wait(20)
    heartbeat.stop()
    assert not heartbeat.is_alive()
    assert all(visit.done for visit in visits)


def test_a_failing_duty_stops_neither_heartbeat_nor_other_duties(caplog: pytest.LogCaptureFixture) -> None:
    beats = threading.Semaphore(0)

    def fail() -> None:
        raise RuntimeError("the sky is falling")

    heart = Heartbeat(_LIMITS, lambda: (), [fail, beats.release])
    heart.start()
    for _ in range(2):
        assert beats.acquire(timeout=20)
    heart.stop()
    assert "the sky is falling" in caplog.text
