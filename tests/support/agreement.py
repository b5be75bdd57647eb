"""Registry and view compared at rest, fact by fact, as the table in ARCHITECTURE.md has them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from chatcore.protocol.capabilities import ECHO_MESSAGE, TAG_MASK
from chatcore.protocol.modes import BOT
from chatcore.protocol.names import casefold
from chatcore.server.archive.journal.records import LOCKS
from chatcore.server.audit.grammar import AuditFormat
from chatcore.server.outgoing.membership import Reader, Room
from chatcore.server.outgoing.view import View
from chatcore.server.tracker import Tracker
from chatcore.state.channel import Channel
from chatcore.state.client import Client
from tests.support.contradictions import contradictions
from tests.support.document import Document


def _letters(members: Mapping[Any, str]) -> dict[int, set[str]]:
    return {member.id: set(letters) for member, letters in members.items()}


OF_CLIENTS: dict[str, tuple[Callable[[Client], Any], Callable[[Reader, AuditFormat], Any]]] = {
    "id": (lambda c: c.id, lambda r, a: r.id),
    "visit": (lambda c: c.visit, lambda r, a: r.visit),
    "nick": (lambda c: (c.nick, c.nick), lambda r, a: (r.nick, a.nicks.get(r.id))),
    "user and host": (lambda c: (c.user, c.shown_host), lambda r, a: (r.user, r.host)),
    "source": (lambda c: c.source, lambda r, a: r.source),
    "address": (lambda c: c.address, lambda r, a: a.addresses.get(r.id)),
    "real name": (lambda c: c.realname, lambda r, a: r.realname),
    "account": (
        lambda c: (c.account, c.login.account_id if c.login else ""),
        lambda r, a: (r.account, r.account_id),
    ),
    "metadata of a user": (
        lambda c: {**c.metadata.values} if c.metadata is not None else {},
        lambda r, a: {**r.metadata},
    ),
    "subscriptions to metadata": (lambda c: c.subscriptions, lambda r, a: r.subscriptions),
    "away": (lambda c: c.away, lambda r, a: r.away),
    "capabilities": (
        lambda c: (c.capabilities, c.capabilities & TAG_MASK, bool(c.capabilities & ECHO_MESSAGE)),
        lambda r, a: (r.capabilities, r.tag_bits & TAG_MASK, r.has_echo),
    ),
    "user modes": (lambda c: (c.modes, BOT.letter in c.modes), lambda r, a: (r.modes, bool(r.tags))),
    "monitored nicks": (lambda c: c.monitored, lambda r, a: r.watched),
    "membership": (lambda c: c.channels, lambda r, a: {casefold(room.name) for room in r.rooms}),
}
OF_ROOMS: dict[str, tuple[Callable[[Channel], Any], Callable[[Room], Any]]] = {
    "name of a room": (lambda c: (c.name, c.key_name), lambda r: (r.name, casefold(r.name))),
    "instance of a room": (lambda c: c.instance, lambda r: r.instance),
    "membership": (
        lambda c: (_letters(c.members), sum(len(member.channels) > 1 for member in c.members)),
        lambda r: (_letters(r.members), r.shared),
    ),
    "who may come back": (lambda c: set(c.absent), lambda r: r.absent),
    "topic": (lambda c: c.topic, lambda r: r.topic),
    "metadata of a room": (lambda c: {**c.metadata}, lambda r: {**r.metadata}),
    "closing modes": (
        lambda c: {letter for letter in LOCKS if letter in c.flags or letter in c.values},
        lambda r: r.locks,
    ),
}


def view_of(tracker: Tracker) -> View:
    """Return delivery's view. The tracker must be idle."""
    return tracker.delivery._view


def audit_format_of(tracker: Tracker) -> AuditFormat:
    """Return what the log knows. The tracker must be idle."""
    return tracker.delivery._holdback._format


def disagreements(tracker: Tracker) -> list[str]:
    """List each fact that registry and view do not agree on, and where the view contradicts itself."""
    view, audit = view_of(tracker), audit_format_of(tracker)
    clients = {client.id: client for client in tracker.registry.clients()}
    readers = {reader.id: reader for reader in view.readers.values() if not reader.is_closing}
    channels = {channel.name: channel for channel in tracker.registry.channels()}
    found = _unpaired("id", clients, readers) + _unpaired("name of a room", channels, view.rooms)
    for number in clients.keys() & readers.keys():
        client, reader = clients[number], readers[number]
        found += [
            f"{fact} of {client.nick}: {ours(client)!r} is {theirs(reader, audit)!r} in the view"
            for fact, (ours, theirs) in OF_CLIENTS.items()
            if ours(client) != theirs(reader, audit)
        ]
    for name in channels.keys() & view.rooms.keys():
        channel, room = channels[name], view.rooms[name]
        found += [
            f"{fact} of {name}: {of_channel(channel)!r} is {of_room(room)!r} in the view"
            for fact, (of_channel, of_room) in OF_ROOMS.items()
            if of_channel(channel) != of_room(room)
        ]
    return found + contradictions(view)


def _unpaired(fact: str, ours: Mapping[Any, object], theirs: Mapping[Any, object]) -> list[str]:
    return [f"{fact} of {key}: only in one of registry and view" for key in ours.keys() ^ theirs.keys()]


class FactsTable:
    """The table of facts in ARCHITECTURE.md, or in another text."""

    def __init__(self, text: str | None = None) -> None:
        self.rows = {row[0]: row for row in Document("ARCHITECTURE.md", text).table("Fact")}

    def fields(self, columns: Iterable[int] = (1, 2), rows: Iterable[str] | None = None) -> set[tuple[str, str]]:
        """Return the class and name of each field in the columns of registry and view."""
        cells = [self.rows[row][column] for row in rows or self.rows for column in columns]
        return {(found[0], found[1]) for cell in cells for found in re.findall(r"`(\w+)\.(\w+)`", cell)}

    def kept_twice(self) -> set[str]:
        """Return the facts that both registry and view have."""
        return {name for name in self.rows if self.fields([1], [name]) and self.fields([2], [name])}
