"""MODE +b: bans from joining and speaking (https://modern.ircdocs.horse/#ban-channel-mode)."""

from __future__ import annotations

import pytest

from chatcore.protocol.message import parse
from tests.support.irc import IrcClient, commands, one, only
from tests.support.trackers import Hosted


def _bans(client: IrcClient) -> list[str]:
    """Return the masks of the ban list; check its RPL_ENDOFBANLIST."""
    seen = client.command("MODE #room +b")
    assert one(seen, "368").params[1] == "#room"
    return [message.params[2] for message in only(seen, "367")]


@pytest.mark.parametrize(
    ("given", "mask"),
    [
        ("bob", "bob!*@*"),
        ("b?b!*@*", "b?b!*@*"),
        ("*@127.0.0.1", "*!*@127.0.0.1"),
        ("127.0.0.*", "*!*@127.0.0.*"),
        ("BOB!*", "BOB!*@*"),
        ("*!bob@*", "*!bob@*"),
    ],
)
def test_mask_is_completed_and_keeps_its_target_out(hosted: Hosted, given: str, mask: str) -> None:
    """> If they match one of these banned masks, they will receive an ERR_BANNEDFROMCHAN reply and the JOIN command
    will fail."""
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob")
    assert one(alice.command(f"MODE #room +b {given}"), "MODE").params == ("#room", "+b", mask)
    assert commands(bob.command("JOIN #room")) == ["474"]
    assert _bans(alice) == [mask]
    assert one(alice.command(f"MODE #room -b {mask.upper()}"), "MODE").params == ("#room", "-b", mask)
    assert _bans(alice) == []
    assert "JOIN" in commands(bob.command("JOIN #room"))


def test_others_are_not_kept_out(hosted: Hosted) -> None:
    hosted.client("alice", "#room").command("MODE #room +b bob", "MODE #room +b *!*@10.0.0.1", "MODE #room +b b*!zed@*")
    assert "JOIN" in commands(hosted.client("bobby").command("JOIN #room"))


def test_banned_member_is_silent_until_given_voice(hosted: Hosted) -> None:
    """> This channel mode controls a list of client masks that are 'banned' from joining or speaking in the channel."""
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    alice.command("MODE #room +b bob")
    assert commands(bob.command("PRIVMSG #room :x"))[-1] == "404"
    alice.command("MODE #room +v bob")
    bob.sync()
    assert bob.command("PRIVMSG #room :heard") == []
    assert one(alice.sync(), "PRIVMSG").params[-1] == "heard"


def test_ban_applies_after_a_nick_change(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    alice.command("MODE #room +b evil")
    bob.sync()
    assert commands(bob.command("NICK evil", "PRIVMSG #room :x")) == ["NICK", "404"]


@pytest.mark.parametrize("mask", ["bob", "m:bob"])
def test_banned_and_muted_members_cannot_change_their_nick(hosted: Hosted, mask: str) -> None:
    """ERR_BANONCHAN (435), as other servers have it: "<nick> <channel> :Cannot change nickname while banned"."""
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#tea", "#room", "#milk")
    alice.command(f"MODE #room +b {mask}")
    bob.sync()
    seen = bob.command("NICK rob")
    assert commands(seen) == ["435"]
    assert seen[0].params[:3] == ("bob", "rob", "#room")
    alice.command("MODE #room +v bob")
    bob.sync()
    assert commands(bob.command("NICK rob", "NICK bob")) == ["NICK", "NICK"]
    alice.command("MODE #room -v bob")
    bob.sync()
    assert commands(bob.command("NICK rob", "PART #room", "NICK rob")) == ["435", "PART", "NICK"]


def test_invitation_outweighs_a_ban(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob")
    alice.command("MODE #room +b bob", "INVITE bob #room")
    bob.sync()
    assert "JOIN" in commands(bob.command("JOIN #room"))


def test_members_can_read_the_list_with_its_setters(hosted: Hosted) -> None:
    """> If a type A mode has been sent without an argument, the contents of the list MUST be sent to the user"""
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    alice.command("MODE #room +b one", "MODE #room +b two")
    for query in ("+b", "-b", "b"):
        entries = only(bob.command(f"MODE #room {query}"), "367")
        assert [entry.params[2] for entry in entries] == ["one!*@*", "two!*@*"]
        assert entries[0].params[3] == "alice!alice@127.0.0.1"
        assert int(entries[0].params[4]) >= int(hosted.tracker.services.started_at)


def test_repeated_ban_changes_nothing(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#room")
    alice.command("MODE #room +b bob")
    assert alice.command("MODE #room +b BOB", "MODE #room -b other") == []


def test_list_has_a_limit(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#room")
    for start in range(0, 100, 20):
        masks = " ".join(f"n{number}" for number in range(start, start + 20))
        alice.command(f"MODE #room +{'b' * 20} {masks}")
    seen = alice.command("MODE #room +bb more evenmore")
    assert one(seen, "478").params[1:3] == ("#room", "b")
    assert "MODE" not in commands(seen)
    assert len(_bans(alice)) == 100
    assert "MODE" in commands(alice.command("MODE #room -b n1", "MODE #room +b last"))


@pytest.mark.parametrize("mask", [":two words", "x" * 101, "::a!b@c"])
def test_invalid_mask_is_refused(hosted: Hosted, mask: str) -> None:
    alice = hosted.client("alice", "#room")
    assert one(alice.command(f"MODE #room +b {mask}"), "696").params[1:3] == ("#room", "b")
    assert _bans(alice) == []


def test_leading_colon_cannot_hide_a_change(hosted: Hosted) -> None:
    """A mask with a colon would end the parameters of the MODE line that announces it, unless it came last."""
    alice = hosted.client("alice", "#room")
    alice.command("MODE #room +k key")
    seen = alice.command("MODE #room +b-k ::a!b@c")
    assert one(seen, "696").params[1:3] == ("#room", "b")
    assert one(seen, "MODE").params == ("#room", "-k", "key")


def test_many_changes_are_announced_in_lines_that_fit(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    bob.sync()
    masks = [letter * 18 for letter in "abcdefghijklmnopqrst"]
    alice.command(f"MODE #room +{'b' * 20} {' '.join(masks)}")
    told: list[str] = []
    while len(told) < 20:
        line = bob.receive_line()
        assert len(line.encode()) <= 510
        mode = parse(line)
        assert mode.params[1] == "+" + "b" * len(mode.params[2:])
        told.extend(mode.params[2:])
    assert told == [f"{mask}!*@*" for mask in masks]


def test_mask_of_many_stars_is_matched_fast(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#room")
    alice.command("MODE #room +b " + "*a" * 40 + "!*@*")
    assert "JOIN" in commands(hosted.client("a" * 31).command("JOIN #room"))
