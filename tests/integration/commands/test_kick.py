"""KICK: removing members (https://modern.ircdocs.horse/#kick-message)."""

from __future__ import annotations

import pytest

from chatcore.protocol.message import parse
from tests.support.irc import commands, one, only
from tests.support.trackers import Hosted


def test_kick_is_announced_and_removes_the_target(hosted: Hosted) -> None:
    alice, bob, carol = (hosted.client(nick, "#room") for nick in ("alice", "bob", "carol"))
    for seen in (alice.command("KICK #room bob :be nice"), bob.sync(), carol.sync()):
        kick = one(seen, "KICK")
        assert kick.source == "alice!alice@127.0.0.1"
        assert kick.params == ("#room", "bob", "be nice")
    alice.command("PRIVMSG #room :without bob")
    assert bob.sync() == []
    assert one(alice.command("NAMES #room"), "353").params[-1].split() == ["@alice", "carol"]


def test_default_comment_is_the_kickers_nick(hosted: Hosted) -> None:
    """> If no comment is given, the server SHOULD use a default message instead."""
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    alice.command("KICK #room bob")
    assert one(bob.sync(), "KICK").params == ("#room", "bob", "alice")


def test_several_kicks_are_announced_one_by_one(hosted: Hosted) -> None:
    """> Servers MUST NOT send multiple users in this message to clients, and MUST distribute these multiple-user KICK
    messages as a series of messages with a single user name on each. [...] <comment> should be on each"""
    alice, bob, carol = (hosted.client(nick, "#room") for nick in ("alice", "bob", "carol"))
    kicks = only(alice.command("KICK #room carol,BOB :out"), "KICK")
    assert [kick.params for kick in kicks] == [("#room", "carol", "out"), ("#room", "bob", "out")]
    assert commands(bob.command("PRIVMSG #room :x"))[-1] == "404"
    assert commands(carol.command("PRIVMSG #room :x"))[-1] == "404"


def test_invalid_targets_do_not_save_the_others(hosted: Hosted) -> None:
    hosted.client("outsider")
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    seen = alice.command("KICK #room nobody,outsider,bob")
    assert one(seen, "401").params[1] == "nobody"
    assert one(seen, "441").params[1:3] == ("outsider", "#room")
    assert one(seen, "KICK").params[1] == "bob"
    assert "KICK" in commands(bob.sync())


def test_only_operators_may_kick(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    alice.command("MODE #room +v bob")
    assert commands(bob.command("KICK #room alice")) == ["MODE", "482"]
    assert "KICK" not in commands(alice.sync())


def test_only_members_may_kick(hosted: Hosted) -> None:
    hosted.client("alice", "#room")
    assert commands(hosted.client("bob").command("KICK #room alice")) == ["442"]


def test_room_must_exist(hosted: Hosted) -> None:
    alice = hosted.client("alice")
    assert commands(alice.command("KICK #nowhere bob", "KICK nonsense bob")) == ["403", "403"]


def test_kicked_operator_can_rejoin_without_rank(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    alice.command("MODE #room +o bob", "KICK #room bob")
    bob.command("JOIN #room")
    assert one(alice.command("NAMES #room"), "353").params[-1].split() == ["@alice", "bob"]


def test_operators_may_kick_themselves(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    assert one(alice.command("KICK #room alice"), "KICK").params[1] == "alice"
    assert "KICK" in commands(bob.sync())
    assert commands(alice.command("KICK #room bob")) == ["442"]


@pytest.mark.parametrize("line", ["KICK", "KICK #room", "KICK #room :", "KICK #room ,"])
def test_missing_parameters_are_refused(hosted: Hosted, line: str) -> None:
    assert commands(hosted.client("alice", "#room").command(line)) == ["461"]


def test_too_many_targets_are_refused(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#room")
    nicks = ",".join(f"n{number}" for number in range(21))
    assert commands(alice.command(f"KICK #room {nicks}")) == ["407"]


def test_long_comment_is_cut_between_characters_and_fits_a_line(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice-with-a-rather-long-name", "#room"), hosted.client("bob", "#room")
    alice.command("KICK #room bob :" + "漢" * 155)
    line = bob.receive_line()
    assert len(line.encode()) <= 510
    assert set(parse(line).params[2]) == {"漢"}
