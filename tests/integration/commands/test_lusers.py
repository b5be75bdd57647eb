"""LUSERS: how many are here (https://modern.ircdocs.horse/#lusers-message)."""

from __future__ import annotations

from tests.support.irc import commands, one
from tests.support.trackers import Hosted


def test_people_and_rooms_are_counted(hosted: Hosted) -> None:
    """> Servers MUST reply with RPL_LUSERCLIENT and RPL_LUSERME"""
    hosted.client("bob", "#a", "#b")
    alice = hosted.client("alice", "#a")
    hosted.connect().command("NICK half")
    seen = alice.command("LUSERS")
    assert {"251", "255"} <= set(commands(seen))
    assert "2 users" in one(seen, "251").params[-1]
    assert one(seen, "254").params[1] == "2"
    assert one(seen, "265").params[1] == "2"


def test_departed_people_are_not_counted(hosted: Hosted) -> None:
    bob, alice = hosted.client("bob", "#a"), hosted.client("alice", "#b")
    bob.send("QUIT")
    bob.receive_rest()
    seen = alice.command("LUSERS")
    assert one(seen, "265").params[1] == "1"
    assert one(seen, "254").params[1] == "1"
