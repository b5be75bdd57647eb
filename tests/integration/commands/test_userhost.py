"""USERHOST and ISON: short questions (https://modern.ircdocs.horse/#userhost-message, RFC 2812 §4.9)."""

from __future__ import annotations

import pytest

from tests.support.irc import commands, one
from tests.support.trackers import Hosted


def test_userhost_answers_for_up_to_five_nicks(hosted: Hosted) -> None:
    """> The USERHOST command takes up to five nicknames, each a separate parameters."""
    alice = hosted.client("alice")
    hosted.client("bob").command("AWAY :tea")
    answer = one(alice.command("USERHOST ALICE nobody bob"), "302").params[-1]
    assert answer.split() == ["alice=+alice@127.0.0.1", "bob=-bob@127.0.0.1"]
    for number in range(6):
        hosted.client(f"n{number}")
    assert len(one(alice.command("USERHOST n0 n1 n2 n3 n4 n5"), "302").params[-1].split()) == 5


@pytest.mark.parametrize("words", ["BOB nobody alice", ":BOB nobody alice"])
def test_ison_names_the_people_online(hosted: Hosted, words: str) -> None:
    hosted.client("bob")
    assert one(hosted.client("alice").command(f"ISON {words}"), "303").params[-1].split() == ["bob", "alice"]


def test_unknown_nicks_get_empty_answers(hosted: Hosted) -> None:
    seen = hosted.client("alice").command("USERHOST nobody", "ISON nobody")
    assert [(message.command, message.params[-1]) for message in seen] == [("302", ""), ("303", "")]


def test_missing_nick_is_refused(hosted: Hosted) -> None:
    assert commands(hosted.client("alice").command("USERHOST", "ISON")) == ["461", "461"]
