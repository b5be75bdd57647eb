"""A client's commands at its own tracker, one of several: changes are appended, the rest is done here.

A client's commands take effect and are answered in order: what this tracker does alone waits until nothing of the
client is in flight.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from itertools import count

from chatcore.cluster.courier import PATIENCE_S, Courier
from chatcore.cluster.flights import Flights, Pending
from chatcore.cluster.marking import Marking
from chatcore.commands.context import Context, Local
from chatcore.commands.dispatch import dispatch
from chatcore.commands.markers import read_marker, reply_marker
from chatcore.commands.multiline import takes_parts
from chatcore.commands.response import Response
from chatcore.commands.steps import AWAITED
from chatcore.commands.table import Command
from chatcore.errors import ChatError, CommandError, InDoubt, Leave
from chatcore.protocol import numerics as num
from chatcore.protocol.message import Message
from chatcore.state.client import Client
from chatcore.state.events import Event
from chatcore.state.records import Commanded, Left, RowsSet, Stepped
from chatcore.state.requests import Replied
from chatcore.state.steps import Admitted, Quitting, Step

AWAY = "The trackers of this chat cannot reach each other, try again in a moment"
_IN_DOUBT = "The trackers of this chat cannot reach each other: it is done once they can, unless this one ends before"
_NOT_SENT = "Not sent: the trackers of this chat cannot reach each other"


class Proposer:
    """The conduct (server.visit) of a tracker among several. Each client's own thread, without a lock."""

    def __init__(self, courier: Courier, flights: Flights, dismiss: Callable[[int, str], None]) -> None:
        """`dismiss` tells a client that is not in yet why it cannot join, and ends its visit; in its own thread."""
        self._courier = courier
        self._flights = flights
        self._dismiss = dismiss
        self._marking = Marking()
        self._numbers = count(1)

    def dispatch(self, ctx: Context, message: Message, command: Command | None) -> Response:
        """Dispatch a command as `commands.dispatch.dispatch` does, or append it if all trackers must carry it out.

        Raises StreamClosed; Leave if the tracker was cut off from the others.
        """
        client = ctx.client
        is_part = "batch" in message.tags and takes_parts(ctx)
        is_shared = command is not None and command.is_shared(client, message) and not is_part
        if not is_shared and message.command != "QUIT":  # QUIT must not wait for the engine
            self.settle(client)
        response = dispatch(ctx, message, command, self._submit if is_shared else None)
        if is_shared and not response.published:  # refused, but not before earlier commands are answered
            self.settle(client)
        response.tokens += self._flights.take_debt(client.id)
        return response

    def carry(self, ctx: Context, step: Step, local: Local | None = None) -> bool:
        """Have all trackers take a step; return its result if it must be awaited, else True.

        Raises CommandError, StreamClosed; Leave if the client may not join.
        """
        if isinstance(step, Quitting) and not self._courier.is_reachable:
            return False
        client, response = ctx.client, ctx.response
        if isinstance(step, Admitted) and not self._courier.is_reachable:
            raise Leave(AWAY)
        self._check_reachable("*")
        flight, replies = self._flights.of(client.id), tuple(response.replies)
        is_awaited = isinstance(step, AWAITED)
        pending = Pending(
            flight, client.id, client.credit, response.label, replies, local, response.tokens, is_awaited=is_awaited
        )
        has_replies = bool(replies) and not isinstance(step, Admitted)  # that step carries its replies itself
        self._courier.submit(Stepped(client.id, step, has_replies), pending)
        if not is_awaited:
            response.replies.clear()
            response.published = 1
            return True
        return self._await(ctx, step, pending)

    def _await(self, ctx: Context, step: Step, pending: Pending) -> bool:
        """Wait until a step has been taken; return its result. Raises StreamClosed, Leave."""
        client, response = ctx.client, ctx.response
        client.credit.turn.give()
        is_held = not pending.flight.wait(pending, or_held=True)
        if is_held and isinstance(step, Quitting):
            return False
        if is_held:
            self._dismiss(client.id, AWAY)
            pending.flight.wait(pending)  # it may still join, and then leaves
        if not client.is_registered:
            self._flights.forget(client.id)
        if is_held and not pending.result:
            raise Leave(AWAY)
        if pending.end_reason:
            raise Leave(pending.end_reason)
        if isinstance(step, Admitted) and pending.result:
            response.replies.clear()
            response.published = 1
        return pending.result

    def settle(self, client: Client) -> None:
        """Wait until nothing of a client is in flight. Raises StreamClosed, Leave."""
        self._flights.settle(client.id, client.credit)

    def leave(self, ctx: Context, reason: str, *, is_lost: bool) -> None:
        """Have a client leave, and wait a while for all trackers to know. Raises StreamClosed."""
        client = ctx.client
        flight, markers = self._flights.of(client.id), self._marking.leave(client.id)
        pending = Pending(flight, is_refusable=False)
        try:
            for record in markers:
                self._courier.submit(record, Pending(flight, client.id, is_refusable=False))
            self._courier.submit(Left(client.id, reason, is_lost), pending)
        except Leave:  # it has left with everybody on this tracker
            self._flights.forget(client.id)
            return
        client.credit.turn.give()
        flight.wait(pending, PATIENCE_S)
        self._flights.forget(client.id)

    def propose(self, change: RowsSet) -> bool:
        """Change rows on all trackers; return whether they were as expected. Any thread without a lock.

        Raises InDoubt if the outcome is not known in time (it may still happen); ChatError, StreamClosed.
        """
        if not self._courier.is_reachable:
            raise ChatError(AWAY)
        number = next(self._numbers)
        flight = self._flights.of(-number)
        pending = Pending(flight, is_refusable=False)
        try:
            self._courier.submit(change._replace(number=number), pending)
            if not flight.wait(pending, PATIENCE_S):
                raise InDoubt(_IN_DOUBT)
        except Leave as error:
            raise ChatError(AWAY) from error
        finally:
            self._flights.forget(-number)
        if pending.end_reason:
            raise ChatError(AWAY)
        return pending.result

    def append_markers(self) -> None:
        """Append the markers that are due. Any thread without a lock. Raises StreamClosed."""
        for record in self._marking.due():
            flight = self._flights.of(record.client)
            with suppress(Leave):  # of a client that all consider gone
                self._courier.submit(record, Pending(flight, record.client, is_refusable=False))

    def post(self, change: RowsSet) -> None:
        """Change rows on all trackers without waiting. Any thread. Raises StreamClosed."""
        self._courier.submit(change)

    def _submit(self, ctx: Context, message: Message, command: Command) -> None:
        """Append a command instead of calling its handler."""
        self._check_reachable(message.command)
        client, response = ctx.client, ctx.response
        tags = tuple((name, value) for name, value in message.tags.items() if name.startswith("+"))
        record = Commanded(client.id, message.command, message.params, tags)
        if message.command == "MARKREAD" and self._keeps_marker(ctx, message, record):
            return
        pending = Pending(self._flights.of(client.id), client.id, client.credit, response.label, tokens=response.tokens)
        self._courier.submit(record, pending)
        response.published = 1

    def _keeps_marker(self, ctx: Context, message: Message, record: Commanded) -> bool:
        """Answer a MARKREAD if its record can wait; return whether that is so. Raises CommandError."""
        target, time_ms = read_marker(message)
        if time_ms is None or time_ms > ctx.services.now() * 1000:  # a time that is not believed
            return False
        known_ms = self._marking.keep(record, time_ms)
        if known_ms is None:
            return False
        reply_marker(ctx, target, known_ms)
        return True

    def _check_reachable(self, command: str) -> None:
        if not self._courier.is_reachable:
            raise CommandError(num.ERR_UNKNOWNERROR, command, AWAY)


def refusal(pending: Pending) -> tuple[Event, ...]:
    """Return the reply to a command that has waited too long for the engine."""
    return (Replied(pending.client, ((num.ERR_UNKNOWNERROR, "*", _NOT_SENT),)),)
