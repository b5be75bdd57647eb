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

from chatcore.cluster.codec import unpack
from chatcore.cluster.collector import Collector
from chatcore.cluster.engine import Batch
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
from chatcore.state.events import Event
from chatcore.state.records import (
    Asked,
    Beat,
    Commanded,
    Left,
    Published,
    Record,
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

    def beaten(self) -> None:
        """A tracker has beaten: what goes by time may be due."""

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


class Replica:
    """Delivery's thread, but for `position`, `time` and `now`, which any thread may read."""

    def __init__(
        self, common: Common, flights: Flights, home: Home, sequence: str, position: int, time: float = 0.0
    ) -> None:
        """Go on after this position, whose time was that (Unix, s); 0 before the first."""
        self.position = position
        self.time = time
        self.incarnation = 0  # this tracker's own
        self._read_at = monotonic()
        self._common = common
        self._flights = flights
        self._home = home
        self._collector = Collector(sequence, self)
        self._contexts: dict[int, Context] = {}
        self._nobody = Credit(_NO_LIMIT)

    def now(self) -> float:
        """Return the Unix time (s) by the clock that all trackers share: no later than that of what comes next."""
        return self.time + monotonic() - self._read_at if self.time else unix_time()

    def adopt(self, client: Client) -> None:
        """Take up a client of another tracker from a snapshot."""
        self._contexts[client.id] = self._context(client)

    def run(self, batches: list[Batch]) -> list[Entry]:
        """Carry out all records of batches, and return what delivery gets of them."""
        entries: list[Entry] = []
        for batch in batches:
            incarnation, sequence, records = unpack(batch.data)
            self._read_at, self.time = monotonic(), max(self.time, batch.time)
            if self._counts(incarnation, sequence, records):
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
        try:
            _RECORDS[type(record)](self, incarnation, record, entries)
        except Exception:  # a fault of the program, and so the same on all trackers
            _logger.exception("%s could not be carried out", type(record).__name__)

    # What clients do

    def _command(self, incarnation: int, record: Commanded, entries: list[Entry]) -> None:
        pending = self._pending(incarnation, record.client)
        ctx = self._contexts.get(record.client)
        if ctx is None:
            self._land(pending, Response(), entries)
            return
        response = Response(pending.label if pending is not None else None)
        message = Message(record.command, record.params, None, dict(record.tags))
        rerun(ctx, message, response)
        self._finish(ctx, pending, response, entries)

    def _step(self, incarnation: int, record: Stepped, entries: list[Entry]) -> None:
        pending = self._pending(incarnation, record.client)
        if isinstance(record.step, Admitted):
            ctx = self._arriving(record.client, record.step)
        else:
            ctx = self._contexts.get(record.client)
        response = Response(pending.label if pending is not None else None)
        if ctx is None:
            self._land(pending, response, entries)
            return
        if pending is not None:
            response.replies += pending.replies
        done = retake(ctx, record.step, pending.local if pending is not None else None, response)
        if done and isinstance(record.step, Admitted):
            self._contexts[record.client] = ctx
            self._common.members.note_arrival()
        self._finish(ctx, pending, response, entries, result=done, has_replies=record.has_replies)

    def _arriving(self, client_id: int, step: Admitted) -> Context | None:
        """Return the context of somebody who is about to come in; None if they have gone meanwhile."""
        is_mine = client_id >> INCARNATION_BITS == self.incarnation
        client = self._home.client(client_id) if is_mine else newcomer(client_id, step, self._nobody)
        return self._context(client) if client is not None else None

    def _context(self, client: Client) -> Context:
        common = self._common
        return Context(client, common.registry, common.config, self._collector, common.services, take)

    def _pending(self, incarnation: int, client: int) -> Pending | None:
        return self._flights.of(client).first() if incarnation == self.incarnation else None

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
            pending.flight.land(pending, result=result, tokens=response.tokens)

    def _leave(self, incarnation: int, record: Left, entries: list[Entry]) -> None:
        pending = self._pending(incarnation, record.client)
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

    def _publish(self, incarnation: int, record: Published, entries: list[Entry]) -> None:
        entries.append(Entry(self.position, self.time, record.events))

    def _ask(self, incarnation: int, record: Asked, entries: list[Entry]) -> None:
        if record.client >> INCARNATION_BITS == self.incarnation:
            self._home.ask(record.client, record.reason)

    def _set_rows(self, incarnation: int, record: RowsSet, entries: list[Entry]) -> None:
        is_set = self._common.shelves.apply(record)
        pending = self._pending(incarnation, -record.number)
        if pending is not None:
            pending.flight.land(pending, result=is_set)

    def _join(self, incarnation: int, record: TrackerJoined, entries: list[Entry]) -> None:
        for before in self._common.members.replaced_by(incarnation):
            self._remove(before, LOST, entries)
        if incarnation == self.incarnation:
            self._home.joined()
        self._home.regrouped()

    def _move(self, incarnation: int, record: TrackerMoved, entries: list[Entry]) -> None:
        self._common.members.move(incarnation, record.address)
        self._home.regrouped()

    def _go(self, incarnation: int, record: TrackerLeft, entries: list[Entry]) -> None:
        self._remove(incarnation, record.reason or BACK_SOON, entries)

    def _beat(self, incarnation: int, record: Beat, entries: list[Entry]) -> None:
        members = self._common.members
        if record.digest:
            self._home.compared(incarnation, record.position, record.digest)
        for gone in members.beat(incarnation):
            self._remove(gone, LOST, entries)
        if members.note_idle(incarnation, is_idle=record.is_idle) and not self._contexts:
            self._home.ended()
        self._home.beaten()

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


_RECORDS: dict[type[Any], Callable[[Replica, int, Any, list[Entry]], None]] = {
    Commanded: Replica._command,
    Stepped: Replica._step,
    Left: Replica._leave,
    Published: Replica._publish,
    Asked: Replica._ask,
    RowsSet: Replica._set_rows,
    TrackerJoined: Replica._join,
    TrackerMoved: Replica._move,
    TrackerLeft: Replica._go,
    Beat: Replica._beat,
}
