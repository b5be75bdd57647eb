"""NICK: choosing and changing a name (https://modern.ircdocs.horse/#nick-message)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.irc import commands, one, only
from tests.support.trackers import Hosted, hosted_tracker

INVALID = ["1st", "-dash", "a.b", "a!b", "a@b", "#room", "a:b", "a,b", "a*", "~x", "x\x1b[31m", "\u202ex", "x" * 33]
VALID = ["a", "Z9", "[]\\`_^", "{|}x", "x-1", "Jürgen", "李明", "x" * 32]


@pytest.mark.parametrize("nick", INVALID)
def test_invalid_nick_is_refused_with_a_reason(hosted: Hosted, nick: str) -> None:
    """> If the server does not accept the new nickname supplied by the client as valid [...] it should issue an
    ERR_ERRONEUSNICKNAME numeric and ignore the NICK command."""
    refusal = one(hosted.connect().command(f"NICK {nick}"), "432")
    assert len(refusal.params[-1].split()) > 3
    alice = hosted.client("alice")
    assert commands(alice.command(f"NICK {nick}")) == ["432"]
    assert commands(alice.command("WHOIS alice"))[0] == "311"


@pytest.mark.parametrize("nick", VALID)
def test_valid_nick_is_kept_as_written(hosted: Hosted, nick: str) -> None:
    """> Servers MUST allow at least all alphanumerical characters, square and curly brackets, backslashes, and pipe
    characters in nicknames, and MAY disallow digits as the first character."""
    client = hosted.connect()
    assert one(client.command("USER u 0 * :U", f"NICK {nick}"), "001").params[0] == nick
    assert one(client.command(f"WHOIS {nick}"), "311").params[1] == nick


def test_nick_in_invalid_utf8_is_refused_and_can_be_replaced(hosted: Hosted) -> None:
    """Clients choose another nick by themselves after a 432, and wait for ever after anything else."""
    client = hosted.connect()
    client.send_bytes("NICK Jürgen\r\nUSER u 0 * :U\r\n".encode("latin-1"))
    assert commands(client.sync()) == ["432"]
    assert "001" in commands(client.command("NICK Juergen"))


def test_too_long_nick_is_refused_not_cut(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, max_name_length=10) as hosted:
        client = hosted.connect()
        refusal = one(client.command("NICK abcdefghijk"), "432")
        assert "10" in refusal.params[-1]
        assert one(client.register("abcdefghij"), "001").params[0] == "abcdefghij"


@pytest.mark.parametrize("line", ["NICK", "NICK :"])
def test_missing_nick_is_refused(hosted: Hosted, line: str) -> None:
    """> If the server does not receive the <nickname> parameter [...] ERR_NONICKNAMEGIVEN"""
    assert commands(hosted.connect().command(line)) == ["431"]
    assert commands(hosted.client("alice").command(line)) == ["431"]


@pytest.mark.parametrize("wanted", ["alice", "ALICE"])
def test_taken_nick_is_refused_and_another_can_be_chosen(hosted: Hosted, wanted: str) -> None:
    """> If the server receives a NICK command from a client where the desired nickname is already in use on the
    network, it should issue an ERR_NICKNAMEINUSE numeric and ignore the NICK command."""
    hosted.client("alice")
    second = hosted.connect()
    refused = second.register(wanted)
    assert one(refused, "433").params[:2] == ("*", wanted)
    assert "001" not in commands(refused)
    assert one(second.command("NICK alice2"), "001").params[0] == "alice2"


def test_only_ascii_case_is_folded(hosted: Hosted) -> None:
    hosted.client("Ängel")
    assert "001" in commands(hosted.connect().register("ängel"))


def test_nick_is_not_reserved_before_registration_completes(hosted: Hosted) -> None:
    first, second = hosted.connect(), hosted.connect()
    assert first.command("NICK alice") == []
    assert second.command("NICK alice") == [], "an unregistered client does not hold a nick"
    assert "001" in commands(second.command("USER b 0 * :B"))
    assert commands(first.command("USER a 0 * :A")) == ["433"]
    assert one(first.command("NICK alice1"), "001").params[0] == "alice1"


def test_last_nick_before_registration_counts(hosted: Hosted) -> None:
    client = hosted.connect()
    assert client.command("NICK one", "NICK two") == []
    assert one(client.command("USER u 0 * :U"), "001").params[0] == "two"
    assert "001" in commands(hosted.connect().register("one"))


def test_change_is_announced_once_to_roommates(hosted: Hosted) -> None:
    """> to inform other clients about the change of nickname. [...] the <source> of the message will be the old
    nickname"""
    alice, bob = hosted.client("alice", "#a", "#b"), hosted.client("bob", "#a", "#b")
    stranger = hosted.client("carol", "#c")
    for seen in (alice.command("NICK alicia"), bob.sync()):
        change = one(seen, "NICK")
        assert change.source is not None
        assert change.source.partition("!")[0] == "alice"
        assert change.params == ("alicia",)
    assert stranger.sync() == []
    bob.command("PRIVMSG alicia :hi", "PRIVMSG alice :gone")
    assert [message.params for message in only(alice.sync(), "PRIVMSG")] == [("alicia", "hi")]


def test_old_nick_is_free_again(hosted: Hosted) -> None:
    hosted.client("alice").command("NICK alicia")
    assert "001" in commands(hosted.connect().register("alice"))


def test_change_to_a_taken_nick_is_refused(hosted: Hosted) -> None:
    hosted.client("bob")
    alice = hosted.client("alice")
    assert commands(alice.command("NICK Bob")) == ["433"]
    assert commands(alice.command("WHOIS alice"))[0] == "311"


def test_only_the_case_of_a_nick_can_be_changed(hosted: Hosted) -> None:
    alice = hosted.client("alice")
    assert one(alice.command("NICK Alice"), "NICK").params == ("Alice",)
    assert alice.command("NICK Alice") == []


def test_operator_status_survives_a_nick_change(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#room")
    assert one(alice.command("NICK alicia", "NAMES #room"), "353").params[-1] == "@alicia"
    assert one(alice.command("MODE #room +m"), "MODE").params == ("#room", "+m")


def test_nick_changes_are_rate_limited_without_refused_ones(tmp_path: Path) -> None:
    """438 ERR_NICKTOOFAST; changes that change nothing or are refused for another reason do not count."""
    with hosted_tracker(tmp_path, nick_changes_per_minute=3) as hosted:
        bob, alice = hosted.client("bob", "#room"), hosted.client("alice", "#room")
        bob.sync()
        assert commands(alice.command("NICK bob", "NICK b@d", "NICK alice")) == ["433", "432"]
        seen = alice.command("NICK one", "NICK two", "NICK three", "NICK four", "NICK five")
        assert commands(seen) == ["NICK", "NICK", "NICK", "438", "438"]
        assert seen[-1].params[:2] == ("three", "five")
        assert [message.params[0] for message in bob.sync()] == ["one", "two", "three"]
        assert commands(hosted.client("carol").command("NICK caroline")) == ["NICK"], "the limit is per client"
