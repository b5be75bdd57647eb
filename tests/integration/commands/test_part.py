"""PART: leaving rooms (https://modern.ircdocs.horse/#part-message)."""

from __future__ import annotations

import pytest

from chatcore.protocol.message import parse
from tests.support.irc import commands, one, only
from tests.support.trackers import Hosted


def test_all_members_see_the_reason(hosted: Hosted) -> None:
    """> On sending a successful PART command, the user will receive a PART message from the server for each channel
    they have been removed from."""
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    for seen in (alice.command("PART #room :tea time"), bob.sync()):
        part = one(seen, "PART")
        assert part.source == "alice!alice@127.0.0.1"
        assert part.params == ("#room", "tea time")


def test_reason_is_optional(hosted: Hosted) -> None:
    assert one(hosted.client("alice", "#room").command("PART #room"), "PART").params == ("#room",)


def test_former_members_receive_nothing_of_the_room(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    alice.command("PART #room")
    bob.command("PRIVMSG #room :still there?", "TOPIC #room :x", "NICK bobby")
    assert alice.sync() == []
    assert commands(alice.command("PRIVMSG #room :let me in")) == ["404"]


def test_several_rooms_are_left_or_refused_one_by_one(hosted: Hosted) -> None:
    """> For each channel in the parameter of this command, if the channel exists and the client is not joined to it,
    they will receive an ERR_NOTONCHANNEL reply and that channel will be ignored. If the channel does not exist, the
    client will receive an ERR_NOSUCHCHANNEL reply and that channel will be ignored."""
    hosted.client("bob", "#his")
    alice = hosted.client("alice", "#a", "#b")
    seen = alice.command("PART #a,#his,#nowhere,#B :bye")
    assert [message.params for message in only(seen, "PART")] == [("#a", "bye"), ("#b", "bye")]
    assert one(seen, "442").params[1] == "#his"
    assert one(seen, "403").params[1] == "#nowhere"


def test_leaving_twice_is_an_error(hosted: Hosted) -> None:
    hosted.client("bob", "#room")
    alice = hosted.client("alice", "#room")
    assert commands(alice.command("PART #room", "PART #room")) == ["PART", "442"]


@pytest.mark.parametrize("line", ["PART", "PART :", "PART ,"])
def test_missing_name_is_refused(hosted: Hosted, line: str) -> None:
    assert commands(hosted.client("alice").command(line)) == ["461"]


@pytest.mark.parametrize("reason", ["x" * 400, "é" * 240, "漢" * 160, "😀" * 118])
def test_long_reason_is_cut_between_characters_and_fits_a_line(hosted: Hosted, reason: str) -> None:
    alice, bob = hosted.client("alice-with-a-rather-long-name", "#room"), hosted.client("bob", "#room")
    bob.sync()
    alice.send(f"PART #room :{reason}")
    alice.sync()
    line = bob.receive_line()
    assert len(line.encode()) <= 510
    told = parse(line).params[1]
    assert told
    assert set(told) == set(reason)


def test_too_many_rooms_are_refused(hosted: Hosted) -> None:
    names = ",".join(f"#r{number}" for number in range(21))
    assert commands(hosted.client("alice").command(f"PART {names}")) == ["407"]
