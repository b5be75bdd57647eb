"""Dormant rooms: rooms from before a restart to which nobody has returned yet.

A dormant room has no members and is shown to nobody. The first client to enter wakes it, as the same instance.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from chatcore.protocol.modes import CHANNEL_MODES, ModeChange
from chatcore.protocol.names import casefold
from chatcore.state.channel import Channel, Listed, Topic
from chatcore.state.history import FormerName
from chatcore.state.metadata import NONE, Metadata

DORMANT_S = 30 * 86_400.0
"""How long a room waits for its members."""


class DormantRoom(NamedTuple):
    """A room as it was when the tracker stopped. `values` are parameters of modes and `lists` its masks, by letter.

    `accounts` has the ids of the accounts that were in it and the identities of visits that may be resumed, with their
    mode letters: like `Channel.absent`, and changed under the lock of a channel of that name. `since` is when it became
    dormant (Unix time, s).
    """

    name: str
    instance: int
    created_at: int
    flags: frozenset[str]
    values: Mapping[str, str]
    lists: Mapping[str, tuple[Listed, ...]]
    topic: Topic | None
    accounts: dict[str, str]
    since: float
    former_names: tuple[FormerName, ...] = ()
    metadata: Metadata = NONE


def waking(room: DormantRoom) -> Channel:
    """Return the room as a channel that is asleep until a client enters it."""
    channel = Channel(room.name, room.created_at, room.instance)
    channel.is_asleep = True
    channel.absent = dict(room.accounts)
    channel.topic = room.topic
    channel.former_names = room.former_names
    channel.metadata = room.metadata
    channel.set_all_locked(
        flags={letter for letter in room.flags if letter in CHANNEL_MODES},
        values={letter: value for letter, value in room.values.items() if letter in CHANNEL_MODES},
        lists={
            letter: {casefold(entry.mask): entry for entry in room.lists.get(letter, ())} for letter in channel.lists
        },
    )
    return channel


def dormant_of(channel: Channel, since: float) -> DormantRoom:
    """Return a channel that its last member is leaving as dormant since this Unix time (s). Under its lock."""
    return DormantRoom(
        channel.name,
        channel.instance,
        channel.created_at,
        frozenset(channel.flags),
        dict(channel.values),
        {letter: tuple(entries.values()) for letter, entries in channel.lists.items()},
        channel.topic,
        dict(channel.absent),
        since,
        channel.former_names,
        channel.metadata,
    )


def modes_of(channel: Channel) -> tuple[ModeChange, ...]:
    """Return the changes that set all modes of this channel, except its lists. Under its lock."""
    valued = [ModeChange(True, letter, channel.values[letter]) for letter in sorted(channel.values)]
    return (*(ModeChange(True, letter) for letter in sorted(channel.flags)), *valued)
