"""INVITE: asking somebody in (https://modern.ircdocs.horse/#invite-message)."""

from __future__ import annotations

from tests.support.irc import commands, one
from tests.support.trackers import Hosted


def test_only_issuer_and_target_are_notified(hosted: Hosted) -> None:
    """> When the invite is successful, the server MUST send a RPL_INVITING numeric to the command issuer, and an INVITE
    message, with the issuer as <source>, to the target user. Other channel members SHOULD NOT be notified."""
    alice, bob, carol = hosted.client("alice", "#room"), hosted.client("bob"), hosted.client("carol", "#room")
    assert one(alice.command("INVITE BOB #ROOM"), "341").params == ("alice", "bob", "#room")
    invitation = one(bob.sync(), "INVITE")
    assert invitation.source == "alice!alice@127.0.0.1"
    assert invitation.params == ("bob", "#room")
    assert carol.sync() == []


def test_room_must_exist(hosted: Hosted) -> None:
    """> The target channel SHOULD exist [...] Otherwise, the server SHOULD reject the command with the
    ERR_NOSUCHCHANNEL numeric."""
    hosted.client("bob")
    assert commands(hosted.client("alice").command("INVITE bob #nowhere")) == ["403"]


def test_only_members_may_invite(hosted: Hosted) -> None:
    """> Only members of the channel are allowed to invite other users. Otherwise, the server MUST reject the command
    with the ERR_NOTONCHANNEL numeric."""
    hosted.client("alice", "#room")
    bob = hosted.client("bob")
    hosted.client("carol")
    assert commands(bob.command("INVITE carol #room")) == ["442"]


def test_invite_only_room_needs_an_operator_to_invite(hosted: Hosted) -> None:
    """> they SHOULD reject it when the channel has invite-only mode set, and the user is not a channel operator."""
    alice, bob, carol = hosted.client("alice", "#room"), hosted.client("bob", "#room"), hosted.client("carol")
    assert commands(bob.command("INVITE carol #room")) == ["341"], "without +i any member may invite"
    alice.command("MODE #room +i")
    assert commands(bob.command("INVITE carol #room")) == ["MODE", "482"]
    assert commands(carol.sync()) == ["INVITE"]


def test_members_cannot_be_invited(hosted: Hosted) -> None:
    """> If the user is already on the target channel, the server MUST reject the command with the ERR_USERONCHANNEL"""
    alice = hosted.client("alice", "#room")
    hosted.client("bob", "#room")
    refusal = one(alice.command("INVITE bob #room"), "443")
    assert refusal.params[1:3] == ("bob", "#room")


def test_target_must_exist(hosted: Hosted) -> None:
    assert commands(hosted.client("alice", "#room").command("INVITE nobody #room"))[-1] == "401"


def test_missing_room_is_refused(hosted: Hosted) -> None:
    assert commands(hosted.client("alice", "#room").command("INVITE bob")) == ["461"]


def test_invite_without_parameters_lists_the_senders_invitations(hosted: Hosted) -> None:
    """> Servers MAY allow the INVITE with no parameter, and reply with a list of channels the sender is invited to as
    RPL_INVITELIST numerics, ending with a RPL_ENDOFINVITELIST numeric."""
    alice, bob = hosted.client("alice", "#a", "#b"), hosted.client("bob")
    alice.command("INVITE bob #b")
    bob.sync()
    seen = bob.command("INVITE")
    assert commands(seen) == ["336", "337"]
    assert seen[0].params == ("bob", "#b")
    bob.command("JOIN #b")
    assert commands(bob.command("INVITE")) == ["337"]


def test_invitation_opens_a_closed_room_once(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob")
    alice.command("MODE #room +i")
    assert commands(bob.command("JOIN #room")) == ["473"]
    alice.command("INVITE bob #room")
    bob.sync()
    assert "JOIN" in commands(bob.command("JOIN #room"))
    assert commands(bob.command("PART #room", "JOIN #room")) == ["PART", "473"]


def test_invitation_follows_the_person_not_the_nick(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob")
    alice.command("MODE #room +i", "INVITE bob #room")
    bob.command("NICK robert")
    stranger = hosted.client("bob")
    assert commands(stranger.command("JOIN #room")) == ["473"]
    assert "JOIN" in commands(bob.command("JOIN #room"))
