"""PRIVMSG (https://modern.ircdocs.horse/#privmsg-message). Over IPv6: test_whois; modes that forbid it: test_mode."""

from __future__ import annotations

import pytest

from tests.support.irc import commands, one, only
from tests.support.trackers import Hosted


def test_message_reaches_the_other_members(hosted: Hosted) -> None:
    alice, bob, carol = (hosted.client(nick, "#room") for nick in ("alice", "bob", "carol"))
    alice.command("PRIVMSG #room :hello all")
    for member in (bob, carol):
        message = one(member.sync(), "PRIVMSG")
        assert message.source == "alice!alice@127.0.0.1"
        assert message.params == ("#room", "hello all")


def test_message_is_not_echoed_without_the_capability(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#room")
    assert "PRIVMSG" not in commands(alice.command("PRIVMSG #room :hello"))


def test_message_is_echoed_with_the_capability(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room", caps="echo-message"), hosted.client("bob")
    assert one(alice.command("PRIVMSG #room :hello"), "PRIVMSG").params == ("#room", "hello")
    assert one(alice.command("PRIVMSG BOB :hello"), "PRIVMSG").params == ("bob", "hello")
    assert only(bob.sync(), "PRIVMSG")


def test_private_message_reaches_one_person_by_nick_and_by_address(hosted: Hosted) -> None:
    alice, bob, carol = (hosted.client(nick, "#room") for nick in ("alice", "bob", "carol"))
    alice.command("PRIVMSG BOB :by nick", f"PRIVMSG {bob.address} :by address")
    assert [message.params for message in only(bob.sync(), "PRIVMSG")] == [("bob", "by nick"), ("bob", "by address")]
    assert "PRIVMSG" not in commands(carol.sync())


def test_address_follows_the_connection_not_the_nick(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice"), hosted.client("bob")
    bob.command("NICK robert")
    assert alice.command(f"PRIVMSG {bob.address} :hi") == []
    assert one(bob.sync(), "PRIVMSG").params == ("robert", "hi")
    bob.send("QUIT")
    bob.receive_rest()
    again = hosted.client("robert")
    assert commands(alice.command(f"PRIVMSG {bob.address} :hi")) == ["401"]
    assert again.sync() == []


@pytest.mark.parametrize(
    "target", ["nobody", "127.0.0.1:1", "127.0.0.1:99999", "127.0.0.1", "[::1]:1", ":x", "*", "$*"]
)
def test_unknown_target_is_refused(hosted: Hosted, target: str) -> None:
    refusal = one(hosted.client("alice").command(f"PRIVMSG {target} :hi"), "401" if target != ":x" else "412")
    assert refusal.params[0] == "alice"


def test_message_to_oneself_arrives(hosted: Hosted) -> None:
    alice = hosted.client("alice")
    assert one(alice.command("PRIVMSG alice :note"), "PRIVMSG").params == ("alice", "note")


def test_several_targets_each_get_one_message_or_refusal(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#a", "#b"), hosted.client("bob", "#a", "#b")
    alice.sync()
    seen = alice.command("PRIVMSG #b,bob,#A,BOB,#nowhere,nobody :hi")
    assert sorted(commands(seen)) == ["401", "403"]
    assert [message.params[0] for message in only(bob.sync(), "PRIVMSG")] == ["#b", "bob", "#a"]


def test_too_many_targets_are_refused(hosted: Hosted) -> None:
    alice = hosted.client("alice")
    assert commands(alice.command(f"PRIVMSG {','.join(f'n{number}' for number in range(21))} :x")) == ["407"]


@pytest.mark.parametrize(("line", "numeric"), [("PRIVMSG", "411"), ("PRIVMSG bob", "412"), ("PRIVMSG bob :", "412")])
def test_missing_parameters_are_refused(hosted: Hosted, line: str, numeric: str) -> None:
    """> ERR_NORECIPIENT, ERR_NOTEXTTOSEND"""
    bob, alice = hosted.client("bob"), hosted.client("alice")
    assert commands(alice.command(line)) == [numeric]
    assert bob.sync() == []


def test_room_must_exist(hosted: Hosted) -> None:
    assert commands(hosted.client("alice").command("PRIVMSG #nowhere :x")) == ["403"]


@pytest.mark.parametrize(
    "text", [" leading", "trailing ", ":colon", "a  b", "\x01ACTION waves\x01", "\x02bold\x03,4", "é漢😀"]
)
def test_text_arrives_as_it_was_sent(hosted: Hosted, text: str) -> None:
    bob, alice = hosted.client("bob", "#room"), hosted.client("alice", "#room")
    alice.command(f"PRIVMSG #room :{text}", f"PRIVMSG bob :{text}")
    assert [message.params[-1] for message in only(bob.sync(), "PRIVMSG")] == [text, text]


def test_word_too_long_for_a_line_is_refused_not_broken(hosted: Hosted) -> None:
    """Texts of several words are wrapped: tests/integration/ircv3/test_wrapped_messages.py."""
    bob, alice = hosted.client("bob", "#room"), hosted.client("alice", "#room")
    assert commands(alice.command("PRIVMSG #room :" + "x" * 480)) == ["417"]
    assert "PRIVMSG" not in commands(bob.sync())


def test_paste_of_a_hundred_lines_arrives_in_order(hosted: Hosted) -> None:
    bob, alice = hosted.client("bob", "#room"), hosted.client("alice", "#room")
    alice.command(*(f"PRIVMSG #room :line {number}" for number in range(100)))
    assert [message.params[-1] for message in only(bob.sync(), "PRIVMSG")] == [f"line {n}" for n in range(100)]
