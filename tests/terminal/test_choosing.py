"""Asking where to go."""

from __future__ import annotations

import pytest

from chatcore.errors import ConfigError
from chatcore.prompting.interruption import Woken
from chatcore.terminal.choosing import NOT_CHOSEN, QUESTION, QUESTION_WITH_LIST, choose
from chatcore.terminal.destination import Destination
from chatcore.terminal.recent import Visited
from tests.support.seen import SeenScreen

_VISITED = [Visited("192.168.1.5", 8000, "ann"), Visited("::1", 9000, "ann", "", "boss")]


@pytest.mark.parametrize(("typed", "number"), [("", 0), ("1", 0), (" 2 ", 1)])
def test_one_of_the_last(typed: str, number: int) -> None:
    screen = SeenScreen(typed)
    chosen = _VISITED[number]
    assert choose(screen, _VISITED, can_ask_again=True) == (Destination(chosen.host, chosen.port), chosen)
    assert screen.shown == ["* 1  192.168.1.5:8000  as ann", "* 2  [::1]:9000  as boss"]
    assert screen.questions == [QUESTION_WITH_LIST]


def test_another() -> None:
    screen = SeenScreen("https://chat.example:8000/#tea")
    assert choose(screen, _VISITED, can_ask_again=True) == (Destination("chat.example", 8000, "#tea"), None)
    assert choose(SeenScreen("3"), _VISITED, can_ask_again=True) == (Destination("3"), None)


def test_mistakes_are_told_and_it_is_asked_again() -> None:
    screen = SeenScreen("", Woken(), "ftp://tracker/", "tracker")
    assert choose(screen, [], can_ask_again=True) == (Destination("tracker"), None)
    assert screen.shown == ["error: a link to a chat begins with https://"]
    assert screen.questions == [QUESTION] * 4


@pytest.mark.parametrize(("typed", "mistake"), [("", NOT_CHOSEN), ("a b", "no address")])
def test_a_pipe_is_asked_once(typed: str, mistake: str) -> None:
    with pytest.raises(ConfigError) as raised:
        choose(SeenScreen(typed), [], can_ask_again=False)
    assert mistake in str(raised.value)
