"""Channels that appear, fill up and vanish while many clients come and go."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import pytest

from chatcore.protocol.message import Message
from tests.support.crowd import Witness, assert_all_saw_what_was_logged, at_once, settled, witnesses
from tests.support.irc import commands, only
from tests.support.replay import replay
from tests.support.trackers import Hosted, TrackerProcess

ROUNDS = 40


def come_and_go(client: Witness, number: int) -> None:
    """Join and leave one channel repeatedly, while all other members do the same."""
    for round_number in range(ROUNDS):
        client.command("JOIN #door", f"PRIVMSG #door :{number} was here {round_number}", "PART #door")


@pytest.mark.xdist_group("heavy")
def test_many_clients_make_and_empty_a_channel_at_once(unlimited: TrackerProcess) -> None:
    """Every JOIN succeeds, whether the channel lives, does not exist, or is dying."""
    with witnesses(unlimited.port, 16) as clients:
        at_once([partial(come_and_go, client, number) for number, client in enumerate(clients)])
        settled(clients)
        told = assert_all_saw_what_was_logged(clients, unlimited.log_path)
        assert told.members("#door") == set()
        for number, client in enumerate(clients):
            own = [text for text in client.said if text.startswith(f"{number} ")]
            assert own == [f"{number} was here {round_number}" for round_number in range(ROUNDS)]
            assert refusals(client.received) == []


@pytest.mark.thorough
def test_only_the_first_to_join_becomes_operator(unlimited: TrackerProcess) -> None:
    with witnesses(unlimited.port, 30) as clients:
        for number in range(10):
            room = f"#new{number}"
            at_once([partial(client.join, room) for client in clients])
            listed = names(clients[0].command(f"NAMES {room}"))
            assert len(listed) == len(clients)
            first, *_ = joined(unlimited.log_path, room)
            assert [name for name in listed if name.startswith("@")] == [f"@{first}"]


@pytest.mark.thorough
@pytest.mark.xdist_group("heavy")
def test_a_limit_is_never_exceeded(unlimited: TrackerProcess) -> None:
    """MODE +l holds, however many clients join, leave and join again."""
    limit = 7
    with witnesses(unlimited.port, 40) as clients:
        owner, *others = clients
        owner.join("#small")
        owner.command(f"MODE #small +l {limit}")

        def try_again(client: Witness) -> None:
            for _ in range(ROUNDS):
                client.command("JOIN #small")
                client.command("PART #small")

        at_once([partial(try_again, client) for client in others])
        settled(clients)
        assert replay(unlimited.log_path).members("#small") == {owner.nick}
        told = at_once([partial(client.join, "#small") for client in others])
        assert sum("471" in commands(messages) for messages in told) == len(clients) - limit
        settled(clients)
        assert assert_all_saw_what_was_logged(clients, unlimited.log_path).most["#small"] == limit


@pytest.mark.thorough
def test_a_limit_changed_during_joins_applies_to_later_joins(hosted: Hosted) -> None:
    """A member sees no JOIN beyond the limit after the MODE."""
    with witnesses(hosted.port, 30) as clients:
        owner, *others = clients
        owner.join("#small")
        at_once(
            [
                partial(owner.command, *(f"MODE #small +l {limit}" for limit in range(20, 2, -1))),
                *(partial(client.join, "#small") for client in others),
            ]
        )
        settled(clients)
        members, limit = 1, 0
        for message in after_join(owner.received):
            if message.command == "MODE":
                limit = int(message.params[-1])
            elif message.command == "JOIN":
                assert not limit or members < limit
                members += 1
        assert members == len(names(owner.command("NAMES #small")))


@pytest.mark.thorough
@pytest.mark.xdist_group("heavy")
def test_rooms_are_renamed_while_clients_come_speak_and_go(unlimited: TrackerProcess) -> None:
    """Pairs of owners want the same name, while others join, leave, speak or change nicks.

    Everybody has heard what the log says, and no room exists twice.
    """
    with witnesses(unlimited.port, 12) as clients:
        owners, others = clients[:4], clients[4:]

        def rename(owner: Witness, number: int) -> None:
            for turn in range(ROUNDS):
                owner.command(f"JOIN #own{number}-{turn}", f"PRIVMSG #own{number}-{turn} :{number} begins {turn}")
                new = f"#new{turn}" if (number + turn) % 2 else f"#free{number}-{turn}"
                owner.command(f"RENAME #own{number}-{turn} {new} :round {turn}")
                owner.command(f"RENAME {new} #own{number}-{turn}", f"PART #own{number}-{turn}", "JOIN 0")

        def follow(client: Witness, number: int) -> None:
            for turn in range(ROUNDS):
                client.command(f"JOIN #own{turn % 4}-{turn},#new{turn}", f"PRIVMSG #new{turn} :{number} in {turn}")
                client.command(f"PRIVMSG #own{turn % 4}-{turn} :{number} there {turn}", f"NICK o{number}-{turn}")
                client.command(f"PART #new{turn}" if number % 2 else "JOIN 0")

        at_once(
            [
                *(partial(rename, owner, number) for number, owner in enumerate(owners)),
                *(partial(follow, client, number) for number, client in enumerate(others)),
            ]
        )
        settled(clients)
        assert_all_saw_what_was_logged(clients, unlimited.log_path)
        kinds = [line.split(" ")[1] for line in unlimited.log_path.read_text().splitlines()]
        assert kinds.count("rename") >= ROUNDS  # at least one succeeds in each round
        codes = {message.params[1] for client in owners for message in only(client.received, "FAIL")}
        assert codes >= {"CHANNEL_NAME_IN_USE", "CANNOT_RENAME"}
        for client in clients:
            client.command("JOIN 0")
        assert [m.params for m in only(clients[0].command("LIST"), "322")] == []


@pytest.mark.thorough
def test_no_nick_changes_while_a_mute_matches(unlimited: TrackerProcess) -> None:
    """In the order of all clients and the log, no NICK is between MODE +b and MODE -b."""
    with witnesses(unlimited.port, 6) as clients:
        owner, *others = clients
        for client in clients:
            client.join("#room")

        def mute_and_unmute() -> None:
            for _ in range(ROUNDS):
                owner.command("MODE #room +b m:*")
                owner.command("MODE #room -b m:*")

        def rename(client: Witness, number: int) -> None:
            for round_number in range(2 * ROUNDS):
                client.command(f"NICK other{number}-{round_number}")

        renaming: list[Callable[[], None]] = [partial(rename, client, number) for number, client in enumerate(others)]
        at_once([mute_and_unmute, *renaming])
        settled(clients)
        is_muted, renamed = False, 0
        for message in after_join(owner.received):
            if message.command == "MODE":
                is_muted = message.params[1] == "+b"
            elif message.command == "NICK":
                assert not is_muted
                renamed += 1
        assert renamed
        assert_all_saw_what_was_logged(clients, unlimited.log_path)
        assert {"435"} >= {message.command for client in others for message in refusals(client.received)}


@pytest.mark.thorough
def test_a_recreated_channel_has_nothing_of_the_old_one(unlimited: TrackerProcess) -> None:
    """Neither modes nor topic outlive the last member."""
    with witnesses(unlimited.port, 8) as clients:
        for number in range(ROUNDS):
            owner = clients[number % 8]
            told = owner.command(
                "JOIN #again", "MODE #again", "MODE #again +sk secret", "TOPIC #again :old", "PART #again"
            )
            assert only(told, "332") == []
            assert [message.params[2:] for message in only(told, "324")] == [("+nt",)]


def after_join(messages: Iterable[Message]) -> list[Message]:
    """Return the messages after the client's own JOIN of its only channel."""
    found = list(messages)
    return found[next(i for i, message in enumerate(found) if message.command == "JOIN") + 1 :]


def names(messages: list[Message]) -> list[str]:
    """Return the nicks, with prefixes, that NAMES replies list."""
    return [name for message in only(messages, "353") for name in message.params[-1].split()]


def refusals(messages: Iterable[Message]) -> list[Message]:
    """Return the error numerics, except for a missing MOTD."""
    return [message for message in messages if message.command[0] in "45" and message.command != "422"]


def joined(log_path: Path, room: str) -> list[str]:
    """Return the nicks that have joined a room according to the log, in order."""
    words = [line.split(" ") for line in log_path.read_text(encoding="utf-8").splitlines()]
    return [word[3] for word in words if word[1:3] == ["join", room]]
