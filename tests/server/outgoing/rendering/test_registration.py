"""Arrivals and departures, and what remains of clients afterwards."""

from __future__ import annotations

import pytest

from chatcore.state import facts, requests
from chatcore.state.events import Event
from tests.server.rendered import Rendered


@pytest.mark.parametrize("is_closed_first", [False, True])
def test_a_departed_client_is_gone_even_if_its_connection_closed_first(*, is_closed_first: bool) -> None:
    """This happens while the cluster's engine is unreachable: the departure cannot be announced yet."""
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


def test_a_closed_client_gets_nothing_more() -> None:
    rendered = Rendered()
    rendered.enter(1, "ann", "#a")
    rendered.enter(2, "bob", "#a")
    rendered.apply(requests.Closed(2))
    rendered.apply(facts.Said(1, "#a", "PRIVMSG", "hello"))
    assert rendered.read(2) == []
