"""Arrivals and departures, and what is left of clients afterwards."""

from __future__ import annotations

import pytest

from chatcore.state import facts, requests
from chatcore.state.events import Event
from tests.server.rendered import Rendered


@pytest.mark.parametrize("is_closed_first", [False, True])
def test_whoever_leaves_is_gone_for_all_also_if_the_connection_is_closed_first(*, is_closed_first: bool) -> None:
    """This happens while the engine of several trackers is unreachable: nobody can know yet that the client leaves."""
    rendered = Rendered()
    rendered.enter(1, "ann", "#a")
    rendered.enter(2, "bob", "#a")
    bob = rendered.reader(2)
    events: list[Event] = [facts.Quit(2, "bye", False), requests.Closed(2)]
    for event in reversed(events) if is_closed_first else events:
        rendered.apply(event)
    assert [message.command for message in rendered.read(1)] == ["QUIT"]
    assert list(rendered.view.readers) == [1]
    assert [member.id for member in rendered.view.rooms["#a"].members] == [1]
    assert "bob" not in rendered.view.by_nick
    assert rendered.context.closed == [bob]


def test_who_has_closed_and_is_still_here_gets_nothing_more() -> None:
    rendered = Rendered()
    rendered.enter(1, "ann", "#a")
    rendered.enter(2, "bob", "#a")
    rendered.apply(requests.Closed(2))
    rendered.apply(facts.Said(1, "#a", "PRIVMSG", "hello"))
    assert rendered.read(2) == []
