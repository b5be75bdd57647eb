"""Who has spoken lately in a slow room, and how long they have to wait."""

from __future__ import annotations

import pytest

from chatcore.state import pace as pace_module
from chatcore.state.client import Client
from chatcore.state.credentials import Credentials
from chatcore.state.pace import Pace, words_for_wait
from tests.state.people import client

_ELSEWHERE = "198.51.100.7"


@pytest.fixture
def pace() -> Pace:
    """Once in ten seconds."""
    made = Pace()
    made.set_interval(10)
    return made


def _log_in(member: Client, name: str) -> None:
    member.login = Credentials(name, b"", b"", b"", 4096, f"id of {name}")


def _wait_s(pace: Pace, member: Client, now: float, *, is_member: bool = True) -> float:
    return pace.wait_s(member, is_member=is_member, now=now)


def _say(pace: Pace, member: Client, now: float, *, is_member: bool = True) -> None:
    pace.note(member, is_member=is_member, now=now)


def test_who_has_spoken_waits_and_nobody_else(pace: Pace) -> None:
    bob, neighbour = client("bob"), client("carol")
    assert _wait_s(pace, bob, 100.0) == 0
    _say(pace, bob, 100.0)
    assert [_wait_s(pace, bob, now) for now in (100.0, 107.5, 110.0)] == [10.0, 2.5, 0.0]
    assert _wait_s(pace, neighbour, 101.0) == 0, "who stays has a time of their own, even from the same address"


def test_to_leave_and_come_back_does_not_help(pace: Pace) -> None:
    bob = client("bob")
    _say(pace, bob, 100.0)
    pace.leave(bob)
    pace.enter(bob)
    again = client("rob")
    pace.enter(again)
    pace.enter(elsewhere := client("bob", host=_ELSEWHERE))
    assert [_wait_s(pace, each, 104.0) for each in (bob, again, elsewhere)] == [6.0, 6.0, 0.0]


def test_the_latest_of_those_who_left_an_address_counts(pace: Pace) -> None:
    bob, carol = client("bob"), client("carol")
    _say(pace, bob, 100.0)
    _say(pace, carol, 105.0)
    pace.leave(carol)
    pace.leave(bob)
    pace.enter(newcomer := client("dave"))
    assert _wait_s(pace, newcomer, 106.0) == 9.0


def test_an_account_waits_wherever_it_is(pace: Pace) -> None:
    phone, desk = client("ann"), client("ann_", host=_ELSEWHERE)
    for device in (phone, desk):
        _log_in(device, "ann")
    _say(pace, phone, 100.0)
    pace.enter(desk)
    assert _wait_s(pace, desk, 103.0) == 7.0
    pace.leave(phone)
    pace.enter(guest := client("guest"))
    assert _wait_s(pace, guest, 103.0) == 7.0, "it may be the same, without the account"
    assert _wait_s(pace, phone, 103.0) == 7.0
    fresh = client("yan")
    _log_in(fresh, "yan")
    pace.enter(fresh)
    assert _wait_s(pace, fresh, 103.0) == 0, "an account is not taken for the one who left"


def test_to_log_in_or_out_does_not_help(pace: Pace) -> None:
    bob = client("bob")
    _say(pace, bob, 100.0)
    _log_in(bob, "bob")
    assert _wait_s(pace, bob, 101.0) == 9.0
    _say(pace, bob, 110.0)
    bob.login = None
    assert _wait_s(pace, bob, 111.0) == 9.0


def test_those_outside_go_by_their_address(pace: Pace) -> None:
    """Without +n they may speak, and could be another each time."""
    _say(pace, client("bob"), 100.0, is_member=False)
    assert _wait_s(pace, client("rob"), 101.0, is_member=False) == 9.0
    assert _wait_s(pace, client("rob", host=_ELSEWHERE), 101.0, is_member=False) == 0


def test_who_may_speak_again_is_forgotten(pace: Pace) -> None:
    for second in range(100):
        _say(pace, client("bob"), float(second))
        assert len(pace) <= 10
    pace.set_interval(0)
    assert len(pace) == 0


def test_of_too_many_the_first_is_forgotten(pace: Pace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace_module, "MAX_REMEMBERED", 2)
    people = [client(nick) for nick in ("ann", "bob", "carol")]
    for second, each in enumerate(people):
        _say(pace, each, float(second))
    assert [_wait_s(pace, each, 3.0) > 0 for each in people] == [False, True, True]


def test_a_room_that_gets_slower_or_faster_goes_by_what_was_said_before(pace: Pace) -> None:
    bob = client("bob")
    _say(pace, bob, 100.0)
    pace.set_interval(60)
    assert _wait_s(pace, bob, 105.0) == 55.0
    pace.set_interval(2)
    assert _wait_s(pace, bob, 105.0) < 0


@pytest.mark.parametrize(("wait_s", "words"), [(-1.0, ""), (0.0, ""), (0.1, " 1 s"), (6.2, " 7 s"), (10.0, " 10 s")])
def test_a_wait_is_said_in_whole_seconds_that_suffice(wait_s: float, words: str) -> None:
    assert words_for_wait(wait_s) == (f"This room is slow: you can speak again in{words}" if words else "")
