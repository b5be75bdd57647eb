"""TOPIC: what a room is about (https://modern.ircdocs.horse/#topic-message)."""

from __future__ import annotations

import pytest

from chatcore.protocol.message import parse
from tests.support.irc import commands, one
from tests.support.trackers import Hosted


def test_new_room_has_no_topic(hosted: Hosted) -> None:
    assert one(hosted.client("alice", "#room").command("TOPIC #room"), "331").params[:2] == ("alice", "#room")


def test_change_reaches_every_member_and_its_author(hosted: Hosted) -> None:
    """> If the topic of a channel is changed or cleared, every client in that channel (including the author of the
    topic change) will receive a TOPIC command with the new topic as argument"""
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    for seen in (alice.command("TOPIC #room :tea: when?"), bob.sync()):
        topic = one(seen, "TOPIC")
        assert topic.source == "alice!alice@127.0.0.1"
        assert topic.params == ("#room", "tea: when?")


def test_query_returns_setter_and_time(hosted: Hosted) -> None:
    """> If RPL_TOPIC is returned to the client sending this command, RPL_TOPICWHOTIME SHOULD also be sent"""
    alice = hosted.client("alice", "#room")
    alice.command("TOPIC #room :x")
    seen = alice.command("TOPIC #ROOM")
    assert one(seen, "332").params == ("alice", "#room", "x")
    setter, set_at = one(seen, "333").params[2:4]
    assert setter == "alice!alice@127.0.0.1"
    assert int(set_at) >= int(hosted.tracker.services.started_at)


def test_empty_text_clears_the_topic(hosted: Hosted) -> None:
    """> If <topic> is an empty string, the topic for the channel will be cleared."""
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob")
    alice.command("TOPIC #room :x")
    assert one(alice.command("TOPIC #room :"), "TOPIC").params == ("#room", "")
    assert commands(alice.command("TOPIC #room")) == ["331"]
    assert "332" not in commands(bob.command("JOIN #room"))


def test_protected_topic_needs_an_operator(hosted: Hosted) -> None:
    """> If this mode [+t] is enabled, users must have channel privileges [...] In a channel that does not have this
    mode enabled, anyone may set the topic"""
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    assert commands(bob.command("TOPIC #room :mine")) == ["482"]
    assert commands(alice.command("TOPIC #room")) == ["JOIN", "331"], "the topic was not changed"
    alice.command("MODE #room -t")
    assert one(bob.command("TOPIC #room :mine"), "TOPIC").params[-1] == "mine"


def test_outsiders_may_read_but_never_set_the_topic(hosted: Hosted) -> None:
    hosted.client("alice", "#room").command("MODE #room -t")
    bob = hosted.client("bob")
    assert commands(bob.command("TOPIC #room :x")) == ["442"]
    assert commands(bob.command("TOPIC #room")) == ["331"], "outsiders may read the topic"


@pytest.mark.parametrize("words", ["#nowhere", "#nowhere :x", "nonsense :x", ":"])
def test_room_must_exist(hosted: Hosted, words: str) -> None:
    assert commands(hosted.client("alice").command(f"TOPIC {words}")) == ["403"]


def test_missing_room_is_refused(hosted: Hosted) -> None:
    assert commands(hosted.client("alice").command("TOPIC")) == ["461"]


@pytest.mark.parametrize("letter", ["x", "é", "漢", "😀"])
def test_long_topic_is_cut_between_characters_and_fits_a_line(hosted: Hosted, letter: str) -> None:
    alice, bob = hosted.client("alice-with-a-rather-long-name", "#room"), hosted.client("bob", "#room")
    bob.sync()
    text = letter * (490 // len(letter.encode()))
    alice.command(f"TOPIC #room :{text}")
    line = bob.receive_line()
    assert len(line.encode()) <= 510
    told = parse(line).params[1]
    assert told
    assert set(told) == {letter}
    assert len(told) <= 300, "TOPICLEN"
    assert set(one(bob.command("TOPIC #room"), "332").params[-1]) == {letter}
