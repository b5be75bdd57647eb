"""A dormant room wakes as the channel that it was."""

from __future__ import annotations

from chatcore.protocol.modes import ModeChange
from chatcore.state.channel import Listed, Topic
from chatcore.state.dormant import modes_of, waking
from tests.state.people import client
from tests.support.dormant import dormant


def test_a_woken_channel_has_everything_of_the_room() -> None:
    listed = Listed("Bob!*@*", "ann!a@h", 5)
    room = dormant(
        "#Old",
        flags=frozenset("m"),
        values={"l": "9"},
        lists={"b": (listed,)},
        topic=Topic("tea", "ann", 5),
        accounts={"id1": "o"},
    )
    channel = waking(room)
    assert (channel.name, channel.key_name, channel.instance, channel.created_at) == ("#Old", "#old", 9, 1000)
    assert (channel.flags, channel.values, channel.topic) == ({"m"}, {"l": "9"}, Topic("tea", "ann", 5))
    assert channel.lists == {"b": {"bob!*@*": listed}, "e": {}, "I": {}}
    assert (channel.absent, channel.is_asleep, channel.is_dead) == ({"id1": "o"}, True, False)
    assert channel.speech_refusal_locked(client("bob"), "hi") is not None, "the room's modes apply"


def test_changing_the_channel_does_not_change_the_room() -> None:
    room = dormant("#old", accounts={"id1": "o"}, values={"k": "tea"})
    channel = waking(room)
    channel.absent.clear()
    channel.set_value_locked("k", None)
    assert (room.accounts, room.values) == ({"id1": "o"}, {"k": "tea"})


def test_modes_are_listed_as_changes_flags_first() -> None:
    room = dormant("#old", flags=frozenset("ts"), values={"l": "9", "k": "tea"})
    wanted = [ModeChange(True, "s"), ModeChange(True, "t"), ModeChange(True, "k", "tea"), ModeChange(True, "l", "9")]
    assert list(modes_of(waking(room))) == wanted
