"""Ids and times of messages: unique, in the channel's order, the same for everybody, now and in history.

https://ircv3.net/specs/extensions/message-ids and https://ircv3.net/specs/extensions/server-time
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise

import pytest

from chatcore.protocol.message import Message
from tests.support.batches import EVERYTHING, ask
from tests.support.crowd import Witness, at_once, settled
from tests.support.irc import one
from tests.support.trackers import Hosted

PEOPLE = 5
ROOMS = ("#a", "#b", "#c")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_Content = tuple[str, str | None, tuple[str, ...]]


def _line(choose: random.Random, number: int) -> str:
    """Return a command that others notice."""
    room, other = choose.choice(ROOMS), f"member{choose.randrange(PEOPLE)}"
    masks = " ".join(f"{'x' * 60}{choose.randrange(1000)}!*@*" for _ in range(6))
    line: str = choose.choice(
        [
            *(f"PRIVMSG {room} :{number}", f"PRIVMSG #a,#b,{other} :{number}", f"NOTICE {room},{other} :{number}"),
            *(f"@+draft/persist;+x=1 TAGMSG {room}", "JOIN #a,#b,#c", "PART #a,#b", f"TOPIC {room} :{number}"),
            *(f"NICK other{number}", f"KICK {room} {other} :out", f"INVITE guest {room}"),
            *("AWAY :tea", "AWAY", f"SETNAME :{number}", f"MODE {room} +bbbbbb {masks}", f"MODE {room} -t+t"),
            *(f"PRIVMSG {other} :{number}", "TIME", f"WHOIS {other}", f"NAMES {room}"),
        ]
    )
    if choose.random() < 0.4:
        tags, _, rest = line.partition(" ") if line.startswith("@") else ("@x", "", line)
        line = f"{tags};label={number} {rest}"
    return line


def _act_at_random(seed: str, client: Witness) -> None:
    """Send random commands, the same for one seed."""
    choose = random.Random(seed)
    for _ in range(6):
        client.command(*(_line(choose, choose.randrange(1_000_000)) for _ in range(15)))


def _milliseconds(time: str) -> int:
    return round(datetime.fromisoformat(time).astimezone(UTC).timestamp() * 1000)


def _content(message: Message) -> _Content:
    """Return what must be the same for everybody: all have extended-join, so even a JOIN."""
    return message.command, message.source, message.params


@pytest.fixture
def lived(hosted: Hosted) -> Iterator[list[Witness]]:
    """People with all capabilities who have done everything at once, each with what they received."""
    with ExitStack() as stack:
        people = [
            stack.enter_context(Witness(hosted.port, f"member{number}", *ROOMS, caps=EVERYTHING))
            for number in range(PEOPLE)
        ]
        people.append(stack.enter_context(Witness(hosted.port, "guest", caps=EVERYTHING)))
        people.append(stack.enter_context(Witness(hosted.port, "keeper", *ROOMS, caps=EVERYTHING)))  # keeps history
        people[0].command(*(f"MODE {room} +ooo member1 member2 member3" for room in ROOMS))
        at_once([partial(_act_at_random, f"seed{number}", person) for number, person in enumerate(people[:PEOPLE])])
        settled(people)
        yield people


def _from_people(client: Witness) -> list[Message]:
    return [message for message in client.received if "!" in (message.source or "")]


def test_every_message_has_a_unique_id(lived: list[Witness]) -> None:
    """> The tag value [...] MUST be unique, meaning any other message transmitted on the entire network at any time
    MUST NOT share the same value."""
    contents: dict[str, _Content] = {}
    for client in lived:
        for message in _from_people(client):
            assert contents.setdefault(message.tags["msgid"], _content(message)) == _content(message)
    assert {content[0] for content in contents.values()} >= {
        *("PRIVMSG", "NOTICE", "TAGMSG", "JOIN", "PART", "KICK", "NICK", "TOPIC", "MODE", "AWAY", "SETNAME", "INVITE")
    }


@pytest.mark.thorough
def test_ids_sort_in_the_order_of_the_messages(lived: list[Witness]) -> None:
    """Nobody receives a message twice, except from themselves, and each comes after everything that happened before."""
    for client in lived:
        messages = _from_people(client)
        for before, after in pairwise(messages):
            to_oneself = _content(before) == _content(after) and before.command in ("PRIVMSG", "NOTICE", "TAGMSG")
            assert before.tags["msgid"] < after.tags["msgid"] or to_oneself, (before, after)


@pytest.mark.thorough
def test_times_never_go_backwards(lived: list[Witness]) -> None:
    """Numerics too have the time at which they were sent."""
    for client in lived:
        start = next(n for n, message in enumerate(client.received) if message.command == "001")
        received = client.received[start:]
        assert all(_TIME.fullmatch(message.tags["time"]) for message in received), "every line has its time"
        times = [_milliseconds(message.tags["time"]) for message in received]
        assert times == sorted(times)


@pytest.mark.thorough
def test_history_has_the_original_messages(lived: list[Witness]) -> None:
    """> The msgid tag that identifies each individual message in a response MUST be the msgid tag as originally sent by
    the IRC server."""
    reader = lived[0]
    reader.command("JOIN #a,#b,#c")
    sent = {message.tags["msgid"]: _content(message) for client in lived for message in _from_people(client)}
    for room in ROOMS:
        history = ask(reader, f"CHATHISTORY LATEST {room} * 1000")
        assert len(history) > PEOPLE
        ids = [message.tags["msgid"] for message in history]
        assert ids == sorted(set(ids))
        for message in history:
            before = sent.get(message.tags["msgid"])
            if before is not None and message.command != "JOIN":  # history has the short form of JOIN
                assert _content(message) == before


def test_echoes_have_the_id_that_readers_see(hosted: Hosted) -> None:
    """> Servers that provide message IDs SHOULD also provide the echo-message capability."""
    alice, bob = (hosted.client(nick, "#room", caps=EVERYTHING) for nick in ("alice", "bob"))
    alice.sync()
    for line in ("PRIVMSG #room :x", "NOTICE bob :x", "PRIVMSG bob :x", "@+x TAGMSG bob"):
        (echo,) = ask(alice, line)
        assert echo.tags["msgid"] == one(bob.sync(), echo.command).tags["msgid"]
