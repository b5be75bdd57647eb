"""A nick has one holder at every moment, however many clients claim it, and the log never contradicts that."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from chatcore.protocol.message import Message
from chatcore.state.events import Event
from chatcore.state.facts import Connected, Quit, Renamed
from tests.support.crowd import settled
from tests.support.irc import DEADLINE_S, IrcClient, commands
from tests.support.replay import replay
from tests.support.trackers import Hosted, TrackerProcess

CLAIMANTS = 1000
NAMES = 100
HELD_S = 0.5
"""How long an unopened gate holds a thread: a correct tracker may let others wait for it."""


@contextmanager
def claimants(tracker: TrackerProcess) -> Iterator[list[IrcClient]]:
    """Yield connections that have sent everything but their nick."""
    with ExitStack() as stack:
        clients = [stack.enter_context(IrcClient(tracker.port)) for _ in range(CLAIMANTS)]
        for client in clients:
            client.send("USER someone 0 * :Someone")
        for client in clients:
            client.sync()
        yield clients


def claim(clients: list[IrcClient]) -> tuple[Counter[str], list[list[Message]]]:
    """Have neighbours claim the same name; return how often each name was won, and each client's messages."""
    wanted = [f"name{number * NAMES // CLAIMANTS}" for number in range(CLAIMANTS)]
    for client, name in zip(clients, wanted, strict=True):
        client.send(f"NICK {name}")
    told = settled(clients)
    won = Counter(name for name, messages in zip(wanted, told, strict=True) if "433" not in commands(messages))
    return won, told


@pytest.mark.thorough
@pytest.mark.xdist_group("heavy")
def test_a_thousand_clients_register_with_a_hundred_names(unlimited: TrackerProcess) -> None:
    with claimants(unlimited) as clients:
        won, told = claim(clients)
        assert won == {f"name{number}": 1 for number in range(NAMES)}
        assert sum("001" in commands(messages) for messages in told) == NAMES
        assert set(replay(unlimited.log_path).present) == set(won)


@pytest.mark.thorough
@pytest.mark.xdist_group("heavy")
def test_a_thousand_clients_change_to_a_hundred_names(unlimited: TrackerProcess) -> None:
    with claimants(unlimited) as clients:
        for number, client in enumerate(clients):
            client.send(f"NICK old{number}", *([f"JOIN #room{number // 5}"] if number < CLAIMANTS // 4 else ()))
        settled(clients)
        won, _ = claim(clients)
        assert won == {f"name{number}": 1 for number in range(NAMES)}
        present = replay(unlimited.log_path).present
        assert len(present) == CLAIMANTS
        assert {nick for nick in present if nick.startswith("name")} == set(won)


class Gate:
    """Stops the thread that is about to append an event of one kind to the stream."""

    def __init__(self, hosted: Hosted, kind: type[Event], patch: Callable[..., None]) -> None:
        self._append = hosted.tracker.stream.append
        self._kind = kind
        self._reached = threading.Event()
        self._opened = threading.Event()
        patch(hosted.tracker.stream, "append", self._append_gated)

    def wait_reached(self) -> None:
        """Wait until a thread stands at the gate."""
        assert self._reached.wait(DEADLINE_S)

    def open(self) -> None:
        """Let it pass."""
        self._opened.set()

    def _append_gated(self, events: tuple[Event, ...], *rest: Any) -> None:
        if any(isinstance(event, self._kind) for event in events):
            self._reached.set()
            self._opened.wait(HELD_S)
        self._append(events, *rest)


@pytest.mark.parametrize(("leaving", "kind"), [("NICK another", Renamed), ("QUIT", Quit)])
def test_a_nick_is_free_only_after_its_holders_end_is_published(
    hosted: Hosted, monkeypatch: pytest.MonkeyPatch, leaving: str, kind: type[Event]
) -> None:
    """A nick's new holder comes after the end of the old one in the order of all, and so in the log."""
    holder, successor = hosted.client("alice"), hosted.connect()
    successor.send("USER someone 0 * :Someone")
    gate = Gate(hosted, kind, monkeypatch.setattr)
    holder.send(leaving)
    gate.wait_reached()
    told = successor.command("NICK alice")
    gate.open()
    while "001" not in commands(told):
        told = successor.command("NICK alice")
    assert "alice" in replay(hosted.log_path).present


def test_messages_to_a_newcomer_come_after_its_arrival(hosted: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that can be found can receive messages: nick and arrival take effect together."""
    others = [hosted.client(nick, f"#{nick}") for nick in ("bob", "carol", "dave")]
    newcomer = hosted.connect()
    newcomer.send("USER someone 0 * :Someone")
    gate = Gate(hosted, Connected, monkeypatch.setattr)
    newcomer.send("NICK alice")
    gate.wait_reached()
    others[0].send("PRIVMSG alice :hello")
    others[1].send("NOTICE alice :hello")
    others[2].send("INVITE alice #dave")
    answers = [commands(other.sync()) for other in others]  # the gate opens by itself
    assert answers == [[], [], ["341"]]
    told = newcomer.sync()
    assert commands(told)[0] == "001"
    assert {"PRIVMSG", "NOTICE", "INVITE"} <= set(commands(told))
