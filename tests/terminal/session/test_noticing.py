"""Which messages are meant for the user, and which of many in a row make a noise."""

from __future__ import annotations

import pytest

from chatcore.terminal.session.effects import Alert, Effect, Quoted, Said
from chatcore.terminal.session.noticing import LEAST_PAUSE_S, PAUSE_S, Bursts, is_for_us
from chatcore.terminal.session.session import Session


@pytest.mark.parametrize(
    ("text", "is_named"),
    [
        ("ann", True),
        ("hi Ann!", True),
        ("@ann: look", True),
        ("what does ANN's cat do", True),
        ("(ann)", True),
        ("banner", False),
        ("ann-marie", False),
        ("anna", False),
        ("\u00e4ann", False),
        ("", False),
    ],
)
def test_a_name_counts_only_as_a_whole_word(text: str, is_named: bool) -> None:
    assert is_for_us("ann", Said("bob", text, "#lobby")) is is_named


def test_names_are_not_regular_expressions() -> None:
    assert is_for_us("a.[b", Said("bob", "A.[B: hi", "#lobby"))
    assert not is_for_us("a.b", Said("bob", "axb", "#lobby"))


def test_private_messages_and_replies_are_for_the_user() -> None:
    assert is_for_us("ann", Said("bob", "psst"))
    assert is_for_us("ann", Said("bob", "yes", "#lobby", answers=Quoted("1", "Ann", "really")))
    assert not is_for_us("ann", Said("bob", "yes", "#lobby", answers=Quoted("1", "eve", "really")))
    assert not is_for_us("ann", Said("ann", "I am ann", "#lobby", is_own=True))
    assert not is_for_us("ann", Said("ann", "psst", to="bob", is_own=True))


def test_only_the_first_of_many_messages_makes_a_noise() -> None:
    bursts = Bursts()
    times = [100.0 + second for second in range(60)]
    assert [time for time in times if bursts.is_worth_a_noise("#lobby", time)] == [100.0]
    assert bursts.is_worth_a_noise("#LOBBY", times[-1] + PAUSE_S)


def test_messages_of_many_people_at_once_make_one_noise() -> None:
    bursts = Bursts()
    assert [bursts.is_worth_a_noise(f"n{number}", 100.0) for number in range(1000)] == [True, *[False] * 999]
    assert bursts.is_worth_a_noise("bob", 100.0 + LEAST_PAUSE_S)
    assert len(bursts._last) == 100


def _noted(session: Session, *said: Said) -> list[Effect]:
    return session.noted(said)


def _session(*, shows_all: bool = False) -> Session:
    session = Session("ann", shows_all=shows_all)
    session.views.open("#lobby")
    session.views.open("#dev")
    return session


def test_messages_for_the_user_are_marked_and_raise_an_alert() -> None:
    here, there = Said("bob", "ann!", "#lobby"), Said("bob", "ann?", "#dev")
    private, other = Said("eve", "psst"), Said("bob", "hm", "#lobby")
    seen = _noted(_session(), here, there, private, other)
    assert seen == [here, Alert(here, is_here=True), Alert(there, is_here=False), Alert(private, is_here=False), other]
    assert [item.is_for_us for item in seen if isinstance(item, Said)] == [True, False]


def test_history_raises_no_alert() -> None:
    history = Said("bob", "ann!", "#lobby", is_history=True)
    found = Said("bob", "ann!", "#lobby", found=("ann",))
    seen = _noted(_session(), history, found)
    assert seen == [history, found]
    assert all(isinstance(item, Said) and item.is_for_us for item in seen), "mentions are still highlighted"


def test_missed_messages_raise_an_alert() -> None:
    missed = Said("bob", "ann!", "#dev", is_history=True, is_missed=True)
    assert _noted(_session(), missed) == [Alert(missed, is_here=False)]


def test_a_pipe_gets_no_alerts() -> None:
    said = Said("bob", "ann!", "#lobby")
    assert _noted(_session(shows_all=True), said) == [said]
