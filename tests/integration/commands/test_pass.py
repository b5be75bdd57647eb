"""PASS: the server password (https://modern.ircdocs.horse/#pass-message)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.irc import commands, one
from tests.support.trackers import Hosted, hosted_tracker

PASSWORD = "sésame: open up"


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Hosted]:
    """A tracker with a password that has a space, a colon and a letter outside ASCII."""
    with hosted_tracker(tmp_path, PASSWORD) as hosted:
        yield hosted


def test_right_password_lets_in(guarded: Hosted) -> None:
    assert one(guarded.connect().register("alice", password=f":{PASSWORD}"), "001").params[0] == "alice"


@pytest.mark.parametrize("given", ["wrong", ":", f":{PASSWORD} ", f":{PASSWORD.upper()}", ":" + "x" * 480])
def test_wrong_password_is_refused_at_once(guarded: Hosted, given: str) -> None:
    """> If the password supplied does not match [...] the server SHOULD send ERR_PASSWDMISMATCH and MAY then close the
    connection with ERROR."""
    client = guarded.connect()
    client.send(f"PASS {given}")
    refusal, goodbye = client.receive_rest()
    assert (refusal.command, refusal.params) == ("464", ("*", "Wrong or missing password"))
    assert goodbye.command == "ERROR"


@pytest.mark.parametrize(
    "line", ["PASS {}", "pass {}", "PASS :{}", "PASS  :{}", "@a=b PASS {}", ":x PASS {}", "@a :x pass {}"]
)
def test_password_of_several_words_needs_no_colon(guarded: Hosted, line: str) -> None:
    """irssi, ii, sic and many bots send the password without the colon that the grammar asks for."""
    client = guarded.connect()
    assert client.command(line.format(PASSWORD)) == []
    assert "001" in commands(client.register("alice"))


@pytest.mark.parametrize("password", ["two  spaces", " in front", "behind ", "a :colon"])
def test_password_without_a_colon_is_the_rest_of_the_line(tmp_path: Path, password: str) -> None:
    with hosted_tracker(tmp_path, password) as hosted:
        assert "001" in commands(hosted.connect().register("alice", password=password))
        assert "001" in commands(hosted.connect().register("bob", password=f":{password}"))


def test_missing_password_is_refused_at_once(guarded: Hosted) -> None:
    client = guarded.connect()
    client.send("NICK alice", "USER alice 0 * :Alice")
    assert commands(client.receive_rest()) == ["464", "ERROR"]


def test_password_after_registration_is_too_late(guarded: Hosted) -> None:
    """> This requires that clients send a PASS command before sending the NICK / USER combination."""
    client = guarded.connect()
    client.send("NICK alice", "USER alice 0 * :Alice", f"PASS :{PASSWORD}")
    assert commands(client.receive_rest()) == ["464", "ERROR"]


def test_ping_works_between_pass_and_nick(guarded: Hosted) -> None:
    client = guarded.connect()
    assert client.command(f"PASS :{PASSWORD}") == []
    assert "001" in commands(client.register("alice"))


def test_last_of_several_passwords_counts(guarded: Hosted) -> None:
    """> It is possible to send multiple PASS commands before registering but only the last one sent is used"""
    client = guarded.connect()
    assert client.command(f"PASS :{PASSWORD}", f"PASS :{PASSWORD}") == []
    client.send("PASS wrong")
    assert commands(client.receive_rest()) == ["464", "ERROR"]


def test_password_is_ignored_where_none_is_set(hosted: Hosted) -> None:
    assert "001" in commands(hosted.connect().register("alice", password="whatever"))


def test_missing_parameter_is_refused(guarded: Hosted) -> None:
    assert commands(guarded.connect().command("PASS")) == ["461"]


def test_password_cannot_be_given_again(guarded: Hosted) -> None:
    """> it may not be changed once the client has been registered"""
    alice = guarded.client("alice", password=f":{PASSWORD}")
    assert commands(alice.command("PASS other")) == ["462"]
    assert alice.command() == [], "the client stays connected"


def test_refusal_is_logged_without_the_password(guarded: Hosted) -> None:
    client = guarded.connect()
    client.send("NICK mallory", "PASS nearly-right")
    client.receive_rest()
    assert f"refused mallory {client.address} :wrong or missing password" in guarded.log_lines()
    assert "nearly" not in guarded.log_text()
