"""Carries out the records of all trackers, in the order of their stream, as each of them does: to the same effect.

What a record comes to follows from it, from its time, and from what all trackers know. Only this tracker's own clients
are answered; what that needs beyond the record is in their flights.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import monotonic
from time import time as unix_time
from typing import Any, NamedTuple, Protocol

from chatcore.cluster.codec import CodecError, unpack
from chatcore.cluster.collector import Collector
from chatcore.cluster.engine import FIRST, Batch
from chatcore.cluster.flights import Flights, Pending
from chatcore.cluster.members import Members
from chatcore.cluster.shelves import Shelves
from chatcore.commands.admitting import newcomer
from chatcore.commands.context import Context
from chatcore.commands.departure import leave
from chatcore.commands.dispatch import rerun, retake
from chatcore.commands.response import Response
from chatcore.commands.services import Services
from chatcore.commands.steps import take
from chatcore.config import Config
from chatcore.protocol.goodbye import BACK_SOON
from chatcore.protocol.message import Message
from chatcore.state.client import Client
from chatcore.state.credit import Credit
from chatcore.state.dormant import DORMANT_S, DormantRoom
from chatcore.state.events import Event
from chatcore.state.facts import RoomForgotten
from chatcore.state.records import (
    Asked,
    Beat,
    Commanded,
    Left,
    Published,
    Record,
    RoomEnded,
    RowsSet,
    Stepped,
    TrackerJoined,
    TrackerLeft,
    TrackerMoved,
)
from chatcore.state.registry import Registry
from chatcore.state.requests import Replied
from chatcore.state.steps import Admitted
from chatcore.state.stream import Entry

INCARNATION_BITS = 32
LOST = "Lost with the tracker that it was connected to"
CHECKPOINT_RECORDS, CHECKPOINT_S, FEW, RARELY_S = 100_000, 60.0, 2000, 3600.0
"""A snapshot is made after so many records; or so many seconds, if at least a few have come; or some time, if any."""

ROOMS_CHECK_S = 600.0
_NO_LIMIT = 1 << 30
_logger = logging.getLogger(__name__)


class Home(Protocol):
    """What a record means for this tracker alone. Delivery's thread."""

    def client(self, client: int) -> Client | None:
        """Return one of this tracker's clients, which may not be in yet; None if it has gone."""

    def ask(self, client: int, reason: str) -> None:
        """End one of this tracker's visits or, if there is no reason, find out whether it is still there."""

    def joined(self) -> None:
        """All know that this tracker takes part."""

    def fenced(self) -> None:
        """All take this tracker for gone."""

    def regrouped(self) -> None:
        """Who takes part, or how clients reach them, has changed."""

    def beaten(self, incarnation: int) -> None:
        """A tracker has beaten: what goes by time may be due."""

    def tell(self, text: str) -> None:
        """The operator should know something."""

    def compared(self, incarnation: int, position: int, digest: bytes) -> None:
        """A tracker had this digest of all state at a position."""

    def ended(self) -> None:
        """The chat is over."""


class Common(NamedTuple):
    """What all trackers know, and handlers are given."""

    registry: Registry
    config: Config
    services: Services
    members: Members
    shelves: Shelves


class StreamState(NamedTuple):
    """Where in the stream a snapshot is: the last position, its time (Unix, s), when rooms were last looked at."""

    position: int
    time: float
    rooms_checked_at: float = 0.0


class Replica:
    """Delivery's thread, but for `position`, `time` and `now`, which any thread may read."""

    def __init__(
        self, common: Common, flights: Flights, home: Home, sequence: str, position: int, time: float = 0.0
    ) -> None:
        """Go on after this position, whose time was that (Unix, s); 0 before the first."""
        self.position = position
        self.time = time
        self.batch = FIRST
        """The id of the last batch that was carried out."""
        self._rooms_checked_at = time
        self._checkpoint = position, time  # the last
        self._changes = 0  # records since, but for beats
        self.incarnation = 0  # this tracker's own
        self._read_at = monotonic()
        self._common = common
        self._flights = flights
        self._home = home
        self._collector = Collector(sequence, self)
        self._contexts: dict[int, Context] = {}
        self._nobody = Credit(_NO_LIMIT)

    def begin_time(self, time: float) -> None:
        """Have the chat begin at this Unix time (s): what comes is not earlier."""
        self.time = self._rooms_checked_at = time
        self._checkpoint = self.position, time

    def state(self) -> StreamState:
        """Return what a snapshot has to keep."""
        return StreamState(self.position, self.time, self._rooms_checked_at)

    def restore(self, state: StreamState, batch: str) -> None:
        """Go on after a snapshot, which was made after the batch of this id."""
        self.position, self.time, self._rooms_checked_at = state
        self.batch, self._read_at = batch, monotonic()
        self._checkpoint = self.position, self.time

    @property
    def is_due(self) -> bool:
        """Return whether a snapshot is to be made here: that follows from the records alone."""
        position, time = self._checkpoint
        if self.position - position >= CHECKPOINT_RECORDS:
            return True
        elapsed_s = self.time - time
        return (elapsed_s >= CHECKPOINT_S and self._changes >= FEW) or (elapsed_s >= RARELY_S and self._changes > 0)

    def note_checkpoint(self) -> None:
        """Note that a snapshot is made."""
        self._checkpoint, self._changes = (self.position, self.time), 0

    def now(self) -> float:
        """Return the Unix time (s) by the clock that all trackers share: no later than that of what comes next."""
        return self.time + monotonic() - self._read_at if self.time else unix_time()

    def adopt(self, client: Client) -> None:
        """Take up a client of another tracker from a snapshot."""
        self._contexts[client.id] = self._context(client)

    def run(self, batch: Batch) -> list[Entry]:
        """Carry out all records of a batch, and return what delivery gets of them."""
        entries: list[Entry] = []
        self._read_at, self.time, self.batch = monotonic(), max(self.time, batch.time), batch.id
        try:
            incarnation, sequence, records = unpack(batch.data)
        except CodecError as error:  # no tracker of this chat has written it, and to none it means anything
            self._home.tell(f"Something else has written into the stream of this chat ({error}): it is passed over.")
            return entries
        if records and self._counts(incarnation, sequence, records):
            for record in records:
                self._carry_out(incarnation, record, entries)
        return entries

    def _counts(self, incarnation: int, sequence: int, records: list[Record]) -> bool:
        members = self._common.members
        first = records[0]
        if isinstance(first, TrackerJoined):
            return members.join(incarnation, sequence, first)
        return members.take(incarnation, sequence)

    def _carry_out(self, incarnation: int, record: Record, entries: list[Entry]) -> None:
        if incarnation not in self._common.members:
            return  # it was fenced by an earlier record of the same batch
        self.position += 1
        self._changes += not isinstance(record, Beat)
        pending = self._pending(incarnation, record)
        try:
            _RECORDS[type(record)](self, incarnation, record, pending, entries)
        except Exception:  # a fault of the program, and so the same on all trackers
            _logger.exception("%s could not be carried out", type(record).__name__)
            self._collector.collected()
            if pending is not None:
                self._land(pending, Response(), entries)

    # What clients do

    def _command(self, incarnation: int, record: Commanded, pending: Pending | None, entries: list[Entry]) -> None:
        ctx = self._contexts.get(record.client)
        if ctx is None:
            self._land(pending, _response(pending), entries)
            return
        response = _response(pending)
        message = Message(record.command, record.params, None, dict(record.tags))
        rerun(ctx, message, response)
        self._finish(ctx, pending, response, entries)

    def _step(self, incarnation: int, record: Stepped, pending: Pending | None, entries: list[Entry]) -> None:
        is_arrival = isinstance(record.step, Admitted)
        ctx = self._arriving(record) if is_arrival else self._contexts.get(record.client)
        response = _response(pending)
        if ctx is None:
            self._land(pending, response, entries)
            return
        done = retake(ctx, record.step, pending.local if pending is not None else None, response)
        if done and is_arrival:
            self._contexts[record.client] = ctx
            self._common.members.note_arrival()
        self._finish(ctx, pending, response, entries, result=done, has_replies=record.has_replies)

    def _arriving(self, record: Stepped) -> Context:
        """Return the context of somebody who is about to come in."""
        is_mine = record.client >> INCARNATION_BITS == self.incarnation
        client = self._home.client(record.client) if is_mine else None
        assert isinstance(record.step, Admitted)
        return self._context(client or newcomer(record.client, record.step, self._nobody))

    def _context(self, client: Client) -> Context:
        common = self._common
        return Context(client, common.registry, common.config, self._collector, common.services, take)

    def _pending(self, incarnation: int, record: Record) -> Pending | None:
        """Return what this tracker waits for, if a record is of that."""
        if incarnation != self.incarnation:
            return None
        if isinstance(record, RowsSet):
            return self._flights.of(-record.number).first() if record.number else None
        return self._flights.of(record.client).first() if isinstance(record, Commanded | Stepped | Left) else None

    def _finish(
        self,
        ctx: Context,
        pending: Pending | None,
        response: Response,
        entries: list[Entry],
        *,
        result: bool = True,
        has_replies: bool = False,
    ) -> None:
        """Make an entry of what a handler came to, and land what was pending."""
        events = self._collector.collected()
        if events is None:
            events = (Replied(ctx.client.id, tuple(response.replies)),) if response.replies or response.label else ()
        elif has_replies and pending is None and not response.replies:
            events = (Replied(ctx.client.id, ()), *events)  # where the client's own tracker has them
        self._land(pending, response, entries, events, result=result)

    def _land(
        self,
        pending: Pending | None,
        response: Response,
        entries: list[Entry],
        events: tuple[Event, ...] = (),
        *,
        result: bool = False,
    ) -> None:
        credit = pending.credit if pending is not None else None
        if events:
            entries.append(Entry(self.position, self.time, events, credit, response.label if pending else None))
        elif credit is not None and not (pending and pending.is_awaited):
            credit.give()
        if pending is not None:
            if response.end_reason is not None:
                self._home.ask(pending.client, response.end_reason)
            pending.flight.land(pending, result=result, tokens=response.tokens - pending.tokens)

    def _leave(self, incarnation: int, record: Left, pending: Pending | None, entries: list[Entry]) -> None:
        self._part(record.client, record.reason, entries, is_lost=record.is_lost)
        if pending is not None:
            pending.flight.land(pending)

    def _part(
        self, client_id: int, reason: str, entries: list[Entry], *, is_lost: bool, lays_down: bool = False
    ) -> None:
        """Have a client leave all rooms, and the chat."""
        ctx = self._contexts.pop(client_id, None)
        if ctx is None:
            return
        leave(ctx, reason, is_lost=is_lost, lays_down=lays_down)
        entries.append(Entry(self.position, self.time, self._collector.collected() or ()))

    # What trackers do

    def _publish(self, incarnation: int, record: Published, pending: Pending | None, entries: list[Entry]) -> None:
        entries.append(Entry(self.position, self.time, record.events))

    def _ask(self, incarnation: int, record: Asked, pending: Pending | None, entries: list[Entry]) -> None:
        if record.client >> INCARNATION_BITS == self.incarnation:
            self._home.ask(record.client, record.reason)

    def _set_rows(self, incarnation: int, record: RowsSet, pending: Pending | None, entries: list[Entry]) -> None:
        is_set = self._common.shelves.apply(record)
        if pending is not None:
            pending.flight.land(pending, result=is_set)

    def _join(self, incarnation: int, record: TrackerJoined, pending: Pending | None, entries: list[Entry]) -> None:
        for before in self._common.members.replaced_by(incarnation):
            self._remove(before, LOST, entries)
        if incarnation == self.incarnation:
            self._home.joined()
        self._home.regrouped()

    def _move(self, incarnation: int, record: TrackerMoved, pending: Pending | None, entries: list[Entry]) -> None:
        self._common.members.move(incarnation, record.address)
        self._home.regrouped()

    def _go(self, incarnation: int, record: TrackerLeft, pending: Pending | None, entries: list[Entry]) -> None:
        self._remove(incarnation, record.reason or BACK_SOON, entries)

    def _beat(self, incarnation: int, record: Beat, pending: Pending | None, entries: list[Entry]) -> None:
        members = self._common.members
        if record.digest:
            self._home.compared(incarnation, record.position, record.digest)
        for gone in members.beat(incarnation):
            self._remove(gone, LOST, entries)
        if members.note_idle(incarnation, is_idle=record.is_idle) and not self._contexts:
            self._home.ended()
        self._end_forgotten(entries)
        self._home.beaten(incarnation)

    def _end_forgotten(self, entries: list[Entry]) -> None:
        """End the rooms to which nobody has come back for too long, from time to time."""
        if self.time - self._rooms_checked_at < ROOMS_CHECK_S:
            return
        self._rooms_checked_at = self.time
        rooms = self._common.registry.dormant_rooms()
        for room in sorted(rooms, key=lambda room: room.instance):
            if self.time - room.since >= DORMANT_S:
                self._end_room(room, entries)

    def _forget(self, incarnation: int, record: RoomEnded, pending: Pending | None, entries: list[Entry]) -> None:
        for room in self._common.registry.dormant_rooms():
            if room.instance == record.instance:
                self._end_room(room, entries)

    def _end_room(self, room: DormantRoom, entries: list[Entry]) -> None:
        event = RoomForgotten(room.name, room.instance)
        if self._common.registry.forget_dormant(room, lambda: None):
            self.position += 1
            entries.append(Entry(self.position, self.time, (event,)))

    def _remove(self, incarnation: int, reason: str, entries: list[Entry]) -> None:
        """Note that a tracker is gone: its people leave, and may come back, also to rooms where nobody else is."""
        self._common.members.remove(incarnation)
        lost = sorted(client for client in self._contexts if client >> INCARNATION_BITS == incarnation)
        for client in lost:
            self.position += 1
            self._part(client, reason, entries, is_lost=True, lays_down=True)
        self._home.regrouped()
        if incarnation == self.incarnation:
            self._home.fenced()


def _response(pending: Pending | None) -> Response:
    """Return what a handler begins with: on its own tracker the label, and the replies so far, which are paid for."""
    if pending is None:
        return Response()
    response = Response(pending.label)
    response.replies += pending.replies
    response.tokens = pending.tokens
    return response


_RECORDS: dict[type[Any], Callable[[Replica, int, Any, Pending | None, list[Entry]], None]] = {
    Commanded: Replica._command,
    Stepped: Replica._step,
    Left: Replica._leave,
    Published: Replica._publish,
    Asked: Replica._ask,
    RoomEnded: Replica._forget,
    RowsSet: Replica._set_rows,
    TrackerJoined: Replica._join,
    TrackerMoved: Replica._move,
    TrackerLeft: Replica._go,
    Beat: Replica._beat,
}
