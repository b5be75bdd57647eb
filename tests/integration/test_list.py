"""LIST: the rooms (https://modern.ircdocs.horse/#list-message)."""

from __future__ import annotations

import pytest

from chatcore.protocol.message import Message
from tests.support.irc import commands, only
from tests.support.trackers import Hosted


def _rows(seen: list[Message]) -> list[tuple[str, ...]]:
    """Return the parameters of RPL_LIST, having checked that there is one end and it is the last."""
    assert commands(seen)[-1] == "323"
    assert commands(seen).count("323") == 1
    return [message.params[1:] for message in only(seen, "322")]


def test_rooms_with_their_numbers_and_topics(hosted: Hosted) -> None:
    """> In response to a successful LIST command, the server MAY send one RPL_LISTSTART numeric, MUST send back zero or
    more RPL_LIST numerics, and MUST send back one RPL_LISTEND numeric."""
    alice = hosted.client("alice", "#b", "#A")
    bob = hosted.client("bob", "#b")
    alice.command("TOPIC #b :tea: now")
    bob.sync()
    assert _rows(bob.command("LIST")) == [("#A", "1", ""), ("#b", "2", "tea: now")]


def test_nothing_there(hosted: Hosted) -> None:
    assert _rows(hosted.client("alice").command("LIST")) == []


@pytest.mark.parametrize("asked", ["#A,#nowhere", "#nowhere,#a"])
def test_only_the_given_rooms(hosted: Hosted, asked: str) -> None:
    """> If this parameter is given, the information for only the given channels is returned."""
    hosted.client("alice", "#a", "#b")
    assert _rows(hosted.client("bob").command(f"LIST {asked}")) == [("#a", "1", "")]


def test_rooms_go_with_their_last_member(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#a", "#b"), hosted.client("bob", "#a")
    alice.send("QUIT")
    alice.receive_rest()
    assert _rows(bob.command("LIST")) == [("#a", "1", "")]
