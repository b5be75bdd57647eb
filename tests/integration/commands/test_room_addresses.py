"""Rooms with an address of their own (room_ports): announced on JOIN, and a way into the room like any other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from chatcore.protocol.message import Message
from tests.support.irc import IrcClient, commands, one, only
from tests.support.ports import LOOPBACK, free_ports, is_open
from tests.support.together import wait_until
from tests.support.trackers import Hosted, hosted_tracker

Tracker = Callable[[int], Hosted]


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[Tracker]:
    """A function that starts a tracker with that many ports for rooms."""
    with ExitStack() as stack:

        def start(count: int) -> Hosted:
            ports = free_ports(count)
            return stack.enter_context(hosted_tracker(tmp_path, room_ports=f"{ports[0]}-{ports[-1]}"))

        yield start


def told_port(joined: list[Message], channel: str) -> int:
    """Return the port that was announced on joining."""
    text = one(joined, "NOTICE").params[-1]
    start = f"{channel} is also at {LOOPBACK}:"
    assert text.startswith(start)
    return int(text.removeprefix(start))


def test_connecting_to_a_rooms_address_joins_it(tracker: Tracker) -> None:
    """By an ordinary JOIN, once registered; everybody who joins sees the address."""
    hosted = tracker(2)
    ann = hosted.connect()
    ann.register("ann")
    port = told_port(ann.join("#dev"), "#dev")
    with closing(IrcClient(port)) as bob:
        told = bob.register("bob")
        assert one(told, "JOIN").params == ("#dev",)
        assert told_port(told, "#dev") == port
        assert ann.receive_until("JOIN").source == one(told, "JOIN").source
        bob.command("PRIVMSG #dev :hi", "JOIN #other")
        assert ann.receive_until("PRIVMSG").params == ("#dev", "hi")


@pytest.mark.parametrize(("mode", "numeric"), [("+i", "473"), ("+k key", "475"), ("+b *!*@*", "474"), ("+l 1", "471")])
def test_modes_of_the_room_apply_at_its_address(tracker: Tracker, mode: str, numeric: str) -> None:
    hosted = tracker(1)
    ann = hosted.connect()
    ann.register("ann")
    port = told_port(ann.join("#dev"), "#dev")
    ann.command(f"MODE #dev {mode}")
    with closing(IrcClient(port)) as bob:
        assert numeric in commands(bob.register("bob"))
        assert commands(ann.sync()) == []
        bob.command("JOIN #else")


def test_a_secret_room_has_no_address(tracker: Tracker) -> None:
    """Clients that connected before but register after it was hidden learn nothing of the room."""
    hosted = tracker(1)
    ann = hosted.connect()
    ann.register("ann")
    port = told_port(ann.join("#dev"), "#dev")
    with closing(IrcClient(port)) as early:
        early.send("NICK early")
        early.command()
        ann.command("MODE #dev +s")
        wait_until(lambda: not is_open(port))
        early.send("USER early 0 * :Early")
        assert not [message for message in early.sync() if "#dev" in message.params]
    bob = hosted.client("bob")
    assert only(bob.join("#dev"), "NOTICE") == [], "a secret room announces no address"
    ann.sync()
    assert told_port(ann.command("MODE #dev -s"), "#dev") == port
    assert told_port(bob.sync(), "#dev") == port
    with closing(IrcClient(port)) as carol:
        assert one(carol.register("carol"), "JOIN").params == ("#dev",)


def test_address_ends_with_the_room_and_is_reused(tracker: Tracker) -> None:
    hosted = tracker(1)
    ann = hosted.connect()
    ann.register("ann")
    port = told_port(ann.join("#dev"), "#dev")
    ann.command("PART #dev")
    joined = ann.join("#other")
    while not only(joined, "NOTICE"):  # while its listener is being stopped, there is none
        joined = ann.command("PART #other", "JOIN #other")
    assert told_port(joined, "#other") == port
    with closing(IrcClient(port)) as bob:
        assert one(bob.register("bob"), "JOIN").params == ("#other",)
    ann.receive_until("QUIT")
    ann.command("PART #other")
    wait_until(lambda: not is_open(port))


def test_room_without_an_address_works_and_is_reported(tracker: Tracker) -> None:
    hosted = tracker(1)
    ann, bob = hosted.client("ann", "#dev"), hosted.connect()
    bob.register("bob")
    assert only(bob.join("#other"), "NOTICE") == []
    assert [notice for notice in hosted.tracker.notices if notice.startswith("#other gets no address of its own")]
    ann.join("#other")
    bob.command("PRIVMSG #other :works")
    assert ann.receive_until("PRIVMSG").params == ("#other", "works")


def test_password_is_required_at_a_rooms_address(tmp_path: Path) -> None:
    ports = free_ports(1)
    with hosted_tracker(tmp_path, "secret", room_ports=f"{ports[0]}-{ports[0]}") as hosted:
        hosted.client("ann", "#dev", password="secret")
        with closing(IrcClient(ports[0])) as bob:
            bob.send("NICK bob", "USER bob 0 * :Bob")
            assert "464" in commands(bob.receive_rest())
        with closing(IrcClient(ports[0])) as carol:
            assert one(carol.register("carol", password="secret"), "JOIN").params == ("#dev",)


def test_stopping_the_tracker_closes_all_addresses(tmp_path: Path) -> None:
    """Even while rooms come and go."""
    ports = free_ports(20)
    with ExitStack() as stack:
        with hosted_tracker(tmp_path, room_ports=f"{ports[0]}-{ports[-1]}") as hosted:
            ann = stack.enter_context(closing(IrcClient(hosted.port)))
            ann.register("ann")
            ann.send(*(line for number in range(40) for line in (f"JOIN #r{number}", f"PART #r{number - 9}")))
            ann.receive_until("JOIN", "#r10")
        assert not any(map(is_open, ports))
