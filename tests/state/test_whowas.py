"""Whowas: the nicks given up most recently."""

from __future__ import annotations

from chatcore.state.whowas import Departed, Whowas
from tests.support.together import run_together


def _departed(nick: str, left_at: float = 0.0) -> Departed:
    return Departed(nick, "user", "192.0.2.1", "Real", left_at)


def test_finds_the_latest_first_in_any_spelling() -> None:
    whowas = Whowas(10)
    first, other, second = _departed("Ann", 1), _departed("bob", 2), _departed("ann", 3)
    for departed in (first, other, second):
        whowas.add(departed)
    assert whowas.find("ANN", 0) == [second, first]
    assert whowas.find("ann", 1) == [second]
    assert whowas.find("ann", -1) == [second, first]
    assert whowas.find("eve", 0) == []


def test_forgets_the_oldest() -> None:
    whowas = Whowas(2)
    for number in range(3):
        whowas.add(_departed("ann", number))
    assert [departed.left_at for departed in whowas.find("ann", 0)] == [2, 1]


def test_lookups_work_while_others_leave() -> None:
    whowas = Whowas(50)

    def leave() -> None:
        for number in range(300):
            whowas.add(_departed("ann", number))

    def ask() -> None:
        for _ in range(100):
            assert len(whowas.find("ann", 0)) <= 50

    run_together(leave, leave, ask, ask)
    assert len(whowas.find("ann", 0)) == 50
