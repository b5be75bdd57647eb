"""One order for everybody: for every member of a channel and in chat.log (ordering contract, 1, 4 and 5).

Everything a client received is always compared with everything it should have received by chat.log.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from chatcore.protocol.message import Message
from tests.support.crowd import assert_all_saw_what_was_logged, at_once, settled, witnesses
from tests.support.guest import Guest
from tests.support.irc import commands
from tests.support.thorough import first_and_thorough
from tests.support.trackers import TrackerProcess

SENDERS = 50
LINES = 40
# Sends are joined for readers with the same capabilities, and skip a sender without echo-message.
CAPS = (
    "echo-message",
    "",
    "server-time",
    "echo-message message-tags server-time",
    "echo-message batch labeled-response",
)


def spoken(sender: int, lines: int) -> list[str]:
    """Return a sender's texts, in order."""
    return [f"{sender} says {number}" for number in range(lines)]


@pytest.mark.xdist_group("heavy")
def test_fifty_senders_are_heard_in_one_order(unlimited: TrackerProcess) -> None:
    with witnesses(unlimited.port, SENDERS, "#room", caps=CAPS) as clients:
        speeches = [spoken(number, LINES) for number in range(SENDERS)]
        at_once(
            [
                partial(client.command, *(f"PRIVMSG #room :{text}" for text in speech))
                for client, speech in zip(clients, speeches, strict=True)
            ]
        )
        settled(clients)
        assert_all_saw_what_was_logged(clients, unlimited.log_path)
        heard = clients[0].said
    assert len(heard) == SENDERS * LINES
    for number, speech in enumerate(speeches):
        assert [text for text in heard if text.startswith(f"{number} ")] == speech


@pytest.mark.xdist_group("heavy")
@pytest.mark.parametrize("shared_by", first_and_thorough(2, SENDERS))
def test_order_holds_across_rooms_with_the_same_members(unlimited: TrackerProcess, shared_by: int) -> None:
    """Sends of one room are joined; that must not reorder another room's lines."""
    rooms = [f"#room{number}" for number in range(3)]
    with witnesses(unlimited.port, SENDERS, rooms[0], caps=CAPS) as clients:
        for client in clients[:shared_by]:
            client.join(*rooms[1:])
        settled(clients)

        def speak(number: int) -> None:
            heard_in = rooms if number < shared_by else rooms[:1]
            texts = spoken(number, LINES)
            clients[number].command(*(f"PRIVMSG {heard_in[i % len(heard_in)]} :{texts[i]}" for i in range(LINES)))

        at_once([partial(speak, number) for number in range(SENDERS)])
        settled(clients)
        assert_all_saw_what_was_logged(clients, unlimited.log_path)
        assert len(clients[0].said) == SENDERS * LINES


@pytest.mark.thorough
def test_one_line_to_several_rooms_has_one_place_in_the_order(unlimited: TrackerProcess) -> None:
    with witnesses(unlimited.port, 6, "#a", "#b") as clients:
        at_once(
            [
                partial(client.command, *(f"PRIVMSG #a,#b :{text}" for text in spoken(number, LINES)))
                for number, client in enumerate(clients)
            ]
        )
        settled(clients)
        assert_all_saw_what_was_logged(clients, unlimited.log_path)
        for client in clients:
            heard = [message for message in client.received if message.command == "PRIVMSG"]
            assert all(
                (first.params[0], second.params) == ("#a", ("#b", first.params[1]))
                for first, second in zip(heard[::2], heard[1::2], strict=True)
            )


@pytest.mark.thorough
@pytest.mark.xdist_group("heavy")
@pytest.mark.parametrize("seed", range(3))
def test_everybody_sees_what_the_log_says(unlimited: TrackerProcess, seed: int) -> None:
    """Clients rename, kick, part, join and quit while others talk; nobody sees a room before JOIN or after PART."""
    with witnesses(unlimited.port, 20, "#one", caps=CAPS) as clients:
        clients[0].command(f"MODE #one +{'o' * 19} " + " ".join(client.nick for client in clients[1:]))
        guests = [Guest(client, f"{seed}.{number}") for number, client in enumerate(clients)]
        at_once(
            [partial(guest.live_and_quit, 60) for guest in guests[:5]]
            + [partial(guest.live, 150) for guest in guests[5:]]
        )
        settled(clients[5:])
        told = assert_all_saw_what_was_logged(clients, unlimited.log_path)
        happened = {seen[0] for person in told.people.values() for seen, _ in person.seen}
    wanted = {"JOIN", "PART", "KICK", "NICK", "QUIT", "TOPIC", "MODE", "PRIVMSG"}
    assert wanted <= happened


@pytest.mark.thorough
def test_a_leaving_client_gets_nothing_after_its_goodbye(unlimited: TrackerProcess) -> None:
    with witnesses(unlimited.port, 6, "#room") as clients:
        leaver, *others = clients

        def leave() -> list[Message]:
            leaver.send("PRIVMSG #room :bye", "QUIT :gone", "PRIVMSG #room :never said")
            return leaver.receive_rest()

        talk = ["PRIVMSG #room :on and on"] * 50
        actions: list[Callable[[], list[Message]]] = [partial(other.command, *talk) for other in others]
        at_once([leave, *actions])
        settled(others)
        assert commands(leaver.received)[-1] == "ERROR"
        assert_all_saw_what_was_logged(clients, unlimited.log_path)
        assert "never said" not in others[0].said
