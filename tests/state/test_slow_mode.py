"""How long the recent speakers in a slow room have to wait."""

from __future__ import annotations

import pytest

from chatcore.state import slow_mode as slow_mode_module
from chatcore.state.client import Client
from chatcore.state.credentials import Credentials
from chatcore.state.slow_mode import SlowMode, words_for_wait
from tests.state.people import client

_ELSEWHERE = "198.51.100.7"


@pytest.fixture
def slow_mode() -> SlowMode:
    """Once in ten seconds."""
    made = SlowMode()
    made.set_interval(10)
    return made


def _log_in(member: Client, name: str) -> None:
    member.login = Credentials(name, b"", b"", b"", 4096, f"id of {name}")


def _wait_s(slow_mode: SlowMode, member: Client, now: float, *, is_member: bool = True) -> float:
    return slow_mode.wait_s(member, is_member=is_member, now=now)


def _say(slow_mode: SlowMode, member: Client, now: float, *, is_member: bool = True) -> None:
    slow_mode.note(member, is_member=is_member, now=now)


def test_only_the_speaker_waits(slow_mode: SlowMode) -> None:
    bob, neighbour = client("bob"), client("carol")
    assert _wait_s(slow_mode, bob, 100.0) == 0
    _say(slow_mode, bob, 100.0)
    assert [_wait_s(slow_mode, bob, now) for now in (100.0, 107.5, 110.0)] == [10.0, 2.5, 0.0]
    assert _wait_s(slow_mode, neighbour, 101.0) == 0, "members at the same address wait separately"


def test_leaving_and_returning_does_not_reset_the_wait(slow_mode: SlowMode) -> None:
    bob = client("bob")
    _say(slow_mode, bob, 100.0)
    slow_mode.leave(bob)
    slow_mode.enter(bob)
    again = client("rob")
    slow_mode.enter(again)
    slow_mode.enter(elsewhere := client("bob", host=_ELSEWHERE))
    assert [_wait_s(slow_mode, each, 104.0) for each in (bob, again, elsewhere)] == [6.0, 6.0, 0.0]


def test_the_latest_speaker_from_an_address_counts(slow_mode: SlowMode) -> None:
    bob, carol = client("bob"), client("carol")
    _say(slow_mode, bob, 100.0)
    _say(slow_mode, carol, 105.0)
    slow_mode.leave(carol)
    slow_mode.leave(bob)
    slow_mode.enter(newcomer := client("dave"))
    assert _wait_s(slow_mode, newcomer, 106.0) == 9.0


def test_an_account_waits_on_all_its_devices(slow_mode: SlowMode) -> None:
    phone, desk = client("ann"), client("ann_", host=_ELSEWHERE)
    for device in (phone, desk):
        _log_in(device, "ann")
    _say(slow_mode, phone, 100.0)
    slow_mode.enter(desk)
    assert _wait_s(slow_mode, desk, 103.0) == 7.0
    slow_mode.leave(phone)
    slow_mode.enter(guest := client("guest"))
    assert _wait_s(slow_mode, guest, 103.0) == 7.0, "a guest at that address may be the same person"
    assert _wait_s(slow_mode, phone, 103.0) == 7.0
    fresh = client("yan")
    _log_in(fresh, "yan")
    slow_mode.enter(fresh)
    assert _wait_s(slow_mode, fresh, 103.0) == 0, "somebody with another account is not the one who left"


def test_logging_in_or_out_does_not_reset_the_wait(slow_mode: SlowMode) -> None:
    bob = client("bob")
    _say(slow_mode, bob, 100.0)
    _log_in(bob, "bob")
    assert _wait_s(slow_mode, bob, 101.0) == 9.0
    _say(slow_mode, bob, 110.0)
    bob.login = None
    assert _wait_s(slow_mode, bob, 111.0) == 9.0


def test_outsiders_are_limited_by_address(slow_mode: SlowMode) -> None:
    """Without +n they may speak, and could come as another client each time."""
    _say(slow_mode, client("bob"), 100.0, is_member=False)
    assert _wait_s(slow_mode, client("rob"), 101.0, is_member=False) == 9.0
    assert _wait_s(slow_mode, client("rob", host=_ELSEWHERE), 101.0, is_member=False) == 0


def test_a_speaker_is_forgotten_after_the_interval(slow_mode: SlowMode) -> None:
    for second in range(100):
        _say(slow_mode, client("bob"), float(second))
        assert len(slow_mode) <= 10
    slow_mode.set_interval(0)
    assert len(slow_mode) == 0


def test_the_oldest_of_too_many_speakers_is_forgotten(slow_mode: SlowMode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow_mode_module, "MAX_REMEMBERED", 2)
    people = [client(nick) for nick in ("ann", "bob", "carol")]
    for second, each in enumerate(people):
        _say(slow_mode, each, float(second))
    assert [_wait_s(slow_mode, each, 3.0) > 0 for each in people] == [False, True, True]


def test_a_new_interval_applies_to_earlier_messages(slow_mode: SlowMode) -> None:
    bob = client("bob")
    _say(slow_mode, bob, 100.0)
    slow_mode.set_interval(60)
    assert _wait_s(slow_mode, bob, 105.0) == 55.0
    slow_mode.set_interval(2)
    assert _wait_s(slow_mode, bob, 105.0) < 0


@pytest.mark.parametrize(("wait_s", "words"), [(-1.0, ""), (0.0, ""), (0.1, " 1 s"), (6.2, " 7 s"), (10.0, " 10 s")])
def test_a_wait_is_rounded_up_to_whole_seconds(wait_s: float, words: str) -> None:
    assert words_for_wait(wait_s) == (f"This room is slow: you can speak again in{words}" if words else "")
