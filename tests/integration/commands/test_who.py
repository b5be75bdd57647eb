"""WHO: who is here, or in a room (https://modern.ircdocs.horse/#who-message)."""

from __future__ import annotations

import pytest

from tests.support.irc import IrcClient, commands, one, only
from tests.support.trackers import Hosted


def _found(client: IrcClient, mask: str) -> list[tuple[str, str]]:
    """Return the nick and flags of each RPL_WHOREPLY; check the end."""
    seen = client.command(f"WHO {mask}".rstrip())
    assert commands(seen)[-1] == "315"
    return sorted((message.params[5], message.params[6]) for message in only(seen, "352"))


def test_room_lists_its_members(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    hosted.client("carol")
    alice.command("MODE #room +v bob")
    bob.command("AWAY :tea")
    alice.sync()
    seen = alice.command("WHO #ROOM")
    assert one(seen[:1], "352").params == (
        "alice",
        "#room",
        "alice",
        "127.0.0.1",
        "tracker.chat",
        "alice",
        "H@",
        "0 Real alice",
    )
    assert _found(alice, "#room") == [("alice", "H@"), ("bob", "G+")]


@pytest.mark.parametrize("mask", ["bob", "BOB", "b?b", "b*", "*OB"])
def test_people_are_found_by_nick_and_mask(hosted: Hosted, mask: str) -> None:
    """> An exact nickname, in which case a single user is returned. [...] A mask pattern, in which case all visible
    users whose nickname matches are listed."""
    hosted.client("bob")
    hosted.client("carol")
    assert _found(hosted.client("alice"), mask) == [("bob", "H")]


@pytest.mark.parametrize("mask", ["", "*", "0", "127.0.0.1"])
def test_everybody_is_listed(hosted: Hosted, mask: str) -> None:
    hosted.client("bob")
    assert [nick for nick, _ in _found(hosted.client("alice"), mask)] == ["alice", "bob"]


@pytest.mark.parametrize("mask", ["nobody", "#nowhere", ":", "#"])
def test_unknown_mask_gets_only_the_end(hosted: Hosted, mask: str) -> None:
    (end,) = hosted.client("alice").command(f"WHO {mask}")
    assert (end.command, end.params[1]) == ("315", "*" if mask == ":" else mask)


def test_invisible_people_are_found_by_roommates(hosted: Hosted) -> None:
    """> Visible users are users who either aren't invisible (user mode +i) or have a common channel with the requesting
    client."""
    alice, bob, carol = hosted.client("alice", "#room"), hosted.client("bob", "#room"), hosted.client("carol")
    bob.command("MODE bob +i")
    assert [nick for nick, _ in _found(carol, "*")] == ["alice", "carol"]
    assert [nick for nick, _ in _found(carol, "#room")] == ["alice"]
    assert [nick for nick, _ in _found(alice, "*")] == ["alice", "bob", "carol"]
    assert [nick for nick, _ in _found(alice, "#room")] == ["alice", "bob"]
    assert ("bob", "H") in _found(bob, "bob"), "invisible people see themselves"


def test_realname_may_have_spaces_and_colons(hosted: Hosted) -> None:
    client = hosted.connect()
    client.command("NICK alice", "USER alice 0 * ::a :b c")
    assert one(client.command("WHO alice"), "352").params[-1] == "0 :a :b c"
