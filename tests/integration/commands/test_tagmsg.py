"""TAGMSG and client-only tags (https://ircv3.net/specs/extensions/message-tags)."""

from __future__ import annotations

import pytest

from tests.support.irc import commands, one
from tests.support.trackers import Hosted

TAGS = "message-tags"


def test_tagmsg_reaches_only_members_with_the_capability(hosted: Hosted) -> None:
    """> Servers MUST NOT deliver TAGMSG to clients that haven't negotiated the message tags capability."""
    alice, bob = (hosted.client(nick, "#room", caps=TAGS) for nick in ("alice", "bob"))
    old = hosted.client("carol", "#room")
    alice.sync()
    bob.sync()
    assert alice.command("@+typing=active TAGMSG #room") == [], "no echo without echo-message"
    message = one(bob.sync(), "TAGMSG")
    assert message.source == "alice!alice@127.0.0.1"
    assert message.params == ("#room",)
    assert message.tags["+typing"] == "active"
    assert old.sync() == []


def test_tagmsg_reaches_one_person_by_nick_and_by_address(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", caps=TAGS), hosted.client("bob", caps=TAGS)
    alice.command("@+typing=done TAGMSG bob", f"@+typing=done TAGMSG {bob.address}")
    assert [message.params for message in bob.sync()] == [("bob",), ("bob",)]


def test_tagmsg_is_echoed_and_obeys_modes(hosted: Hosted) -> None:
    """> This message MUST be delivered to targets in the same way as PRIVMSG and NOTICE messages. This means for
    example, honouring channel membership, modes, echo-message"""
    alice = hosted.client("alice", "#room", caps=f"{TAGS} echo-message")
    assert one(alice.command("@+x=1 TAGMSG #room"), "TAGMSG").tags["+x"] == "1"
    hosted.client("bob", "#other").command("MODE #other +m")
    assert commands(alice.command("@+x=1 TAGMSG #other"))[-1] == "404"


@pytest.mark.parametrize("command", ["PRIVMSG", "NOTICE"])
def test_only_client_tags_are_relayed_with_the_capability(hosted: Hosted, command: str) -> None:
    """> Client-only tags MUST be relayed on PRIVMSG, NOTICE and TAGMSG messages [...] Tags without the client-only
    prefix MUST be removed by the server before being relayed"""
    alice = hosted.client("alice", "#room")
    bob, timed, old = (
        hosted.client(nick, "#room", caps=caps)
        for nick, caps in (("bob", TAGS), ("carol", "server-time"), ("dave", ""))
    )
    for member in (alice, bob, timed, old):
        member.sync()
    alice.command(rf"@time=1999-01-01T00:00:00.000Z;+a=x\sy\:z;msgid=forged;account=root;+b {command} #room :hi")
    message = one(bob.sync(), command)
    assert message.tags["+a"] == "x y;z"
    assert message.tags["+b"] == ""
    assert message.tags.keys() == {"+a", "+b", "msgid"}
    assert message.tags["msgid"] != "forged"
    assert one(timed.sync(), command).tags.keys() == {"time"}
    assert one(old.sync(), command).tags == {}


def test_message_ids_are_unique_and_the_same_for_everybody(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#room", caps=f"{TAGS} echo-message")
    bob = hosted.client("bob", "#room", caps=TAGS)
    alice.sync()
    own = [message.tags["msgid"] for message in alice.command(*(f"PRIVMSG #room :{n}" for n in range(20)))]
    assert len(set(own)) == 20
    assert own == sorted(own)
    assert [message.tags["msgid"] for message in bob.sync() if message.command == "PRIVMSG"] == own


def test_tagmsg_without_capability_or_tags_is_dropped(hosted: Hosted) -> None:
    bob = hosted.client("bob", "#room", caps=TAGS)
    hosted.client("old", "#room").command("@+typing=active TAGMSG #room")
    hosted.client("alice", "#room", caps=TAGS).command("TAGMSG #room", "@time=x TAGMSG #room")
    assert "TAGMSG" not in commands(bob.sync())


@pytest.mark.parametrize(
    ("line", "numeric"),
    [
        ("@+x TAGMSG", "461"),
        ("@+x TAGMSG #nowhere", "403"),
        ("@+x TAGMSG nobody", "401"),
        ("@+x TAGMSG #theirs", "404"),
    ],
)
def test_invalid_targets_are_refused(hosted: Hosted, line: str, numeric: str) -> None:
    hosted.client("bob", "#theirs")
    assert commands(hosted.client("alice", caps=TAGS).command(line)) == [numeric]


def test_too_long_tags_are_refused(hosted: Hosted) -> None:
    """> Clients MUST NOT send messages with tag data exceeding 4094 bytes [...] Servers MUST reply with the
    ERR_INPUTTOOLONG (417) error numeric if a client sends a message with more tag data than the allowed limit."""
    alice, bob = hosted.client("alice", "#room", caps=TAGS), hosted.client("bob", "#room", caps=TAGS)
    value = "x" * (4094 - len("+t="))
    assert commands(alice.command(f"@+t={value}x PRIVMSG #room :hi"))[-1] == "417"
    assert "417" not in commands(alice.command(f"@+t={value} PRIVMSG #room :hi"))
    assert one(bob.sync(), "PRIVMSG").tags["+t"] == value


def test_tagmsg_is_neither_in_the_history_nor_in_the_log(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#room", caps=f"{TAGS} batch")
    alice.command("@+typing=active TAGMSG #room")
    assert commands(alice.command("CHATHISTORY LATEST #room * 5")).count("TAGMSG") == 0
    assert "typing" not in hosted.log_text()
