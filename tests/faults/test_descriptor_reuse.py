"""A descriptor that is reused for the next client never carries data for the previous one."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from chatcore.protocol.message import Message
from tests.support.crowd import Witness, assert_all_saw_what_was_logged, at_once, reset, settled, witnesses
from tests.support.irc import IrcClient, commands
from tests.support.replay import Replay, replay, seen_in
from tests.support.trackers import tracker_process

CHURNERS = 6
VISITS = 30
TALK = 20  # lines of a talker between two round trips


class Ended(NamedTuple):
    """A visit that has ended: its client and everything received."""

    nick: str
    address: str
    received: list[Message]
    is_whole: bool


def visit(port: int, nick: str, choose: random.Random) -> Ended:
    """Register, perhaps join the busy room, and end in one of several ways."""
    client = Witness(port)
    address = client.address
    try:
        client.register(nick, caps="echo-message")
        if choose.random() < 0.7:
            client.send("JOIN #busy")
        client.send(f"JOIN #of-{nick}", f"PRIVMSG #of-{nick} :only {nick} reads this")
        if choose.random() < 0.5:
            client.sync()
        quits = choose.random() < 0.4
        if quits:
            client.send("QUIT")
            client.receive_rest()
        elif choose.random() < 0.5:
            reset(client)
    finally:
        client.close()
    return Ended(nick, address, client.received, quits)


def knock(port: int, choose: random.Random) -> None:
    """Connect, and leave before registering."""
    with IrcClient(port) as client:
        client.send_bytes(b"NICK stranger\r\nUSER s"[: choose.randrange(22)])


def churn(port: int, number: int) -> list[Ended]:
    """Come and go many times."""
    choose = random.Random(number)
    ended = []
    for visit_number in range(VISITS):
        knock(port, choose)
        ended.append(visit(port, f"c{number}x{visit_number}", choose))
    return ended


def assert_saw_only_its_own(ended: Ended, told: Replay) -> None:
    """Compare a visit with the log, and check that every numeric was for this nick."""
    seen = seen_in(ended.received)
    expected = told.seen_by(ended.nick, ended.address)
    assert seen == (expected if ended.is_whole else expected[: len(seen)])
    numerics = [message for message in ended.received if message.command.isdigit()]
    assert numerics[0].command == "001"
    assert {message.params[0] for message in numerics} == {ended.nick}


@pytest.mark.xdist_group("heavy")
def test_no_client_gets_lines_for_another(tmp_path: Path) -> None:
    with (
        tracker_process(tmp_path, "--no-limits") as tracker,
        witnesses(tracker.port, 10, "#busy") as members,
    ):
        talkers, listeners = members[:3], members[3:]
        over = threading.Event()

        def talk(talker: Witness) -> list[Ended]:
            while not over.is_set():
                talker.command(*[f"PRIVMSG #busy :{talker.nick} talks"] * TALK)
            return []

        def churn_all() -> list[Ended]:
            try:
                churns = at_once([partial(churn, tracker.port, number) for number in range(CHURNERS)])
                return [ended for visits in churns for ended in visits]
            finally:
                over.set()

        talks: list[Callable[[], list[Ended]]] = [partial(talk, talker) for talker in talkers]
        visits, *_ = at_once([churn_all, *talks])
        settled(talkers)
        settled(listeners)
        assert_all_saw_what_was_logged(members, tracker.log_path)
        told = replay(tracker.log_path)
    assert len(visits) == CHURNERS * VISITS
    for ended in visits:
        assert_saw_only_its_own(ended, told)
    assert sum("PRIVMSG" in commands(ended.received) for ended in visits) > VISITS
