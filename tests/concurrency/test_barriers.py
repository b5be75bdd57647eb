"""PONG as a barrier, and replies that overtake others' lines but never each other (ordering contract, 3).

These tests watch delivery's sends in this process, so that nothing depends on the scheduling of threads.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import pytest

from chatcore.server.outgoing import delivery
from chatcore.transport.tcp import TcpConnection
from tests.support.crowd import at_once, settled, witnesses
from tests.support.together import wait_until
from tests.support.trackers import Hosted, TrackerProcess


class Sent(NamedTuple):
    """One handover to a socket or outbox."""

    peer: int
    data: bytes


class Sends:
    """Records, in order, everything handed to connections. `before` is called first with each text."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, before: Callable[[str], None] = lambda text: None) -> None:
        self.record: list[Sent] = []
        offer = TcpConnection.offer

        def recorded(connection: TcpConnection, data: bytes) -> bool:
            before(data.decode())
            self.record.append(Sent(connection.fileno(), data))
            return offer(connection, data)

        monkeypatch.setattr(TcpConnection, "offer", recorded)

    def positions(self, text: str) -> list[int]:
        """Return the positions of a text in the record."""
        return [position for position, sent in enumerate(self.record) if text.encode() in sent.data]


@pytest.mark.parametrize(
    "command",
    ["PRIVMSG #room :{}", "NOTICE #room :{}", "TOPIC #room :{}", "NICK {}", "JOIN #room2,#{}", "PRIVMSG bob,carol :{}"],
)
def test_pong_comes_after_the_lines_of_earlier_commands(
    hosted: Hosted, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    members = [hosted.client(nick, "#room", "#room2") for nick in ("alice", "bob", "carol", "dave")]
    talker = hosted.client("talker", "#noise")
    hosted.client("listener", "#noise")
    alice = members[0]
    alice.command("MODE #room -t")
    sends = Sends(monkeypatch)

    def ask() -> None:
        for number in range(30):
            alice.send(command.format(f"token{number}x"), f"PING after{number}x")
            alice.receive_until("PONG", f"after{number}x")

    def make_noise() -> None:
        talker.command(*["PRIVMSG #noise :so much to say"] * 300)

    at_once([ask, make_noise])
    for number in range(30):
        caused = sends.positions(f"token{number}x\r\n")
        (pong,) = sends.positions(f"after{number}x\r\n")
        assert caused
        assert max(caused) <= pong, "the PONG was handed over before a line of the command before it"


@pytest.mark.thorough
def test_others_can_read_a_line_before_its_pong(unlimited: TrackerProcess) -> None:
    """From outside: when the PONG has arrived, the line is in every other member's socket."""
    with witnesses(unlimited.port, 10, "#room") as clients:
        sender, *others = clients
        for number in range(100):
            sender.command(f"PRIVMSG #room :line {number}")
            for other in others:
                other.sock.setblocking(False)
                assert f":line {number}\r\n".encode() in other.sock.recv(65536)


@pytest.mark.thorough
def test_a_query_is_answered_during_a_fan_out(hosted: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    """Delivery checks for urgent replies every SLICE_SENDS sends: a query does not wait for 10,000 sends."""
    slice_sends = 8
    monkeypatch.setattr(delivery, "SLICE_SENDS", slice_sends)
    members = [hosted.client(f"member{number}", "#room") for number in range(40)]
    asker = hosted.client("asker")
    settled([*members, asker])
    asked_amid: list[str] = []

    def ask_amid(text: str) -> None:
        if "to everybody" in text and not asked_amid:
            asked_amid.append(text)
            asker.send("VERSION")
            wait_until(lambda: hosted.tracker.delivery._urgent)

    sends = Sends(monkeypatch, ask_amid)
    members[0].command("PRIVMSG #room :to everybody")
    asker.receive_until("351")
    fan_out, (answer,) = sends.positions("to everybody"), sends.positions(" 351 asker ")
    assert len(fan_out) == len(members) - 1
    assert sum(position < answer for position in fan_out) == slice_sends


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(3))
def test_answers_keep_their_order_on_either_path(unlimited: TrackerProcess, seed: int) -> None:
    """Some answers are urgent, some go through the stream; a client gets them in the order of its commands."""
    questions = {
        "VERSION": "351",
        "TIME": "391",
        "MODE #room": "324",
        "NAMES #room": "366",
        "WHO #room": "315",
        "WHOIS member1": "318",
        "PING now": "PONG",
        "NOSUCHTHING": "421",
        "PRIVMSG #nowhere :x": "403",
        "TOPIC #room :{}": "TOPIC",
        "PRIVMSG #room :{}": "PRIVMSG",
        "PRIVMSG nobody,member0 :{}": "PRIVMSG",
        "LIST": "323",
    }
    answers = set(questions.values())
    asked = [random.Random(seed * 100 + number).choices([*questions], k=150) for number in range(8)]
    with witnesses(unlimited.port, 9, "#room") as (owner, *clients):
        owner.command("MODE #room -t")
        told = at_once(
            [
                partial(client.command, *(question.format(f"{number}!") for question in asked[number]))
                for number, client in enumerate(clients)
            ]
        )
    for number, messages in enumerate(told):
        own = [
            message.command
            for message in messages
            if message.command in answers
            and (message.command not in ("PRIVMSG", "TOPIC") or message.params[-1] == f"{number}!")
        ]
        assert own == [questions[question] for question in asked[number]]
