"""JOIN of a room from before a restart: which members restore it, and that nobody else learns of it."""

from __future__ import annotations

from typing import Any

import pytest

from chatcore.protocol.modes import ModeChange
from chatcore.state.channel import Listed, Topic
from chatcore.state.client_id import TRACKER
from chatcore.state.credentials import Credentials
from chatcore.state.facts import Joined, ModesChanged, Parted, RoomRestored
from tests.support.dormant import dormant
from tests.support.stage import Actor, Stage, reply
from tests.support.stage_admission import STARTED_AT

_OPERATOR, _MEMBER = "id of ann", "id of bob"


class _House:
    """#Old is dormant; eve is a stranger, ann was its operator, bob a member with a voice."""

    def __init__(self, **changed: Any) -> None:
        self.stage = Stage()
        self.room = dormant("#Old", **{"accounts": {_OPERATOR: "o", _MEMBER: "v"}} | changed)
        self.registry = self.stage.registry
        self.registry.lay_down([self.room])
        self.ann, self.bob, self.eve = (self.actor(nick) for nick in ("ann", "bob", "eve"))

    def actor(self, nick: str) -> Actor:
        """Return a client logged in to the account of this nick."""
        actor = self.stage.stranger()
        actor.client.login = Credentials(nick, b"", b"", b"", 4096, f"id of {nick}")
        for line in (f"NICK {nick}", f"USER {nick} 0 * :{nick.title()}"):
            actor.says(line)
        return actor

    def members(self) -> dict[str, str]:
        channel = self.registry.channel("#old")
        return {client.nick: letters for client, letters in channel.members.items()} if channel else {}


def _lists(**masks: str) -> dict[str, tuple[Listed, ...]]:
    return {letter: (Listed(mask, "ann!ann@192.0.2.9", 77),) for letter, mask in masks.items()}


def test_the_first_to_join_finds_the_room_as_it_was() -> None:
    house = _House(
        flags=frozenset("mns"), values={"l": "9", "k": "tea"}, lists=_lists(b="x!*@*"), topic=Topic("hi", "ann!a@h", 5)
    )
    outcome = house.bob.says("JOIN #OLD tea")
    modes = tuple(ModeChange(True, letter) for letter in "mns")
    valued = (ModeChange(True, "k", "tea"), ModeChange(True, "l", "9"))
    assert outcome.events == (
        RoomRestored("#Old", 9, (*modes, *valued), Topic("hi", "ann!a@h", 5), (_OPERATOR, _MEMBER)),
        Joined(house.bob.client.id, "#Old", "v", 9, 1000),
    )
    assert reply("324 #Old +mnskl tea 9") in house.bob.says("MODE #old").replies
    assert reply("329 #Old 1000") in house.bob.says("MODE #old").replies
    assert reply("367 #Old x!*@* ann!ann@192.0.2.9 77") in house.bob.says("MODE #old b").replies
    assert reply("332 #Old hi") in house.bob.says("TOPIC #old").replies
    assert house.registry.dormant_rooms() == []


def test_the_second_to_join_is_an_ordinary_newcomer() -> None:
    house = _House()
    house.bob.says("JOIN #old")
    assert [type(event) for event in house.eve.says("JOIN #old").events] == [Joined]
    assert house.members() == {"bob": "v", "eve": ""}


@pytest.mark.parametrize(
    ("changed", "numeric"),
    [
        ({"flags": frozenset("i")}, "473"),
        ({"values": {"k": "tea"}}, "475"),
        ({"lists": _lists(b="eve!*@*")}, "474"),
        ({"flags": frozenset("i"), "lists": _lists(I="e*!*@*", b="eve!*@*")}, "474"),
    ],
)
def test_a_refused_stranger_leaves_the_room_dormant(changed: Any, numeric: str) -> None:
    house = _House(**changed)
    for _ in range(2):
        outcome = house.eve.says("JOIN #old wrong")
        assert (outcome.codes, outcome.events) == ([numeric], ())
    assert house.registry.dormant_rooms() == [house.room]
    assert house.registry.channels() == []
    assert house.eve.client.channels == frozenset()
    assert isinstance(house.ann.says("JOIN #old").events[0], RoomRestored)


def test_a_stranger_does_not_become_operator_of_an_owned_room() -> None:
    house = _House()
    house.eve.says("JOIN #old")
    assert house.members() == {"eve": ""}
    assert house.ann.says("JOIN #old").events == (
        Joined(house.ann.client.id, "#Old", "", 9, 1000),
        ModesChanged(TRACKER, "#Old", (ModeChange(True, "o", "ann"),), (house.ann.client.id,), int(STARTED_AT)),
    ), "the members see ann become operator"
    assert house.members() == {"eve": "", "ann": "o"}


@pytest.mark.parametrize(("nick", "letters"), [("eve", "o"), ("bob", "vo")])
def test_the_first_to_join_operates_a_room_without_an_operator(nick: str, letters: str) -> None:
    house = _House(accounts={_MEMBER: "v"})
    getattr(house, nick).says("JOIN #old")
    assert house.members() == {nick: letters}


def test_the_first_operator_to_return_bypasses_the_modes() -> None:
    house = _House(flags=frozenset("i"), values={"k": "tea", "l": "1"}, lists=_lists(b="*!*@*"))
    house.ann.says("JOIN #old")
    assert house.members() == {"ann": "o"}


def test_a_later_operator_is_subject_to_the_key_and_bans() -> None:
    house = _House(values={"k": "tea"}, accounts={_OPERATOR: "o", "id of eve": "o"})
    house.eve.says("JOIN #old")
    assert house.ann.says("JOIN #old").codes == ["475"]
    house.eve.says("MODE #old -k+b x ann!*@*")
    assert house.ann.says("JOIN #old").codes == ["474"]


def test_a_former_member_counts_as_invited_once() -> None:
    house = _House(flags=frozenset("i"), values={"l": "1"})
    house.ann.says("JOIN #old")
    house.bob.says("JOIN #old")
    assert house.members() == {"ann": "o", "bob": "v"}
    house.bob.says("PART #old")
    assert house.bob.says("JOIN #old").codes == ["473"]


def test_a_former_member_is_subject_to_the_key_and_bans() -> None:
    house = _House(values={"k": "tea"}, lists=_lists(b="bob!*@*"))
    assert house.bob.says("JOIN #old").codes == ["475"]
    assert house.bob.says("JOIN #old tea").codes == ["474"]


def test_a_member_gets_the_letters_only_when_logged_in() -> None:
    house = _House()
    login, house.ann.client.login = house.ann.client.login, None
    house.ann.says("JOIN #old")
    assert house.members() == {"ann": ""}
    house.ann.client.login = login
    house.ann.says("PART #old")
    house.ann.says("JOIN #old")
    assert house.members() == {"ann": "o"}, "the letters wait until the account itself joins"


def test_a_restored_room_ends_with_its_last_member() -> None:
    house = _House(flags=frozenset("i"))
    house.ann.says("JOIN #old")
    assert isinstance(house.ann.says("PART #old").events[0], Parted)
    (joined,) = house.eve.says("JOIN #old").events
    assert isinstance(joined, Joined)
    assert joined.instance != house.room.instance
    assert house.members() == {"eve": "o"}


@pytest.mark.parametrize(
    "line",
    [
        "LIST",
        "LIST #old",
        "NAMES #old",
        "WHO #old",
        "MODE #old",
        "MODE #old b",
        "TOPIC #old",
        "TOPIC #old :mine",
        "PRIVMSG #old :hi",
        "PRIVMSG #old,#other :hi",
        "INVITE bob #old",
        "KICK #old bob",
        "PART #old",
        "INVITE",
        "CHATHISTORY LATEST #old * 5",
    ],
)
def test_a_dormant_room_is_not_revealed(line: str) -> None:
    """Every answer is the same as if the room did not exist."""
    house, empty = _House(topic=Topic("hi", "ann", 5), flags=frozenset()), _House()
    assert empty.registry.forget_dormant(empty.room, lambda: None)
    assert house.ann.says(line).replies == empty.ann.says(line).replies
    assert house.registry.dormant_rooms() == [house.room]


def test_a_dormant_room_is_not_counted() -> None:
    house = _House(lists=_lists(b="x!*@*"))
    assert (house.registry.channel_count(), house.registry.public_channel_count()) == (0, 0)
    assert house.registry.channel("#old") is None
    assert not house.registry.is_hidden("#old", house.eve.client)


def test_its_lists_count_only_while_it_is_awake() -> None:
    house = _House(lists=_lists(b="eve!*@*", e="x!*@*"))
    house.eve.says("JOIN #old")
    assert house.registry.listed_count == 0
    house.ann.says("JOIN #old")
    assert house.registry.listed_count == 2
    house.ann.says("MODE #old -b eve!*@*")
    house.ann.says("PART #old")
    assert house.registry.listed_count == 0


def test_modes_that_no_longer_exist_are_dropped() -> None:
    house = _House(flags=frozenset("nZ"), values={"Y": "x"}, lists={"X": (Listed("a!*@*", "ann", 5),)})
    house.ann.says("JOIN #old")
    assert reply("324 #Old +n") in house.ann.says("MODE #old").replies


def test_a_forgotten_room_does_not_come_back() -> None:
    house = _House(flags=frozenset("i"))
    published: list[str] = []
    assert house.registry.forget_dormant(house.room, lambda: published.append("ended"))
    assert published
    (joined,) = house.eve.says("JOIN #old").events
    assert isinstance(joined, Joined)
    assert joined.instance != house.room.instance


def test_an_awake_room_is_not_forgotten() -> None:
    house = _House()
    house.ann.says("JOIN #old")
    assert not house.registry.forget_dormant(house.room, lambda: pytest.fail("published"))
    assert house.members() == {"ann": "o"}


def test_a_room_is_not_forgotten_if_that_cannot_be_published() -> None:
    house = _House()

    def fail() -> None:
        raise ValueError("planted")

    with pytest.raises(ValueError, match="planted"):
        house.registry.forget_dormant(house.room, fail)
    assert house.registry.dormant_rooms() == [house.room]
