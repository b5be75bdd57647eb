"""The question for a tracker."""

from __future__ import annotations

from collections.abc import Sequence
from secrets import token_hex

import pytest

from chatcore.errors import ConfigError
from chatcore.prompting.interruption import Woken
from chatcore.terminal.choosing import MOST_FOUND, NOT_CHOSEN, QUESTION, QUESTION_WITH_LIST, Offer, Offers, choose
from chatcore.terminal.destination import Destination
from chatcore.terminal.nearby import Found
from chatcore.terminal.recent import Visited
from tests.support.seen import SeenScreen

_PIN = "AB12CD34EF56AB78" * 4
_VISITED = [Visited("192.168.1.5", 8000, "ann", key=_PIN), Visited("::1", 9000, "ann", "", "boss")]
_LIST = ["* 1  192.168.1.5:8000  as ann", "* 2  [::1]:9000  as boss"]


def _choose(screen: SeenScreen, visited: Sequence[Visited], *found: Found, can_ask_again: bool = True) -> Offer:
    offers = Offers(screen, visited)
    for each in found:
        offers.note(each)
    return choose(screen, offers, can_ask_again=can_ask_again)


@pytest.mark.parametrize(("typed", "number"), [("", 0), ("1", 0), (" 2 ", 1)])
def test_an_earlier_tracker_can_be_chosen(typed: str, number: int) -> None:
    screen = SeenScreen(typed)
    chosen = _VISITED[number]
    assert _choose(screen, _VISITED) == (Destination(chosen.host, chosen.port), chosen)
    assert screen.shown == _LIST
    assert screen.questions == [QUESTION_WITH_LIST]


def test_another_address_can_be_typed() -> None:
    screen = SeenScreen("https://chat.example:8000/#tea")
    assert _choose(screen, _VISITED) == (Destination("chat.example", 8000, "#tea"), None)
    assert _choose(SeenScreen("3"), _VISITED) == (Destination("3"), None)


def test_mistakes_are_shown_and_the_question_is_repeated() -> None:
    screen = SeenScreen("", Woken(), "ftp://tracker/", "tracker")
    assert _choose(screen, []) == (Destination("tracker"), None)
    assert screen.shown == ["error: a link to a chat begins with https://"]
    assert screen.questions == [QUESTION] * 4


@pytest.mark.parametrize(("typed", "mistake"), [("", NOT_CHOSEN), ("a b", "not an address")])
def test_a_pipe_is_asked_once(typed: str, mistake: str) -> None:
    with pytest.raises(ConfigError) as raised:
        _choose(SeenScreen(typed), [], can_ask_again=False)
    assert mistake in str(raised.value)


def test_an_unknown_announced_tracker_is_chosen_only_by_number() -> None:
    screen = SeenScreen("", "1")
    chosen = _choose(screen, [], Found("0123456789ABCDEF" * 4, 8000, ("192.168.1.9", "fe80::9%eth0")))
    assert chosen == (Destination("192.168.1.9", 8000), None)
    assert screen.shown == ["* 1  192.168.1.9:8000  unknown, key 01:23:45:67:89:AB:CD:EF"]
    assert screen.questions == [QUESTION] * 2  # Enter alone never chooses a tracker not visited before


def test_a_remembered_tracker_is_known_by_its_key() -> None:
    screen = SeenScreen("3")
    here = Found(_PIN, 8000, ("10.0.0.5", "192.168.1.5"))
    moved = Found(_PIN, 8000, ("10.0.0.7",))
    assert _choose(screen, _VISITED, here, here, moved) == (Destination("10.0.0.7", 8000), _VISITED[0])
    assert screen.shown == [
        *_LIST,
        "* 1  192.168.1.5:8000  is announced nearby",
        "* 3  10.0.0.7:8000  as ann  claims to be 1, at another address",
    ]


def test_another_port_counts_as_another_address() -> None:
    screen = SeenScreen("3")
    assert _choose(screen, _VISITED, Found(_PIN, 8001, ("192.168.1.5",))).known == _VISITED[0]


@pytest.mark.parametrize("visited", [_VISITED, [Visited("192.168.1.5", 8000, "ann"), _VISITED[1]]])
def test_an_address_alone_does_not_make_a_tracker_known(visited: list[Visited]) -> None:
    screen = SeenScreen("3")
    other = Found("0" * 64, 8000, ("192.168.1.5",))
    assert _choose(screen, visited, other) == (Destination("192.168.1.5", 8000), None)
    assert screen.shown[2:] == ["* 3  192.168.1.5:8000  unknown, key 00:00:00:00:00:00:00:00"]


def test_a_tracker_announced_repeatedly_has_one_number() -> None:
    screen = SeenScreen("3")
    first, second = Found("0" * 64, 8000, ("10.0.0.7", "10.0.0.8")), Found("0" * 64, 8000, ("10.0.0.6", "10.0.0.8"))
    assert _choose(screen, _VISITED, first, second, first).destination == Destination("10.0.0.7", 8000)
    assert len(screen.shown) == 3


def test_numbers_keep_their_meaning_as_more_are_found() -> None:
    screen = SeenScreen()
    offers = Offers(screen, _VISITED)
    offers.note(Found("0" * 64, 8000, ("10.0.0.7",)))
    before = [offers.chosen(str(number)) for number in range(1, 4)]
    for port in range(1, 10):
        offers.note(Found("1" * 64, port, ("10.0.0.1",)))
    assert [offers.chosen(str(number)) for number in range(1, 4)] == before


def test_a_crowd_is_cut_and_hides_no_known_tracker() -> None:
    screen = SeenScreen()
    offers = Offers(screen, _VISITED)
    for number in range(1000):
        offers.note(Found(token_hex(32).upper(), 8000, (f"10.0.{number % 250}.1",)))
        offers.note(Found(_PIN, number + 1, ("10.0.0.66",)))
    offers.note(Found(_PIN, 8000, ("192.168.1.5",)))
    assert offers.chosen(str(len(_VISITED) + MOST_FOUND + 3)) is not None
    assert offers.chosen(str(len(_VISITED) + MOST_FOUND + 4)) is None
    assert [line for line in screen.shown if "more chats" in line] == [
        "* more chats are announced on this network than are shown here"
    ]
    assert screen.shown[-1] == "* 1  192.168.1.5:8000  is announced nearby"
    assert len(screen.shown) == len(_VISITED) + MOST_FOUND + 3 + 2
    assert len(offers._told) <= 200
