"""NOTICE: as PRIVMSG, but never answered (https://modern.ircdocs.horse/#notice-message)."""

from __future__ import annotations

import pytest

from tests.support.irc import commands, one, only
from tests.support.trackers import Hosted


def test_notice_reaches_rooms_and_people(hosted: Hosted) -> None:
    bob, alice = hosted.client("bob", "#room"), hosted.client("alice", "#room")
    alice.command("NOTICE #room :to all", "NOTICE bob :to one", f"NOTICE {bob.address} :by address")
    assert [message.params for message in only(bob.sync(), "NOTICE")] == [
        ("#room", "to all"),
        ("bob", "to one"),
        ("bob", "by address"),
    ]


@pytest.mark.parametrize(
    "words",
    [
        "",
        "bob",
        "bob :",
        "nobody :x",
        "#nowhere :x",
        "#closed :x",
        "nobody,#nowhere :x",
        "127.0.0.1:1 :x",
        "bob :\x01PING " + "x" * 480,
    ],
)
def test_no_error_is_ever_sent(hosted: Hosted, words: str) -> None:
    """> This rule also applies to servers -- they must not send any error back to the client on receipt of a NOTICE
    command."""
    bob = hosted.client("bob", "#closed")
    assert hosted.client("alice").command(f"NOTICE {words}".rstrip()) == []
    assert only(bob.sync(), "NOTICE") == []


def test_notice_is_echoed_with_the_capability(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#room", caps="echo-message")
    assert one(alice.command("NOTICE #room :x"), "NOTICE").params == ("#room", "x")


def test_away_text_is_not_returned(hosted: Hosted) -> None:
    hosted.client("bob").command("AWAY :tea")
    assert commands(hosted.client("alice").command("NOTICE bob :x")) == []
