"""OPER, KILL and WALLOPS (https://modern.ircdocs.horse/#operator-messages)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.irc import IrcClient, commands, one, only
from tests.support.operators import hashed
from tests.support.trackers import Hosted, hosted_tracker


@pytest.fixture
def operated(tmp_path: Path) -> Iterator[Hosted]:
    """A tracker with a configured operator."""
    with hosted_tracker(tmp_path, operators={"root": hashed("s3cret")}) as hosted:
        yield hosted


@pytest.fixture
def oper(operated: Hosted) -> IrcClient:
    """A client that is an operator."""
    client = operated.client("oscar", "#room")
    client.command("OPER root s3cret")
    return client


def test_right_credentials_make_an_operator(operated: Hosted) -> None:
    """> the RPL_YOUREOPER message is sent to the user. The user will also receive a MODE command"""
    alice, bob = operated.client("alice", "#room"), operated.client("bob", "#room")
    seen = alice.command("OPER root s3cret")
    assert commands(seen)[-2:] == ["381", "MODE"]
    assert seen[-1].params == ("alice", "+o")
    assert "313" in commands(bob.command("WHOIS alice"))
    assert one(bob.command("WHO alice"), "352").params[6] == "H*"
    assert f"oper alice {alice.address} :root" in operated.log_lines()
    assert one(alice.command("MODE alice -o"), "MODE").params == ("alice", "-o")
    assert commands(alice.command("KILL bob :x")) == ["481"]


@pytest.mark.parametrize("words", ["root wrong", "ROOT s3cret", "nobody s3cret", "root :"])
def test_wrong_credentials_are_refused_and_logged_without_the_password(operated: Hosted, words: str) -> None:
    """> If the client does not send the correct password for the given name, the server replies with an
    ERR_PASSWDMISMATCH message and the request is not successful."""
    alice = operated.client("alice")
    assert commands(alice.command(f"OPER {words}")) == ["464"]
    assert commands(alice.command("WALLOPS :x")) == ["481"]
    assert any(line.startswith("refused alice ") for line in operated.log_lines())
    text = operated.log_text()
    assert "s3cret" not in text
    assert "wrong" not in text


@pytest.mark.parametrize("line", ["OPER root open sesame", "OPER root :open sesame", ":x oper  root open sesame"])
def test_a_password_of_several_words_needs_no_colon(tmp_path: Path, line: str) -> None:
    with hosted_tracker(tmp_path, operators={"root": hashed("open sesame")}) as hosted:
        assert "381" in commands(hosted.client("alice").command(line))


@pytest.mark.thorough
def test_guessing_ends_the_connection(operated: Hosted) -> None:
    alice = operated.client("alice")
    alice.send(*["OPER root guess"] * 6)
    rest = alice.receive_rest()
    assert len(only(rest, "464")) == 5
    assert rest[-1].command == "ERROR"


def test_kill_disconnects_and_says_who_and_why(operated: Hosted, oper: IrcClient) -> None:
    bob, carol = operated.client("bob", "#room"), operated.client("carol", "#room")
    carol.sync()
    oper.command("KILL BOB :spam: lots")
    goodbye = one(bob.receive_rest(), "ERROR").params[-1]
    assert "oscar" in goodbye
    assert "spam: lots" in goodbye
    assert "spam: lots" in carol.receive_until("QUIT").params[-1]
    assert "kill oscar bob :spam: lots" in operated.log_lines()
    assert commands(oper.command("KILL bob :again"))[-1] == "401"


def test_kill_and_wallops_are_for_operators(operated: Hosted) -> None:
    """> ERR_NOPRIVILEGES"""
    alice, bob = operated.client("alice"), operated.client("bob")
    assert commands(alice.command("KILL bob :x", "WALLOPS :x")) == ["481", "481"]
    assert bob.sync() == []


def test_wallops_reaches_people_with_the_w_mode(operated: Hosted, oper: IrcClient) -> None:
    """> The WALLOPS command is used to send a message to all currently connected users who have set the 'w' user mode
    for themselves."""
    alice, bob = operated.client("alice"), operated.client("bob")
    alice.command("MODE alice +w")
    oper.command("WALLOPS :tea time")
    message = one(alice.sync(), "WALLOPS")
    assert message.source == "oscar!oscar@127.0.0.1"
    assert message.params == ("tea time",)
    assert bob.sync() == []
    assert "wallops oscar :tea time" in operated.log_lines()


@pytest.mark.thorough
def test_a_long_wallops_comes_in_pieces(operated: Hosted, oper: IrcClient) -> None:
    oper.command("MODE oscar +w")
    text = " ".join(["tea"] * 125)
    pieces = [message.params[-1] for message in only(oper.command(f"WALLOPS :{text}"), "WALLOPS")]
    assert len(pieces) == 2
    assert " ".join(pieces) == text


@pytest.mark.thorough
def test_an_operator_moderates_a_room_from_outside_visibly(operated: Hosted, oper: IrcClient) -> None:
    alice, bob = operated.client("alice", "#tea"), operated.client("bob", "#tea")
    alice.command("MODE #tea +s")
    for client in (oper, alice, bob):
        client.sync()
    lines = ("MODE #tea +bm eve", "TOPIC #tea :quiet please", "KICK #tea bob :enough")
    wanted = [
        ("MODE", ("#tea", "+bm", "eve!*@*")),
        ("TOPIC", ("#tea", "quiet please")),
        ("KICK", ("#tea", "bob", "enough")),
    ]
    for seen in (oper.command(*lines), alice.sync(), bob.sync()):
        assert [(message.command, message.params) for message in seen] == wanted
        assert {message.source for message in seen} == {"oscar!oscar@127.0.0.1"}
    assert "404" in commands(oper.command("PRIVMSG #tea :x")), "moderating does not include speaking"
    assert operated.log_lines()[-6:] == [
        *("override #tea oscar", "mode #tea oscar +bm eve!*@*"),
        *("override #tea oscar", "topic #tea oscar :quiet please"),
        *("override #tea oscar", "kick #tea oscar bob :enough"),
    ]


@pytest.mark.thorough
def test_moderation_from_outside_answers_its_label(operated: Hosted) -> None:
    operated.client("alice", "#tea")
    oscar = operated.client("oscar", caps="labeled-response batch message-tags")
    oscar.command("OPER root s3cret")
    (changed,) = oscar.command("@label=x MODE #tea +m")
    assert (changed.command, changed.tags["label"]) == ("MODE", "x")


@pytest.mark.thorough
def test_an_operator_in_the_room_sees_each_change_once(operated: Hosted, oper: IrcClient) -> None:
    operated.client("alice", "#tea")
    oper.command("JOIN #tea")
    assert commands(oper.command("MODE #tea +m", "TOPIC #tea :x", "KICK #tea alice")) == ["MODE", "TOPIC", "KICK"]
    assert commands(oper.command("KICK #tea oscar")) == ["KICK"]


@pytest.mark.thorough
def test_an_operator_invites_from_outside(operated: Hosted, oper: IrcClient) -> None:
    alice, bob = operated.client("alice", "#tea", caps="invite-notify"), operated.client("bob")
    alice.command("MODE #tea +i")
    assert "341" in commands(oper.command("INVITE bob #tea"))
    assert one(bob.sync(), "INVITE").params == ("bob", "#tea")
    assert one(alice.sync(), "INVITE").params == ("bob", "#tea")
    assert "JOIN" in commands(bob.command("JOIN #tea"))
    assert operated.log_lines()[-3:-1] == ["override #tea oscar", "invite #tea oscar bob"]
