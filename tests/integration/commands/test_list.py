"""LIST: the rooms (https://modern.ircdocs.horse/#list-message)."""

from __future__ import annotations

import pytest

from chatcore.commands import queries
from chatcore.protocol.message import Message
from tests.support.irc import commands, only
from tests.support.trackers import Hosted


def _rows(seen: list[Message]) -> list[tuple[str, ...]]:
    """Return the parameters of RPL_LIST; check that there is one RPL_LISTEND, as the last."""
    assert commands(seen)[-1] == "323"
    assert commands(seen).count("323") == 1
    return [message.params[1:] for message in only(seen, "322")]


def test_rooms_are_listed_with_members_and_topics(hosted: Hosted) -> None:
    """> In response to a successful LIST command, the server MAY send one RPL_LISTSTART numeric, MUST send back zero or
    more RPL_LIST numerics, and MUST send back one RPL_LISTEND numeric."""
    alice = hosted.client("alice", "#b", "#A")
    bob = hosted.client("bob", "#b")
    alice.command("TOPIC #b :tea: now")
    bob.sync()
    assert _rows(bob.command("LIST")) == [("#A", "1", ""), ("#b", "2", "tea: now")]


def test_list_is_empty_without_rooms(hosted: Hosted) -> None:
    assert _rows(hosted.client("alice").command("LIST")) == []


@pytest.mark.parametrize("asked", ["#A,#nowhere", "#nowhere,#a"])
def test_only_the_given_rooms_are_listed(hosted: Hosted, asked: str) -> None:
    """> If this parameter is given, the information for only the given channels is returned."""
    hosted.client("alice", "#a", "#b")
    assert _rows(hosted.client("bob").command(f"LIST {asked}")) == [("#a", "1", "")]


def test_too_many_rooms_are_cut_to_the_largest_with_a_note(hosted: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer larger than a client's send queue would disconnect a client that merely asked."""
    monkeypatch.setattr(queries, "MAX_LISTED", 2)
    alice = hosted.client("alice", "#a", "#b", "#c", "#d")
    hosted.client("bob", "#d")
    answer = alice.command("LIST")
    assert _rows(answer) == [("#d", "2", ""), ("#a", "1", "")]
    assert "the largest 2 of 4" in answer[-1].params[-1]
    assert _rows(alice.command("LIST #b,#c")) == [("#b", "1", ""), ("#c", "1", "")]


def test_rooms_vanish_with_their_last_member(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#a", "#b"), hosted.client("bob", "#a")
    alice.send("QUIT")
    alice.receive_rest()
    assert _rows(bob.command("LIST")) == [("#a", "1", "")]
