"""MONITOR (https://ircv3.net/specs/extensions/monitor)."""

from __future__ import annotations

import pytest

from chatcore.protocol.message import Message
from chatcore.protocol.wrap import bytes_left
from chatcore.state import facts, requests
from tests.server.rendered import Rendered
from tests.support.readers import connected

_ONLINE, _OFFLINE = "730", "731"


@pytest.fixture
def rendered() -> Rendered:
    """Ann (1) watches bob, in her own spelling of the name."""
    rendered = Rendered()
    rendered.enter(1, "ann")
    rendered.apply(requests.MonitorChanged(1, ("BOB",), ()))
    rendered.read_all()
    return rendered


def _told(messages: list[Message]) -> list[tuple[str, str]]:
    return [(message.command, message.params[1]) for message in messages if message.command in (_ONLINE, _OFFLINE)]


def test_arrivals_and_departures_are_reported(rendered: Rendered) -> None:
    rendered.apply(connected(2, "bob"))
    assert _told(rendered.read(1)) == [(_ONLINE, "bob!user@192.0.2.2")]
    rendered.apply(facts.Quit(2, "bye", False))
    assert _told(rendered.read(1)) == [(_OFFLINE, "bob")]


def test_a_nick_change_counts_as_departure_and_arrival(rendered: Rendered) -> None:
    rendered.enter(2, "carol")
    rendered.apply(facts.Renamed(2, "Bob"))
    assert _told(rendered.read(1)) == [(_ONLINE, "Bob!user@192.0.2.2")]
    rendered.apply(facts.Renamed(2, "bob"))
    assert _told(rendered.read(1)) == []
    rendered.apply(facts.Renamed(2, "carol"))
    assert _told(rendered.read(1)) == [(_OFFLINE, "bob")]


def test_a_new_watcher_learns_the_current_state(rendered: Rendered) -> None:
    rendered.enter(2, "bob")
    rendered.apply(requests.MonitorChanged(1, ("bob", "Carol"), ()))
    assert _told(rendered.read(1)) == [(_ONLINE, "bob!user@192.0.2.2"), (_OFFLINE, "Carol")]
    rendered.apply(requests.MonitorRequested(1, ("BOB",)))
    assert _told(rendered.read(1)) == [(_ONLINE, "bob!user@192.0.2.2")]


def test_after_removal_nothing_is_reported(rendered: Rendered) -> None:
    rendered.apply(requests.MonitorChanged(1, (), ("bob",)))
    rendered.apply(connected(2, "bob"))
    assert _told(rendered.read(1)) == []
    assert rendered.view.watchers == {}


def test_a_departed_client_watches_nobody(rendered: Rendered) -> None:
    rendered.apply(facts.Quit(1, "bye", False), requests.Closed(1))
    assert rendered.view.watchers == {}


def test_many_nicks_are_split_into_lines_that_fit(rendered: Rendered) -> None:
    nicks = tuple(f"{number:02}".replace("0", "o").replace("1", "i") + "x" * 28 for number in range(60))
    rendered.apply(requests.MonitorChanged(1, nicks, ()))
    told = _told(rendered.read(1))
    assert len(told) > 1
    assert all(len(text) <= bytes_left(rendered.context.server, _OFFLINE, "ann") for _, text in told)
    assert [nick for _, text in told for nick in text.split(",")] == list(nicks)
