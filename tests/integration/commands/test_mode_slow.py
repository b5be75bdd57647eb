"""MODE +W: a slow room, in which each person may speak once every N seconds."""

from __future__ import annotations

from tests.support.irc import commands, one
from tests.support.trackers import Hosted


def test_members_must_wait_between_messages(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    assert one(alice.command("MODE #room +W 3600"), "MODE").params == ("#room", "+W", "3600")
    bob.sync()
    assert bob.command("PRIVMSG #room :first") == []
    refused = one(bob.command("PRIVMSG #room :second"), "404")
    assert refused.params[-1].startswith("This room is slow: you can speak again in 3")
    assert bob.command("NOTICE #room :third") == []
    assert [message.params[-1] for message in alice.sync()] == ["first"]
    assert one(bob.command("MODE #room"), "324").params[1:] == ("#room", "+ntW", "3600")


def test_reconnecting_does_not_shorten_the_wait(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    alice.command("MODE #room +W 3600")
    bob.command("PRIVMSG #room :first")
    bob.send("QUIT")
    bob.receive_until("ERROR")
    again = hosted.client("rob", "#room")
    assert "404" in commands(again.command("PRIVMSG #room :second"))
    assert commands(hosted.client("carol", "#room").command("MODE #room +W 1"))[-1:] == ["482"]


def test_each_room_has_its_own_wait(hosted: Hosted) -> None:
    hosted.client("alice", "#room").command("MODE #room +W 3600")
    bob = hosted.client("bob", "#room", "#other")
    bob.command("PRIVMSG #room :first")
    assert commands(bob.command("PRIVMSG #other,#room :x", "PRIVMSG #other :y")) == ["404"]


def test_topics_and_reasons_count_as_messages(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    alice.command("MODE #room +W-t 3600")
    bob.sync()
    bob.command("TOPIC #room :first")
    assert commands(bob.command("TOPIC #room :second", "PRIVMSG #room :second")) == ["404", "404"]
    bob.command("PART #room :second", "JOIN #room")
    eve = hosted.client("eve", "#room")
    eve.command("PART #room :first", "JOIN #room", "PART #room :second")
    parted = [message.params for message in alice.sync() if message.command == "PART"]
    assert parted == [("#room",), ("#room",), ("#room",)]
