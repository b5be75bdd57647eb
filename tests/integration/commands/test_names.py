"""NAMES: who is in rooms (https://modern.ircdocs.horse/#names-message)."""

from __future__ import annotations

import pytest

from chatcore.protocol.message import parse
from tests.support.irc import commands, one, only
from tests.support.trackers import Hosted


def test_members_are_listed_with_prefixes(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#room")
    hosted.client("bob", "#room")
    hosted.client("carol", "#room")
    alice.command("MODE #room +v bob")
    seen = alice.command("NAMES #ROOM")
    assert commands(seen) == ["353", "366"]
    assert seen[0].params[:3] == ("alice", "=", "#room")
    assert seen[0].params[3].split() == ["@alice", "+bob", "carol"]
    assert seen[1].params[1].lower() == "#room"


def test_outsiders_may_see_the_names(hosted: Hosted) -> None:
    hosted.client("alice", "#room")
    assert one(hosted.client("bob").command("NAMES #room"), "353").params[-1] == "@alice"


@pytest.mark.parametrize("name", ["#nowhere", "nonsense", "#a:b"])
def test_missing_room_gets_only_the_end(hosted: Hosted, name: str) -> None:
    """> If the channel name is invalid or the channel does not exist, one RPL_ENDOFNAMES numeric containing the given
    channel name should be returned."""
    (end,) = hosted.client("alice").command(f"NAMES {name}")
    assert (end.command, end.params[1]) == ("366", name)


def test_several_rooms_share_one_end(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#a", "#b")
    seen = alice.command("NAMES #b,#nowhere,#a")
    assert [(message.command, message.params[-2]) for message in seen] == [
        ("353", "#b"),
        ("353", "#a"),
        ("366", "#b,#nowhere,#a"),
    ]


def test_without_a_room_there_is_only_the_end(hosted: Hosted) -> None:
    assert commands(hosted.client("alice", "#room").command("NAMES")) == ["JOIN", "353", "366", "366"][3:]


def test_invisible_members_are_seen_by_members_only(hosted: Hosted) -> None:
    """> Users with the invisible user mode set are not shown in channel responses unless the requesting client is also
    joined to that channel."""
    alice, bob, carol = hosted.client("alice", "#room"), hosted.client("bob", "#room"), hosted.client("carol")
    bob.command("MODE bob +i")
    assert one(carol.command("NAMES #room"), "353").params[-1] == "@alice"
    assert one(alice.command("NAMES #room"), "353").params[-1].split() == ["@alice", "bob"]
    bob.command("MODE bob -i")
    assert one(carol.command("NAMES #room"), "353").params[-1].split() == ["@alice", "bob"]


def test_many_names_take_several_lines_that_fit(hosted: Hosted) -> None:
    nicks = [f"{'漢' * 30}{number}" for number in range(12)]
    for nick in nicks:
        hosted.client(nick, "#room")
    alice = hosted.client("alice")
    alice.send("NAMES #room")
    lines = [alice.receive_line()]
    while " 366 " not in lines[-1]:
        lines.append(alice.receive_line())
    assert all(len(line.encode()) <= 510 for line in lines)
    assert len(lines) > 2
    names = " ".join(parse(line).params[-1] for line in lines[:-1]).split()
    assert names == ["@" + nicks[0], *nicks[1:]]


def test_names_agree_with_joins_and_leaves_around_them(hosted: Hosted) -> None:
    """The list is neither ahead of nor behind the messages around it."""
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob")
    for _ in range(10):
        bob.send("JOIN #room", "PART #room")
        alice.send("NAMES #room")
    bob.sync()
    present = {"alice"}
    lists = 0
    for message in alice.sync():
        nick = (message.source or "").partition("!")[0]
        if message.command == "JOIN":
            present.add(nick)
        elif message.command == "PART":
            present.discard(nick)
        elif message.command == "353":
            lists += 1
            assert {name.lstrip("@+") for name in message.params[-1].split()} == present
    assert lists == 10


def test_names_come_once_on_joining(hosted: Hosted) -> None:
    alice = hosted.client("alice")
    assert len(only(alice.command("JOIN #room"), "366")) == 1
