"""How all trackers carry out clients' records: commands, steps and departures. Delivery's thread.

Only this tracker's own clients get answers; their flights hold what an answer needs beyond the record.
"""

from __future__ import annotations

from chatcore.cluster.collector import Collector
from chatcore.cluster.common import Common, Home, Place, incarnation_of
from chatcore.cluster.flights import Flights, Pending
from chatcore.commands.admitting import newcomer
from chatcore.commands.context import Context
from chatcore.commands.departure import leave
from chatcore.commands.dispatch import rerun, retake
from chatcore.commands.response import Response
from chatcore.commands.steps import take
from chatcore.protocol.message import Message
from chatcore.state.admissions import Admissions
from chatcore.state.client import Client
from chatcore.state.credit import Credit
from chatcore.state.events import Event
from chatcore.state.records import Commanded, Left, Record, RowsSet, Stepped
from chatcore.state.requests import Replied
from chatcore.state.steps import Admitted
from chatcore.state.stream import Entry

_NO_LIMIT = 1 << 30


class ClientRecords:
    """Carries out the records of all clients of all trackers."""

    def __init__(self, common: Common, flights: Flights, home: Home, place: Place, sequence: str) -> None:
        self._common = common
        self._flights = flights
        self._home = home
        self._place = place
        self._collector = Collector(sequence, place)
        self._contexts: dict[int, Context] = {}
        self._nobody = Credit(_NO_LIMIT)
        limits = common.config.limits
        self._admissions = Admissions(limits.max_clients, limits.max_clients_per_address)  # of all trackers together

    def __len__(self) -> int:
        """Return how many clients are in."""
        return len(self._contexts)

    def publish(self, event: Event) -> None:
        """Add to what the record comes to that is being carried out."""
        self._collector.append((event,))

    def deliver(self, entries: list[Entry]) -> None:
        """Make an entry of what was published, if anything was."""
        if events := self._collector.collected():
            self._place.position += 1
            entries.append(Entry(self._place.position, self._place.time, events))

    def adopt(self, client: Client) -> None:
        """Take up a client of another tracker from a snapshot."""
        self._contexts[client.id] = self._context(client)
        self._admissions.count(client.block)

    def pending(self, incarnation: int, record: Record) -> Pending | None:
        """Return what this tracker waits for, if a record is of that."""
        if incarnation != self._place.incarnation:
            return None
        if isinstance(record, RowsSet):
            return self._flights.first(-record.number) if record.number else None
        return self._flights.first(record.client) if isinstance(record, Commanded | Stepped | Left) else None

    def give_up(self, pending: Pending | None, entries: list[Entry]) -> None:
        """Clean up after a record that could not be carried out."""
        self._collector.collected()
        if pending is not None:
            self._land(pending, Response(), entries)

    def command(self, incarnation: int, record: Commanded, pending: Pending | None, entries: list[Entry]) -> None:
        """Carry out a command."""
        ctx = self._contexts.get(record.client)
        response = _response(pending)
        if ctx is None:
            self._land(pending, response, entries)
            return
        rerun(ctx, Message(record.command, record.params, None, dict(record.tags)), response)
        self._finish(ctx, pending, response, entries)

    def step(self, incarnation: int, record: Stepped, pending: Pending | None, entries: list[Entry]) -> None:
        """Take a step."""
        if isinstance(record.step, Admitted):
            self._admit(record.client, record.step, pending, entries)
            return
        ctx = self._contexts.get(record.client)
        response = _response(pending)
        if ctx is None:
            self._land(pending, response, entries)
            return
        done = retake(ctx, record.step, pending.local if pending is not None else None, response)
        self._finish(ctx, pending, response, entries, result=done, has_replies=record.has_replies)

    def left(self, incarnation: int, record: Left, pending: Pending | None, entries: list[Entry]) -> None:
        """Have a client leave."""
        self._part(record.client, record.reason, entries, is_lost=record.is_lost)
        if pending is not None:
            pending.flight.land(pending)

    def lose_all(self, incarnation: int, reason: str, entries: list[Entry]) -> None:
        """Make all clients of a tracker leave, each at its own position; they may return to rooms left empty."""
        for client in sorted(client for client in self._contexts if incarnation_of(client) == incarnation):
            self._place.position += 1
            self._part(client, reason, entries, is_lost=True, lays_down=True)

    def _admit(self, client_id: int, step: Admitted, pending: Pending | None, entries: list[Entry]) -> None:
        """Let a client in, if its nick is free and the chat has room for it."""
        response = _response(pending)
        response.end_reason = self._admissions.admit(step.block)
        if response.end_reason is not None:
            self._land(pending, response, entries)
            return
        ctx = self._arriving(client_id, step)
        done = retake(ctx, step, pending.local if pending is not None else None, response)
        if done:
            self._contexts[client_id] = ctx
            self._common.members.note_arrival()
        else:
            self._admissions.release(step.block)
        self._finish(ctx, pending, response, entries, result=done)

    def _arriving(self, client_id: int, step: Admitted) -> Context:
        """Return the context of somebody who is about to come in."""
        is_mine = incarnation_of(client_id) == self._place.incarnation
        client = self._home.client(client_id) if is_mine else None
        return self._context(client or newcomer(client_id, step, self._nobody))

    def _context(self, client: Client) -> Context:
        common = self._common
        return Context(client, common.registry, common.config, self._collector, common.services, take)

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
            label = response.label if pending is not None else None
            entries.append(Entry(self._place.position, self._place.time, events, credit, label))
        elif credit is not None and not (pending and pending.is_awaited):
            credit.give()
        if pending is not None:
            if response.end_reason is not None:
                if pending.is_awaited:
                    pending.end_reason = response.end_reason
                else:
                    self._home.ask(pending.client, response.end_reason)
            pending.flight.land(pending, result=result, tokens=response.tokens - pending.tokens)

    def _part(
        self, client_id: int, reason: str, entries: list[Entry], *, is_lost: bool, lays_down: bool = False
    ) -> None:
        """Have a client leave all rooms, and the chat."""
        ctx = self._contexts.pop(client_id, None)
        if ctx is None:
            return
        self._admissions.release(ctx.client.block)
        leave(ctx, reason, is_lost=is_lost, lays_down=lays_down)
        entries.append(Entry(self._place.position, self._place.time, self._collector.collected() or ()))


def _response(pending: Pending | None) -> Response:
    """Return what a handler begins with: on its own tracker the label, and the replies so far, which are paid for."""
    if pending is None:
        return Response()
    response = Response(pending.label)
    response.replies += pending.replies
    response.tokens = pending.tokens
    return response
