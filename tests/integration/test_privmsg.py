"""PRIVMSG and NOTICE (https://modern.ircdocs.horse/#sending-messages)."""

from __future__ import annotations

from tests.support.irc import commands, one, only
from tests.support.trackers import Hosted


def test_message_reaches_the_other_members(hosted: Hosted) -> None:
    alice, bob, carol = (hosted.client(nick, "#room") for nick in ("alice", "bob", "carol"))
    alice.command("PRIVMSG #room :hello all")
    for member in (bob, carol):
        message = one(member.sync(), "PRIVMSG")
        assert message.source is not None
        assert message.source.startswith("alice!alice@127.0.0.1")
        assert message.params == ("#room", "hello all")


def test_message_is_not_echoed_without_the_capability(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#room")
    assert "PRIVMSG" not in commands(alice.command("PRIVMSG #room :hello"))


def test_message_is_echoed_with_the_capability(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#room", caps="echo-message")
    assert one(alice.command("PRIVMSG #room :hello"), "PRIVMSG").params == ("#room", "hello")


def test_private_message_reaches_one_person_by_nick_and_by_address(hosted: Hosted) -> None:
    alice, bob, carol = (hosted.client(nick, "#room") for nick in ("alice", "bob", "carol"))
    alice.command("PRIVMSG bob :by nick", f"PRIVMSG {bob.address} :by address")
    assert [message.params for message in only(bob.sync(), "PRIVMSG")] == [("bob", "by nick"), ("bob", "by address")]
    assert "PRIVMSG" not in commands(carol.sync())


def test_too_long_message_is_refused_and_not_cut(hosted: Hosted) -> None:
    bob, alice = hosted.client("bob", "#room"), hosted.client("alice", "#room")
    assert commands(alice.command("PRIVMSG #room :" + "x" * 480)) == ["417"]
    assert "PRIVMSG" not in commands(bob.sync())


def test_notice_is_never_answered(hosted: Hosted) -> None:
    alice = hosted.client("alice")
    assert alice.command("NOTICE #nowhere :x", "NOTICE nobody :x") == []
