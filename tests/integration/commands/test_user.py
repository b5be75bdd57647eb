"""USER: username and real name (https://modern.ircdocs.horse/#user-message)."""

from __future__ import annotations

import pytest

from tests.support.irc import IrcClient, commands, one
from tests.support.trackers import Hosted


def _enter(hosted: Hosted, user: str) -> IrcClient:
    client = hosted.connect()
    assert "001" in commands(client.command("NICK alice", f"USER {user}"))
    return client


def test_user_and_realname_are_in_whois(hosted: Hosted) -> None:
    alice = _enter(hosted, "al 0 * :Alice B. Cooper")
    who = one(alice.command("WHOIS alice"), "311").params
    assert (who[2], who[-1]) == ("al", "Alice B. Cooper")


def test_username_is_cut_silently(hosted: Hosted) -> None:
    """> the username MUST be silently truncated to the given length before being used"""
    alice = _enter(hosted, "abcdefghijklmnop 0 * :x")
    assert one(alice.command("WHOIS alice"), "311").params[2] == "abcdefghij"


@pytest.mark.parametrize("username", ["@!@", "!", "@"])
def test_username_loses_special_characters_and_is_never_empty(hosted: Hosted, username: str) -> None:
    """> The minimum length of <username> is 1 [...] otherwise it MUST use a default value instead."""
    alice = _enter(hosted, f"{username} 0 * :x")
    assert one(alice.command("WHOIS alice"), "311").params[2] == "user"


@pytest.mark.parametrize("words", ["", "alice", "alice 0", "alice 0 *"])
def test_missing_parameters_are_refused(hosted: Hosted, words: str) -> None:
    client = hosted.connect()
    assert commands(client.command("NICK alice", f"USER {words}".rstrip())) == ["461"]


def test_second_user_before_registration_replaces_the_first(hosted: Hosted) -> None:
    client = hosted.connect()
    client.command("USER one 0 * :One", "USER two 0 * :Two", "NICK alice")
    assert one(client.command("WHOIS alice"), "311").params[2] == "two"


def test_user_cannot_be_sent_again(hosted: Hosted) -> None:
    """> If a client tries to send the USER command after they have already completed registration with the server, the
    ERR_ALREADYREGISTERED reply should be sent and the attempt should fail."""
    alice = hosted.client("alice")
    assert commands(alice.command("USER other 0 * :Other")) == ["462"]
    assert one(alice.command("WHOIS alice"), "311").params[2] == "alice"


def test_long_realname_is_cut_to_100_characters(hosted: Hosted) -> None:
    alice = _enter(hosted, "al 0 * :" + "漢" * 160)
    assert one(alice.command("WHOIS alice"), "311").params[-1] == "漢" * 100
