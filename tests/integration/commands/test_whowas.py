"""WHOWAS: former holders of a nick (https://modern.ircdocs.horse/#whowas-message)."""

from __future__ import annotations

import pytest

from tests.support.irc import commands, one, only
from tests.support.trackers import Hosted


def _leave(hosted: Hosted, nick: str, realname: str) -> None:
    client = hosted.connect()
    client.command(f"NICK {nick}", f"USER {nick} 0 * :{realname}")
    client.send("QUIT")
    client.receive_rest()


def test_former_nicks_are_found_after_quit_and_nick_change(hosted: Hosted) -> None:
    """> This may either be due to a nickname change or the user leaving IRC."""
    alice = hosted.client("alice")
    _leave(hosted, "bob", "Bob")
    hosted.client("carol").command("NICK caroline")
    seen = alice.command("WHOWAS BOB")
    assert one(seen, "314").params[1:] == ("bob", "bob", "127.0.0.1", "*", "Bob")
    assert commands(seen)[-1] == "369"
    assert one(alice.command("WHOWAS carol"), "314").params[1] == "carol"


@pytest.mark.parametrize(("count", "found"), [("", 3), (" 2", 2), (" 0", 3), (" -1", 3), (" x", 3)])
def test_most_recent_come_first_up_to_the_count(hosted: Hosted, count: str, found: int) -> None:
    """> If there are multiple entries, up to <count> replies will be returned (or all of them if no <count> parameter
    is given). If given, <count> SHOULD be a positive number. Otherwise, a full search is done."""
    alice = hosted.client("alice")
    for number in range(3):
        _leave(hosted, "bob", f"Bob {number}")
    names = [message.params[-1] for message in only(alice.command(f"WHOWAS bob{count}"), "314")]
    assert names == ["Bob 2", "Bob 1", "Bob 0"][:found]


def test_unknown_nick_is_not_found(hosted: Hosted) -> None:
    """> Servers MUST reply with either ERR_WASNOSUCHNICK or a non-empty list of WHOWAS entries, both followed with
    RPL_ENDOFWHOWAS"""
    alice = hosted.client("alice")
    assert commands(alice.command("WHOWAS nobody")) == ["406", "369"]
    assert commands(alice.command("WHOWAS")) in (["461"], ["431"])
