"""AWAY: being away, and back (https://modern.ircdocs.horse/#away-message)."""

from __future__ import annotations

import pytest

from tests.support.irc import commands, one, only
from tests.support.trackers import Hosted


def test_away_and_back_are_acknowledged(hosted: Hosted) -> None:
    alice = hosted.client("alice")
    assert commands(alice.command("AWAY :tea", "AWAY :more tea", "AWAY")) == ["306", "306", "305"]


@pytest.mark.parametrize("line", ["AWAY", "AWAY :"])
def test_nothing_and_nothing_in_words_are_the_same(hosted: Hosted, line: str) -> None:
    """> If this command is sent with no parameters, or with the empty string as the parameter, the user is no longer
    away."""
    alice, bob = hosted.client("alice"), hosted.client("bob")
    alice.command("AWAY :tea")
    assert commands(alice.command(line)) == ["305"]
    assert bob.command("PRIVMSG alice :hi") == []


def test_who_writes_to_them_is_told_and_the_message_arrives(hosted: Hosted) -> None:
    """> RPL_AWAY, with the away message, when a PRIVMSG command is directed at the away user (not to a channel they are
    on)."""
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    alice.command("AWAY :at: tea")
    bob.sync()
    assert one(bob.command("PRIVMSG alice :hi"), "301").params == ("bob", "alice", "at: tea")
    assert one(bob.command(f"PRIVMSG {alice.address} :hi"), "301").params[1] == "alice"
    assert bob.command("PRIVMSG #room :hi", "NOTICE alice :hi") == [], "a notice is never answered"
    assert len(only(alice.sync(), "PRIVMSG")) == 3


def test_others_are_not_told_unasked(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    alice.command("AWAY :tea")
    assert bob.sync() == []


def test_long_text_is_cut_between_characters(hosted: Hosted) -> None:
    hosted.client("alice").command("AWAY :" + "漢" * 160)
    text = one(hosted.client("bob").command("WHOIS alice"), "301").params[-1]
    assert text
    assert set(text) == {"漢"}
