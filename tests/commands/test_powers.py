"""Powers over rooms: IRC operators may do what a room's operators may, and the log notes it first."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from chatcore.state.facts import Invited, Kicked, ModesChanged, TopicChanged
from chatcore.state.notes import Noted, NoteKind
from tests.support.stage import Actor, Stage

_OVERRIDE = Noted(NoteKind.OVERRIDE, ("#Room", "boss"))


class _House(NamedTuple):
    stage: Stage
    alice: Actor
    bob: Actor
    boss: Actor


@pytest.fixture
def house() -> _House:
    """Alice is the operator of #Room, in which bob is too; boss is an IRC operator, and elsewhere."""
    stage = Stage()
    boss = stage.actor("boss")
    boss.client.modes |= {"o"}
    return _House(stage, stage.actor("alice", "#Room"), stage.actor("bob", "#room"), boss)


_ACTS = {
    "KICK #room bob :out": Kicked,
    "MODE #room +b eve": ModesChanged,
    "MODE #room +klm key 9": ModesChanged,
    "MODE #room +v-o bob alice": ModesChanged,
    "TOPIC #room :tea": TopicChanged,
    "INVITE zoe #room": Invited,
}


@pytest.mark.parametrize("line", _ACTS)
@pytest.mark.parametrize("modes", ["+nt", "+nts-t", "+i"])
def test_an_irc_operators_act_from_outside_is_noted_first(house: _House, line: str, modes: str) -> None:
    house.stage.actor("zoe")
    house.alice.says(f"MODE #room {modes}")
    outcome = house.boss.says(line)
    note, done = outcome.events
    assert (note, type(done)) == (_OVERRIDE, _ACTS[line])
    assert [code for code in outcome.codes if code != "341"] == []


@pytest.mark.parametrize("line", _ACTS)
def test_a_rooms_own_operator_leaves_no_note(house: _House, line: str) -> None:
    house.stage.actor("zoe")
    house.alice.client.modes |= {"o"}
    assert [type(event) for event in house.alice.says(line).events] == [_ACTS[line]]


@pytest.mark.parametrize("line", ["TOPIC #room :tea", "INVITE zoe #room"])
def test_a_permitted_act_of_a_member_leaves_no_note(house: _House, line: str) -> None:
    house.stage.actor("zoe")
    house.boss.says("JOIN #room")
    assert _OVERRIDE in house.boss.says("TOPIC #room :locked").events
    house.alice.says("MODE #room -t")
    assert _OVERRIDE not in house.boss.says(line).events
    house.alice.says("MODE #room +it")
    assert _OVERRIDE in house.boss.says(line).events


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("KICK #room bob", "442"),
        ("MODE #room +b eve", "482"),
        ("TOPIC #room :tea", "442"),
        ("INVITE zoe #room", "442"),
    ],
)
def test_other_outsiders_are_refused(house: _House, line: str, code: str) -> None:
    outcome = house.stage.actor("zoe").says(line)
    assert (outcome.codes, outcome.events) == ([code], ())


def test_a_command_without_effect_leaves_no_note(house: _House) -> None:
    house.stage.actor("zoe")
    for line in ("MODE #room +nt", "MODE #room", "MODE #room b", "MODE #room +e", "TOPIC #room", "KICK #room zoe"):
        assert house.boss.says(line).events == ()
    assert house.boss.says("INVITE bob #room").codes == ["443"]


def test_a_command_leaves_one_note_per_room(house: _House) -> None:
    house.stage.actor("carol", "#other", "#room")
    kicked = house.boss.says("KICK #room,#other,#room bob,carol,carol").events
    other = Noted(NoteKind.OVERRIDE, ("#other", "boss"))
    assert [event if isinstance(event, Noted) else type(event) for event in kicked] == [
        *(_OVERRIDE, Kicked),
        *(other, Kicked),
        Kicked,
    ]


def test_an_operator_who_steps_down_midway_continues_with_a_note(house: _House) -> None:
    house.alice.client.modes |= {"o"}
    note, done = house.alice.says("MODE #room -o+b alice eve").events
    assert note == Noted(NoteKind.OVERRIDE, ("#Room", "alice"))
    assert isinstance(done, ModesChanged)
    assert len(done.changes) == 2


@pytest.mark.parametrize(
    ("modes", "line", "code"),
    [("+i", "JOIN #room", "473"), ("+b boss", "JOIN #room", "474"), ("+n", "PRIVMSG #room :x", "404")],
)
def test_irc_operators_may_not_enter_or_speak_at_will(house: _House, modes: str, line: str, code: str) -> None:
    house.alice.says(f"MODE #room {modes}")
    assert house.boss.says(line).codes == [code]


def test_a_nonexistent_room_cannot_be_changed(house: _House) -> None:
    assert house.boss.says("MODE #nowhere +b eve").codes == ["403"]
