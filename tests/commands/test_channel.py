"""JOIN, PART, KICK, TOPIC, INVITE: what is published, and what is refused without a change."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from chatcore.config import Limits
from chatcore.protocol.modes import ModeChange
from chatcore.state.channel import Topic
from chatcore.state.facts import Invited, Joined, Kicked, ModesChanged, Parted, TopicChanged
from tests.support.stage import Actor, Outcome, Stage
from tests.support.stage_admission import STARTED_AT


class _House:
    """alice is the operator of #room, in which bob is too; carol is elsewhere."""

    def __init__(self) -> None:
        self.stage = Stage(limits=Limits(max_targets=3, max_channels_per_client=3))
        self.alice = self.stage.actor("alice", "#room")
        self.bob = self.stage.actor("bob", "#room")
        self.carol = self.stage.actor("carol", "#elsewhere")

    def actor(self, nick: str) -> Actor:
        found: Actor = getattr(self, nick)
        return found

    def members(self, name: str) -> dict[str, str]:
        channel = self.stage.registry.channel(name)
        return {client.nick: letters for client, letters in channel.members.items()} if channel else {}


@pytest.fixture
def house() -> _House:
    return _House()


def _joins(outcome: Outcome) -> list[tuple[int, str, str]]:
    """Return the id, room and letters of each join."""
    return [event[:3] for event in outcome.events if isinstance(event, Joined)]


def _instances(outcome: Outcome) -> list[int]:
    return [event.instance for event in outcome.events if isinstance(event, Joined)]


def test_a_recreated_room_gets_a_new_instance(house: _House) -> None:
    (first,) = _instances(house.carol.says("JOIN #tea"))
    assert _instances(house.bob.says("JOIN #tea,#x")) == [first, first + 1]
    for actor in (house.carol, house.bob):
        actor.says("PART #tea")
    assert _instances(house.bob.says("JOIN #tea")) == [first + 2]


def test_the_first_to_join_becomes_operator_and_sets_the_spelling(house: _House) -> None:
    ids = house.carol.client.id, house.bob.client.id
    assert _joins(house.carol.says("JOIN #Tea")) == [(ids[0], "#Tea", "o")]
    assert _joins(house.bob.says("JOIN #TEA,#tea,#x")) == [(ids[1], "#Tea", ""), (ids[1], "#x", "o")]
    assert house.members("#tea") == {"carol": "o", "bob": ""}
    assert house.bob.says("JOIN #tea")[:2] == ([], ()), "a client that is already in gets no reply"


@pytest.mark.parametrize(
    ("modes", "line", "code"),
    [
        ("+k key", "JOIN #room", "475"),
        ("+k key", "JOIN #room wrong", "475"),
        ("+l 2", "JOIN #room", "471"),
        ("+i", "JOIN #room", "473"),
        ("+b carol!*@*", "JOIN #room", "474"),
        ("", "JOIN room", "403"),
        ("", "JOIN #a,#b,#c,#d", "407"),
        ("", "JOIN ,", "461"),
    ],
)
def test_a_refused_join_gives_the_reason(house: _House, modes: str, line: str, code: str) -> None:
    if modes:
        house.alice.says(f"MODE #room {modes}")
    outcome = house.carol.says(line)
    assert (outcome.codes, outcome.events) == ([code], ())
    assert "carol" not in house.members("#room")


@pytest.mark.parametrize(
    ("modes", "line"),
    [
        ("+k key", "JOIN #room key"),
        ("+k key", "JOIN #other,#room x,key"),
        ("+i", "JOIN #room"),
        ("+il 2", "JOIN #room"),
        ("+b carol!*@*", "JOIN #room"),
        ("+bI carol!*@* c*!*@*", "JOIN #room"),
    ],
)
def test_a_key_or_an_invitation_lets_a_client_in(house: _House, modes: str, line: str) -> None:
    house.alice.says(f"MODE #room {modes}")
    house.alice.says("INVITE carol #room")
    assert (house.carol.client.id, "#room", "") in _joins(house.carol.says(line))


def test_the_number_of_rooms_per_client_is_limited(house: _House) -> None:
    outcome = house.carol.says("JOIN #a,#b,#c")
    assert outcome.codes == ["405"]
    assert [event.channel for event in outcome.events if isinstance(event, Joined)] == ["#a", "#b"]


def test_a_client_leaves_one_several_or_all_rooms(house: _House) -> None:
    alice = house.alice.client.id
    house.alice.says("JOIN #a,#b")
    outcome = house.alice.says("PART #A,#elsewhere,#nope :bye")
    assert outcome.events == (Parted(alice, "#a", "bye"),)
    assert outcome.codes == ["442", "403"]
    assert house.alice.says("JOIN 0").events == (Parted(alice, "#b", ""), Parted(alice, "#room", ""))
    assert house.alice.says("JOIN 0").events == ()
    assert house.stage.registry.channel("#a") is None, "an empty room is removed"


@pytest.mark.parametrize(
    ("who", "line", "codes"),
    [
        ("bob", "KICK #room alice", ["482"]),
        ("carol", "KICK #room alice", ["442"]),
        ("alice", "KICK #room carol", ["441"]),
        ("alice", "KICK #room nobody", ["401"]),
        ("alice", "KICK #nope bob", ["403"]),
        ("alice", "KICK #room,#x,#y bob", ["461"]),
        ("bob", "KICK #room alice,carol", ["482"]),
        ("bob", "TOPIC #room :mine", ["482"]),
        ("carol", "TOPIC #room :mine", ["442"]),
        ("alice", "TOPIC #nope", ["403"]),
        ("alice", "INVITE nobody #room", ["401"]),
        ("alice", "INVITE bob #room", ["443"]),
        ("alice", "INVITE carol #nope", ["403"]),
        ("carol", "INVITE bob #room", ["442"]),
        ("carol", "INVITE bob", ["461"]),
    ],
)
def test_a_refused_command_changes_nothing(house: _House, who: str, line: str, codes: Sequence[str]) -> None:
    outcome = house.actor(who).says(line)
    assert (outcome.codes, outcome.events) == (codes, ())
    assert house.members("#room") == {"alice": "o", "bob": ""}


def test_kick_pairs_rooms_with_members(house: _House) -> None:
    alice, bob = house.alice.client.id, house.bob.client.id
    house.alice.says("JOIN #tea")
    house.bob.says("JOIN #tea")
    outcome = house.alice.says("KICK #room,#tea bob,bob :out")
    assert outcome.events == (Kicked(alice, "#room", bob, "out"), Kicked(alice, "#tea", bob, "out"))
    house.bob.says("JOIN #room")
    assert house.alice.says("KICK #room bob").events == (Kicked(alice, "#room", bob, "alice"),), (
        "the default reason is the operator's nick"
    )


def test_a_topic_is_set_read_and_cleared(house: _House) -> None:
    house.stage.services.time += 60
    source, at = house.alice.client.source, int(STARTED_AT) + 60
    assert house.alice.says("TOPIC #ROOM :tea").events == (
        TopicChanged(house.alice.client.id, "#room", "tea", source, at),
    )
    channel = house.stage.registry.channel("#room")
    assert channel is not None
    assert channel.topic == Topic("tea", source, at)
    assert house.bob.says("TOPIC #room").replies == [("332", "#room", "tea"), ("333", "#room", source, str(at))]
    house.alice.says("TOPIC #room :")
    assert house.bob.says("TOPIC #room").codes == ["331"]


def test_any_member_sets_an_unlocked_topic(house: _House) -> None:
    assert house.alice.says("MODE #room -t").events == (
        ModesChanged(house.alice.client.id, "#room", (ModeChange(False, "t"),), set_at=int(STARTED_AT)),
    )
    assert len(house.bob.says("TOPIC #room :ours").events) == 1


def test_an_invitation_is_announced_and_listed_until_used(house: _House) -> None:
    outcome = house.alice.says("INVITE carol #ROOM")
    assert outcome.events == (Invited(house.alice.client.id, house.carol.client.id, "#room"),)
    assert outcome.replies == [("341", "carol", "#room")]
    assert house.carol.says("INVITE").replies[0] == ("336", "#room")
    house.carol.says("JOIN #room")
    assert house.carol.says("INVITE").codes == ["337"]


def test_only_operators_invite_to_an_invite_only_room(house: _House) -> None:
    house.alice.says("MODE #room +i")
    assert house.bob.says("INVITE carol #room").codes == ["482"]


@pytest.mark.parametrize("line", ["TOPIC #room", "KICK #room bob", "PART #room", "INVITE carol #room"])
def test_a_secret_room_does_not_exist_for_outsiders(house: _House, line: str) -> None:
    house.alice.says("MODE #room +s")
    assert house.carol.says(line).codes == ["403"]
