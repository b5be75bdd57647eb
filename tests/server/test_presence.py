"""Presence: when the last client has left, with a clock that only the test moves."""

from __future__ import annotations

import pytest

from chatcore.server.presence import Presence

_LINGER_S = 30.0


class _Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def presence(clock: _Clock) -> Presence:
    return Presence(_LINGER_S, clock, lambda: None)


def test_before_the_first_arrival_nothing_ends(presence: Presence, clock: _Clock) -> None:
    clock.now += 1_000_000
    assert presence.ends_in() is None


def test_a_deliberate_leave_of_the_last_client_counts_at_once(clock: _Clock) -> None:
    changes: list[float | None] = []

    def note_change() -> None:
        changes.append(watched.ends_in())

    watched = Presence(_LINGER_S, clock, note_change)
    watched.enter(1, "ann")
    watched.enter(2, "bob")
    assert watched.ends_in() is None
    watched.leave(1, "ann", is_lost=False)
    watched.leave(2, "bob", is_lost=False)
    assert changes == [None, 0.0]


def test_a_lost_connection_lingers(presence: Presence, clock: _Clock) -> None:
    presence.enter(1, "ann")
    presence.leave(1, "ann", is_lost=True)
    assert presence.ends_in() == _LINGER_S
    clock.now += 29
    assert presence.ends_in() == 1.0
    clock.now += 2
    assert presence.ends_in() == 0.0


def test_a_returning_client_no_longer_lingers(presence: Presence, clock: _Clock) -> None:
    presence.enter(1, "Ann")
    presence.leave(1, "Ann", is_lost=True)
    clock.now += 10
    presence.enter(2, "ann")
    clock.now += 100
    assert presence.ends_in() is None
    presence.leave(2, "ann", is_lost=False)
    assert presence.ends_in() == 0.0


def test_returning_under_another_name_leaves_the_old_one_lingering(presence: Presence, clock: _Clock) -> None:
    presence.enter(1, "ann")
    presence.leave(1, "ann", is_lost=True)
    presence.enter(2, "eve")
    presence.leave(2, "eve", is_lost=False)
    assert presence.ends_in() == _LINGER_S


def test_the_longest_lingering_client_counts(presence: Presence, clock: _Clock) -> None:
    for number, nick in ((1, "ann"), (2, "bob")):
        presence.enter(number, nick)
        presence.leave(number, nick, is_lost=True)
        clock.now += 10
    assert presence.ends_in() == 20.0


def test_a_deliberate_leave_does_not_cut_anothers_lingering_short(presence: Presence) -> None:
    presence.enter(1, "ann")
    presence.enter(2, "bob")
    presence.leave(1, "ann", is_lost=True)
    presence.leave(2, "bob", is_lost=False)
    assert presence.ends_in() == _LINGER_S


def test_a_stranger_with_the_password_counts_as_present(presence: Presence) -> None:
    presence.enter(1, "ann")
    presence.prove(2)
    presence.leave(1, "ann", is_lost=False)
    assert presence.ends_in() is None
    presence.leave(2, "", is_lost=False)
    assert presence.ends_in() == 0.0


def test_a_stranger_that_fails_to_register_ends_nothing(presence: Presence, clock: _Clock) -> None:
    presence.leave(1, "", is_lost=False)
    presence.prove(2)
    presence.leave(2, "", is_lost=True)
    clock.now += 100
    assert presence.ends_in() is None


def test_a_stranger_does_not_linger(presence: Presence) -> None:
    presence.enter(1, "ann")
    presence.leave(1, "ann", is_lost=False)
    presence.leave(2, "", is_lost=True)
    assert presence.ends_in() == 0.0


def test_without_lingering_a_lost_connection_counts_at_once(clock: _Clock) -> None:
    presence = Presence(0.0, clock, lambda: None)
    presence.enter(1, "ann")
    presence.leave(1, "ann", is_lost=True)
    assert presence.ends_in() == 0.0
