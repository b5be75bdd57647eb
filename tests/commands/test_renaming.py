"""RENAME: the effect on a room, and what is refused without a change."""

from __future__ import annotations

import pytest

from chatcore.commands import renaming
from chatcore.state.channel import Channel
from chatcore.state.facts import Joined, RoomRenamed
from chatcore.state.notes import Noted, NoteKind
from tests.support.dormant import dormant
from tests.support.stage import Actor, Stage, reply


class _House:
    """alice is the operator of #room, in which bob is too; carol is the operator of #elsewhere."""

    def __init__(self) -> None:
        self.stage = Stage()
        self.stage.services.keys.operators["boss"] = "secret"
        self.registry = self.stage.registry
        self.alice = self.stage.actor("alice", "#room")
        self.bob = self.stage.actor("bob", "#room")
        self.carol = self.stage.actor("carol", "#elsewhere")

    def actor(self, nick: str) -> Actor:
        found: Actor = getattr(self, nick)
        return found

    def room(self, name: str) -> Channel:
        found = self.registry.channel(name)
        assert found is not None
        return found

    def names(self) -> set[str]:
        return {channel.name for channel in self.registry.channels()}


@pytest.fixture
def house() -> _House:
    return _House()


def test_a_rename_keeps_everything_but_the_name(house: _House) -> None:
    for line in (
        "MODE #room +ikl-n key 9",
        "MODE #room +beI x!*@* y!*@* z!*@*",
        "MODE #room +vW bob 30",
        "TOPIC #room :tea",
        "INVITE carol #room",
    ):
        house.alice.says(line)
    house.room("#room").absent["id of dave"] = "o"
    before = vars(house.room("#room")).copy()
    outcome = house.alice.says("RENAME #room #Tea :for a change")
    assert outcome.events == (RoomRenamed(house.alice.client.id, "#room", "#Tea", "for a change"),)
    after = vars(house.room("#tea"))
    changed = {name for name in before if before[name] != after[name] or type(before[name]) is not type(after[name])}
    assert changed == {"name", "key_name", "lock", "renamed_at", "former_names"}
    assert (after["name"], after["key_name"]) == ("#Tea", "#tea")
    assert house.names() == {"#Tea", "#elsewhere"}
    assert house.alice.client.channels == house.bob.client.channels == {"#tea"}


def test_an_invitation_is_valid_under_the_new_name(house: _House) -> None:
    for line in ("MODE #room +i", "INVITE carol #room", "RENAME #room #tea"):
        house.alice.says(line)
    (joined,) = house.carol.says("JOIN #tea").events
    assert isinstance(joined, Joined)
    assert "carol" in [client.nick for client in house.room("#tea").members]


def test_the_old_name_is_free_for_another_room_at_once(house: _House) -> None:
    instance = house.room("#room").instance
    house.alice.says("RENAME #room #tea")
    (joined,) = house.bob.says("JOIN #room").events
    assert isinstance(joined, Joined)
    assert (joined.channel, joined.letters) == ("#room", "o")
    assert joined.instance not in (instance, 0)
    assert house.room("#tea").instance == instance


def test_the_old_room_is_dead(house: _House) -> None:
    old = house.room("#room")
    house.alice.says("RENAME #room #tea")
    assert old.is_dead
    assert old.members == {}
    assert not house.room("#tea").is_dead
    assert house.bob.says("PRIVMSG #room :hi").replies == [reply("403 #room :There is no such room")]


@pytest.mark.parametrize("new", ["#ROOM", "#Room"])
def test_only_the_case_may_change(house: _House, new: str) -> None:
    """> Implementations MUST allow channels to be renamed while only changing the casing of a channel name."""
    channel = house.room("#room")
    outcome = house.alice.says(f"RENAME #room {new}")
    assert outcome.events == (RoomRenamed(house.alice.client.id, "#room", new, ""),)
    assert house.room("#room") is channel
    assert channel.name == new
    assert house.alice.client.channels == {"#room"}


@pytest.mark.parametrize(
    ("who", "line", "answer"),
    [
        ("alice", "RENAME #room", "461 RENAME :Not enough parameters: RENAME <channel> <new name> [reason]"),
        ("alice", "RENAME #nowhere #tea", "403 #nowhere :There is no such room"),
        ("alice", "RENAME bob #tea", "403 bob :There is no such room"),
        ("alice", "RENAME #room tea", "403 tea :Room names begin with # and have at least one more character"),
        ("alice", "RENAME #room #a,b", "403 #a,b :Room names have no spaces, commas, colons or control characters"),
        ("bob", "RENAME #room #tea", "482 #room :Only the room's operators (@) may do that"),
        ("carol", "RENAME #room #tea", "442 #room :You are not in that room"),
        ("bob", "RENAME #room #elsewhere", "482 #room :Only the room's operators (@) may do that"),
        (
            "alice",
            "RENAME #ROOM #Elsewhere",
            "FAIL RENAME CHANNEL_NAME_IN_USE #room #Elsewhere :There is already a room of that name",
        ),
        ("alice", "RENAME #room #room", "FAIL RENAME CANNOT_RENAME #room #room :The room already has that name"),
    ],
)
def test_a_refused_rename_changes_nothing(house: _House, who: str, line: str, answer: str) -> None:
    outcome = house.actor(who).says(line)
    assert outcome.replies == [reply(answer)]
    assert outcome.events == ()
    assert house.names() == {"#room", "#elsewhere"}
    assert house.bob.client.channels == {"#room"}


def test_no_room_is_renamed_while_the_log_cannot_be_written(house: _House) -> None:
    house.stage.services.is_log_writable = False
    assert house.alice.says("RENAME #room #tea").replies[0][0] == "400"
    assert house.names() == {"#room", "#elsewhere"}


def test_a_room_is_renamed_at_most_once_a_minute(house: _House) -> None:
    house.alice.says("RENAME #room #tea")
    house.stage.services.time += 59
    told = house.alice.says("RENAME #tea #TEA").replies
    assert told == [reply("FAIL RENAME CANNOT_RENAME #tea #TEA :That room was renamed less than 60 seconds ago")]
    house.stage.services.time += 1
    assert house.alice.says("RENAME #tea #TEA").events != ()
    house.stage.services.time += 60
    assert house.alice.says("RENAME #tea #room").events != ()


def test_a_room_with_too_many_names_to_send_is_not_renamed(house: _House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renaming, "MAX_NAMES_TOLD", 5)
    house.stage.actor("dave", "#room", caps="draft/channel-rename")
    (refusal,) = house.alice.says("RENAME #room #tea").replies
    assert refusal == reply(
        "FAIL RENAME CANNOT_RENAME #room #tea :There are too many people in that room to tell them all"
    )
    assert house.alice.says("RENAME #room #ROOM").events != (), "a change of case sends no names"
    house.stage.services.time += 60
    house.bob.says("CAP REQ draft/channel-rename")
    assert house.alice.says("RENAME #room #tea").events != ()


def test_a_secret_room_does_not_exist_for_strangers(house: _House) -> None:
    house.alice.says("MODE #room +s")
    assert house.carol.says("RENAME #room #tea").replies == [reply("403 #room :There is no such room")]
    assert house.carol.says("RENAME #room #tea").tokens == house.carol.says("RENAME #nowhere #tea").tokens


def test_a_dormant_room_reserves_its_name_and_is_not_renamed(house: _House) -> None:
    """A JOIN would reveal the same."""
    house.registry.lay_down([dormant("#old")])
    in_use = "FAIL RENAME CHANNEL_NAME_IN_USE #room #old :There is already a room of that name"
    assert house.alice.says("RENAME #room #old").replies == [reply(in_use)]
    assert house.alice.says("RENAME #old #tea").replies == [reply("403 #old :There is no such room")]
    assert house.registry.dormant_count() == 1


@pytest.mark.parametrize("is_dormant", [True, False])
def test_a_room_that_ends_during_its_rename_does_not_exist(
    house: _House, monkeypatch: pytest.MonkeyPatch, is_dormant: bool
) -> None:
    """The room is found, but is gone when its lock is free."""
    if is_dormant:
        house.registry.lay_down([dormant("#old")])
    found = house.room("#room")
    monkeypatch.setattr(house.registry, "channel", lambda name: found)
    outcome = house.alice.says("RENAME #old #tea")
    assert (outcome.replies, outcome.events) == ([reply("403 #old :There is no such room")], ())
    monkeypatch.undo()
    assert house.names() == {"#room", "#elsewhere"}
    assert house.registry.dormant_count() == is_dormant


def test_an_irc_operator_renames_any_room_with_a_note(house: _House) -> None:
    house.carol.says("OPER boss secret")
    outcome = house.carol.says("RENAME #room #tea")
    assert outcome.events == (
        Noted(NoteKind.OVERRIDE, ("#room", "carol")),
        RoomRenamed(house.carol.client.id, "#room", "#tea", ""),
    )
    assert house.carol.client.channels == {"#elsewhere"}


def test_list_entries_are_counted_once(house: _House) -> None:
    house.alice.says("MODE #room +bb x!*@* y!*@*")
    house.alice.says("RENAME #room #tea")
    assert house.registry.listed_count == 2
    house.alice.says("PART #tea")
    house.bob.says("PART #tea")
    assert house.registry.listed_count == 0


def test_the_cost_of_a_rename_grows_with_the_members(house: _House) -> None:
    for number in range(398):
        house.stage.actor(f"n{number}", "#room")
    assert house.alice.says("RENAME #room #tea").tokens == 1
