"""The part of another tracker's snapshot to keep on this tracker's disk: rooms, and what belongs to people. Pure.

Read markers are not part of it: `Markers` writes them by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from chatcore.protocol.capabilities import RESUME
from chatcore.protocol.modes import ModeChange
from chatcore.server.archive.journal import room_facts
from chatcore.server.archive.journal.anew_facts import anew
from chatcore.server.archive.journal.metadata_facts import said_by
from chatcore.server.archive.journal.room_facts import Change
from chatcore.server.archive.journal.waiting_facts import waits
from chatcore.server.outgoing.waiting import WaitingState
from chatcore.state.history_identity import visit_identity
from chatcore.state.registry_state import ChannelState, ClientState, RegistryState, RoomState


def remembered(registry: RegistryState, waiting: WaitingState) -> dict[str, Any]:
    """Return one fact with everything remembered about rooms and people, which replaces all facts before it."""
    clients = {client.id: client for client in registry.clients}
    changes: list[Change] = []
    for channel in registry.channels:
        changes += _of_room(channel.room, _letters(channel, clients))
    for dormant in registry.dormant:
        changes += _of_room(dormant.room, dict(dormant.room.absent))
        changes.append([room_facts.SLEPT, dormant.room.instance, dormant.since])
    facts = [(message.id, waits(account_id, message)) for account_id, messages in waiting for message in messages]
    facts += [(0, said_by(account_id, *said)) for account_id, values in registry.profiles for said in values]
    return anew(changes, facts)


def _of_room(room: RoomState, letters: Mapping[str, str]) -> Iterator[Change]:
    instance = room.instance
    yield room_facts.began(instance, room.name, room.created_at, room.flags)
    for former in room.former_names:
        yield [room_facts.FORMER, instance, former.room, former.up_to]
    if room.values:
        yield room_facts.modes_changed(instance, (ModeChange(True, *value) for value in room.values), "", 0)
    for letter, entries in room.lists:
        for mask, setter, set_at in entries:
            yield room_facts.modes_changed(instance, [ModeChange(True, letter, mask)], setter, set_at)
    if room.topic is not None:
        yield room_facts.topic_changed(instance, room.topic)
    for key, value in room.metadata:
        yield [room_facts.METADATA, instance, key, value]
    for identity, held in letters.items():
        yield room_facts.account_changed(instance, identity, held)


def _letters(channel: ChannelState, clients: Mapping[int, ClientState]) -> dict[str, str]:
    """Return the mode letters with which each account and each resumable visit returns (see View)."""
    found: dict[str, set[str]] = {}
    for client_id, letters in zip(channel.members, channel.letters, strict=True):
        client = clients[client_id]
        if client.login is not None and client.login.account_id:
            found.setdefault(client.login.account_id, set()).update(letters)
        if client.capabilities & RESUME:
            found.setdefault(visit_identity(client.visit), set()).update(letters)
    return {identity: "".join(sorted(letters)) for identity, letters in found.items()} | dict(channel.room.absent)
