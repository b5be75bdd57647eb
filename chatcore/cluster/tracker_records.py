"""How all trackers carry out trackers' records: who takes part, what they publish, what falls due.

Delivery's thread.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from chatcore.cluster.client_records import ClientRecords
from chatcore.cluster.common import Common, Home, Place, incarnation_of
from chatcore.cluster.flights import Pending
from chatcore.protocol.goodbye import BACK_SOON
from chatcore.state.dormant import DORMANT_S, DormantRoom
from chatcore.state.erasure import Erasure
from chatcore.state.facts import HistoryErased, RoomForgotten
from chatcore.state.history import line_id
from chatcore.state.records import (
    Asked,
    Beat,
    Published,
    RoomEnded,
    RowsSet,
    TrackerJoined,
    TrackerLeft,
    TrackerMoved,
)
from chatcore.state.stream import Entry

LOST = "Connection closed: lost with the tracker"  # after these, clients come back by themselves
ROOMS_CHECK_S = 600.0
_MAX_ERASURES = 1000


class Erased(NamedTuple):
    """What was erased, up to a line (its id). A tracker that was away must still erase it."""

    erasure: Erasure
    up_to: int


class TrackerRecords:
    """Carries them out. `rooms_checked_at` is when empty rooms were last checked (Unix, s)."""

    def __init__(self, common: Common, home: Home, place: Place, clients: ClientRecords) -> None:
        self.rooms_checked_at = place.time
        self.erasures: deque[Erased] = deque(maxlen=_MAX_ERASURES)
        self.has_erased = False
        """Whether something of what is kept of before the next checkpoint was erased."""
        self._common = common
        self._home = home
        self._place = place
        self._clients = clients

    def publish(self, incarnation: int, record: Published, pending: Pending | None, entries: list[Entry]) -> None:
        """Publish what a tracker has for the log or for everybody."""
        entries.append(Entry(self._place.position, self._place.time, record.events))
        for index, event in enumerate(record.events):
            if isinstance(event, HistoryErased):
                here = line_id(self._place.position, index)
                self.erasures.append(Erased(event.erasure, min(event.up_to or here, here)))
                self.has_erased = True

    def ask(self, incarnation: int, record: Asked, pending: Pending | None, entries: list[Entry]) -> None:
        """Ask a client's tracker something about it."""
        if incarnation_of(record.client) == self._place.incarnation:
            self._home.ask(record.client, record.reason)

    def set_rows(self, incarnation: int, record: RowsSet, pending: Pending | None, entries: list[Entry]) -> None:
        """Change rows if they are as expected."""
        is_set = self._common.shelves.apply(record)
        if pending is not None:
            pending.flight.land(pending, result=is_set)

    def join(self, incarnation: int, record: TrackerJoined, pending: Pending | None, entries: list[Entry]) -> None:
        """Have a tracker take part, replacing its earlier incarnation."""
        for before in self._common.members.replaced_by(incarnation):
            self._remove(before, LOST, entries)
        self._common.members.note_heard(incarnation, self._place.time)
        if incarnation == self._place.incarnation:
            self._home.joined()
        self._tell_of(record, "takes part in the chat now.")
        self._home.regrouped()

    def move(self, incarnation: int, record: TrackerMoved, pending: Pending | None, entries: list[Entry]) -> None:
        """Note that clients now reach a tracker at other addresses."""
        self._common.members.move(incarnation, record.address)
        self._home.regrouped()

    def go(self, incarnation: int, record: TrackerLeft, pending: Pending | None, entries: list[Entry]) -> None:
        """Have a tracker leave the others."""
        self._remove(incarnation, record.reason or BACK_SOON, entries)

    def beat(self, incarnation: int, record: Beat, pending: Pending | None, entries: list[Entry]) -> None:
        """Count a beat, and do what has fallen due."""
        members = self._common.members
        members.note_heard(incarnation, self._place.time)
        if record.digest:
            self._home.compared(incarnation, record.position, record.digest)
        for gone in members.beat(incarnation):
            self._remove(gone, LOST, entries)
        if members.note_idle(incarnation, is_idle=record.is_idle) and not len(self._clients):
            self._home.ended()
        self._end_forgotten(entries)
        self._home.beaten(incarnation)
        self._clients.deliver(entries)

    def forget(self, incarnation: int, record: RoomEnded, pending: Pending | None, entries: list[Entry]) -> None:
        """End a room that nobody has come back to."""
        for room in self._common.registry.dormant_rooms():
            if room.instance == record.instance:
                self._end_room(room, entries)

    def _end_forgotten(self, entries: list[Entry]) -> None:
        """From time to time, end the rooms that nobody has come back to for too long."""
        now = self._place.time
        if now - self.rooms_checked_at < ROOMS_CHECK_S:
            return
        self.rooms_checked_at = now
        for room in sorted(self._common.registry.dormant_rooms(), key=lambda room: room.instance):
            if now - room.since >= DORMANT_S:
                self._end_room(room, entries)

    def _end_room(self, room: DormantRoom, entries: list[Entry]) -> None:
        event = RoomForgotten(room.name, room.instance)
        if self._common.registry.forget_dormant(room, lambda: None):
            self._place.position += 1
            entries.append(Entry(self._place.position, self._place.time, (event,)))

    def _remove(self, incarnation: int, reason: str, entries: list[Entry]) -> None:
        """Note that a tracker is gone: its clients leave and may come back, even to rooms left empty."""
        why = "nothing was heard of it" if reason == LOST else reason
        self._tell_of(self._common.members.all()[incarnation], f"takes part no longer: {why}.")
        self._common.members.remove(incarnation)
        self._clients.lose_all(incarnation, reason, entries)
        self._home.regrouped()
        if incarnation == self._place.incarnation:
            self._home.fenced()

    def _tell_of(self, joined: TrackerJoined, text: str) -> None:
        """Tell this tracker's operator something about another tracker, if this one takes part."""
        own = self._common.members.all().get(self._place.incarnation)
        if own is not None and own.folder != joined.folder:
            self._home.tell(f"{joined.name} {text}")
