"""MODE: changes that take effect, those that do not, and lists. Every kind has a setter: test_mode_rows."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from chatcore.commands.bounds import MAX_CHANGES, MAX_LIST_ENTRIES
from chatcore.config import Limits
from chatcore.protocol.modes import ModeChange
from chatcore.state.facts import ModesChanged
from chatcore.state.requests import UserModesChanged
from tests.support.stage import Actor, Outcome, Stage
from tests.support.stage_admission import STARTED_AT


class _House(NamedTuple):
    stage: Stage
    alice: Actor
    bob: Actor


@pytest.fixture
def house() -> _House:
    """Alice is the operator of #room, in which bob is too."""
    stage = Stage(limits=Limits(max_list_entries=MAX_LIST_ENTRIES * 3 // 2))
    return _House(stage, stage.actor("alice", "#room"), stage.actor("bob", "#room"))


def _shown(outcome: Outcome) -> list[str]:
    """Return the changes of a room as `+letter param`."""
    changes = [change for event in outcome.events if isinstance(event, ModesChanged) for change in event.changes]
    return [f"{'+' if change.adding else '-'}{change.letter} {change.param or ''}".strip() for change in changes]


@pytest.mark.parametrize(
    ("modes", "shown"),
    [
        ("+m-t", ["+m", "-t"]),
        ("+nt", []),
        ("+mm-m", ["+m", "-m"]),
        ("+kl key 5", ["+k key", "+l 5"]),
        ("+l 007", ["+l 7"]),
        ("-k", []),
        ("+ov bob BOB", ["+o bob", "+v bob"]),
        ("-v bob", []),
        ("+b bob", ["+b bob!*@*"]),
        ("+be M:bob m:BOB!*@*", ["+b m:bob!*@*", "+e m:BOB!*@*"]),
        ("+b-b m:bob m:BOB", ["+b m:bob!*@*", "-b m:bob!*@*"]),
        ("+b-b m:bob bob", ["+b m:bob!*@*"]),
        ("+bb bob BOB!*@*", ["+b bob!*@*"]),
        ("+b-b x y", ["+b x!*@*"]),
        ("m", ["+m"]),
    ],
)
def test_changes_are_published_as_they_took_effect(house: _House, modes: str, shown: list[str]) -> None:
    outcome = house.alice.says(f"MODE #ROOM {modes}")
    assert (_shown(outcome), outcome.replies) == (shown, [])


@pytest.mark.parametrize(
    ("modes", "code"),
    [
        ("+z", "472"),
        ("+o nobody", "401"),
        ("+o zoe", "441"),
        ("+k a,b", "696"),
        ("+l many", "696"),
        ("+l 0", "696"),
        (f"+b {'x' * 101}", "696"),
        (f"+b m:{'x' * 99}", "696"),
        ("+b m:", "696"),
        ("+I m:bob", "696"),
    ],
)
def test_an_invalid_change_does_not_stop_the_rest(house: _House, modes: str, code: str) -> None:
    house.stage.actor("zoe")
    assert (outcome := house.alice.says(f"MODE #room {modes}")).codes == [code]
    assert outcome.events == ()
    letters, _, param = modes.partition(" ")
    assert _shown(house.alice.says(f"MODE #room {letters}+m {param}")) == ["+m"]


@pytest.mark.parametrize("modes", ["+m", "-n", "+o bob", "+mk key", "+b x"])
def test_only_operators_change_a_room_and_are_refused_once(house: _House, modes: str) -> None:
    outcome = house.bob.says(f"MODE #room {modes}")
    assert (outcome.codes, outcome.events) == (["482"], ())


def test_a_new_operator_is_published_by_id(house: _House) -> None:
    alice, bob = house.alice.client.id, house.bob.client.id
    changes = (ModeChange(True, "o", "bob"),)
    changed = ModesChanged(alice, "#room", changes, (bob,), int(STARTED_AT))
    assert house.alice.says("MODE #room +o bob").events == (changed,)
    assert _shown(house.bob.says("MODE #room -o alice")) == ["-o alice"]


def test_modes_are_shown_but_the_key_only_to_members(house: _House) -> None:
    house.alice.says("MODE #room +kl key 5")
    created = ("329", "#room", str(int(STARTED_AT)))
    assert house.bob.says("MODE #room").replies == [("324", "#room", "+ntkl", "key", "5"), created]
    assert house.stage.actor("zoe").says("MODE #room").replies == [("324", "#room", "+ntkl", "*", "5"), created]
    assert house.bob.says("MODE #nope").codes == ["403"]


def test_bans_are_shown_to_members_and_other_lists_to_operators(house: _House) -> None:
    house.alice.says("MODE #room +beI a b c")
    entry = ("367", "#room", "a!*@*", house.alice.client.source, str(int(STARTED_AT)))
    assert house.bob.says("MODE #room b").replies[0] == entry
    assert house.alice.says("MODE #room b+eI").codes == ["367", "368", "348", "349", "346", "347"]
    assert house.bob.says("MODE #room eI").codes == ["482"]


@pytest.mark.parametrize(("letter", "room"), [("b", MAX_LIST_ENTRIES), ("e", MAX_LIST_ENTRIES // 2)])
def test_lists_are_limited_each_and_together(house: _House, letter: str, room: int) -> None:
    if letter == "e":
        for number in range(MAX_LIST_ENTRIES):
            house.alice.says(f"MODE #room +b x{number}")
    codes = [house.alice.says(f"MODE #room +{letter} m{number}").codes for number in range(room + 1)]
    assert codes == [*[[]] * room, ["478"]]


def test_the_number_of_changes_per_command_is_limited(house: _House) -> None:
    masks = [str(number) for number in range(MAX_CHANGES + 5)]
    outcome = house.alice.says(f"MODE #room +{'b' * len(masks)} {' '.join(masks)}")
    assert len(_shown(outcome)) == MAX_CHANGES


@pytest.mark.parametrize(
    ("modes", "changes"),
    [("+i", [(True, "i")]), ("+ii-i", [(True, "i"), (False, "i")]), ("+o", []), ("-o", []), ("w", [(True, "w")])],
)
def test_a_client_changes_its_own_modes(house: _House, modes: str, changes: list[tuple[bool, str]]) -> None:
    outcome = house.bob.says(f"MODE BOB {modes}")
    made = tuple(ModeChange(*change) for change in changes)
    assert outcome.events == ((UserModesChanged(house.bob.client.id, made),) if made else ())


def test_a_client_sees_only_its_own_modes(house: _House) -> None:
    house.bob.says("MODE bob +wi")
    assert house.bob.says("MODE bob").replies == [("221", "+iw")]
    assert house.bob.says("MODE alice").codes == house.bob.says("MODE alice +i").codes == ["502"]
    assert house.bob.says("MODE nobody").codes == ["401"]
    assert house.bob.says("MODE bob +xyz").codes == ["501"]
