"""MODE +W: how often people may speak."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from chatcore.state.facts import ModesChanged, Said
from tests.support.dormant import dormant
from tests.support.stage import Actor, Stage, reply


class _House(NamedTuple):
    stage: Stage
    alice: Actor
    bob: Actor


@pytest.fixture
def house() -> _House:
    """Alice is the operator of #room, which is slow, and bob is in it."""
    stage = Stage()
    house = _House(stage, stage.actor("alice", "#room"), stage.actor("bob", "#room", caps="message-tags"))
    house.alice.says("MODE #room +W 10")
    return house


def _refusal(seconds: int) -> list[tuple[str, ...]]:
    return [reply(f"404 #room :This room is slow: you can speak again in {seconds} s (+W)")]


def test_a_member_speaks_once_per_interval(house: _House) -> None:
    assert house.bob.says("PRIVMSG #room :x").replies == []
    house.stage.services.time += 2.5
    assert house.bob.says("PRIVMSG #room :x").replies == _refusal(8)
    assert house.bob.says("NOTICE #room :x").events == ()
    house.stage.services.time += 7.5
    assert isinstance(house.bob.says("NOTICE #room :x").events[0], Said), "refused messages do not count"
    assert house.bob.says("PRIVMSG #room,alice :x").replies == _refusal(10)


def test_operators_voices_and_irc_operators_need_not_wait(house: _House) -> None:
    for _ in range(2):
        assert house.alice.says("PRIVMSG #room :x").replies == []
    house.alice.says("MODE #room +v bob")
    for _ in range(2):
        assert house.bob.says("PRIVMSG #room :x").replies == []
    house.alice.says("MODE #room -v bob")
    assert house.bob.says("PRIVMSG #room :x").replies == _refusal(10)
    house.bob.client.modes |= {"o"}
    assert house.bob.says("PRIVMSG #room :x").replies == []


def test_a_split_message_counts_once(house: _House) -> None:
    assert len(house.bob.says(f"PRIVMSG #room :{'word ' * 96}").events) == 2
    assert house.bob.says("PRIVMSG #room :x").replies == _refusal(10)


def test_a_refused_message_does_not_count(house: _House) -> None:
    assert house.bob.says(f"PRIVMSG #room :\x01PING {'x' * 480}\x01").codes == ["417"]
    assert house.bob.says("PRIVMSG #room :x").replies == []


def test_tagmsg_is_not_limited(house: _House) -> None:
    for tags in ("+typing=active", "+draft/react=x;+draft/reply=y"):
        house.bob.says("PRIVMSG #room :x")
        assert len(house.bob.says(f"@{tags} TAGMSG #room").events) == 1
    house.stage.services.time += 10
    house.bob.says("@+typing=active TAGMSG #room")
    assert house.bob.says("PRIVMSG #room :x").replies == []


def test_a_mute_is_reported_before_the_interval(house: _House) -> None:
    house.bob.says("PRIVMSG #room :x")
    house.alice.says("MODE #room +b m:bob")
    assert house.bob.says("PRIVMSG #room :x").replies == [reply("404 #room :You are muted in this room (+b)")]


def test_a_new_nick_or_a_rejoin_does_not_reset_the_interval(house: _House) -> None:
    house.bob.says("PRIVMSG #room :x")
    for line in ("NICK rob", "PART #room", "JOIN #room"):
        assert house.bob.says(line).codes == []
    assert house.bob.says("PRIVMSG #room :x").replies == _refusal(10)
    house.stage.leave(house.bob.client)
    assert house.stage.actor("bobby", "#room").says("PRIVMSG #room :x").replies == _refusal(10)


def test_unsetting_the_mode_lifts_the_interval(house: _House) -> None:
    house.bob.says("PRIVMSG #room :x")
    (changed,) = house.alice.says("MODE #room -W").events
    assert isinstance(changed, ModesChanged)
    assert house.bob.says("PRIVMSG #room :x").replies == []
    house.alice.says("MODE #room +W 10")
    assert house.bob.says("PRIVMSG #room :x").replies == [], "messages sent without the mode do not count"


@pytest.mark.parametrize("seconds", ["0", "3601", "-1", "1.5", "10s", "many", ""])
def test_the_interval_is_limited(house: _House, seconds: str) -> None:
    (refusal,) = house.alice.says(f"MODE #room +W :{seconds}").replies
    assert refusal == ("696", "#room", "W", seconds or "*", "The time is from 1 to 3600 seconds")
    for allowed in ("1", "3600", "007"):
        assert house.alice.says(f"MODE #room +W {allowed}").replies == []
    assert reply("324 #room +ntW 7") in house.alice.says("MODE #room").replies


def test_a_restored_room_is_still_slow() -> None:
    stage = Stage()
    stage.registry.lay_down([dormant("#old", values={"W": "10"}, accounts={"id-of-zoe": "o"})])
    bob = stage.actor("bob", "#old")
    assert bob.says("PRIVMSG #old :x").replies == []
    assert bob.says("PRIVMSG #old :x").codes == ["404"]
