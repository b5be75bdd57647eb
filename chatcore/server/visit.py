"""One client's stay, from its first byte to its last: a thread that reads and runs the client's commands.

Until registration is complete this thread also writes; after that it only reads. To end a visit, call `end`: the
thread wakes, publishes the client's QUIT exactly once, gives the peer a moment to read its goodbye, and leaves the
descriptor for delivery to close.
"""

from __future__ import annotations

import _thread
import contextlib
import logging
import sys
import threading
from collections.abc import Callable
from http import HTTPStatus
from time import monotonic
from typing import NamedTuple, Protocol

from chatcore.commands.context import Context
from chatcore.commands.dispatch import read_command, refuse_line
from chatcore.commands.response import Response
from chatcore.errors import Leave, ProtocolError, StreamClosed, TransportClosed
from chatcore.protocol.framing import LineBuffer
from chatcore.protocol.goodbye import goodbye
from chatcore.server.conduct import Conduct
from chatcore.server.flood_control import FloodControl
from chatcore.server.incoming.arrival import Arrival, Ending
from chatcore.server.incoming.door import enter
from chatcore.server.incoming.entered import Departure, attempt
from chatcore.server.incoming.gate import Gate
from chatcore.server.outgoing.lines import reply_bytes
from chatcore.state.client import Client
from chatcore.state.credit import Credit
from chatcore.state.latch import Latch
from chatcore.state.requests import Pinged, Reply
from chatcore.state.stream import Label, Stream
from chatcore.state.throttle import TokenBucket
from chatcore.transport.connection import Connection

_TOKEN_BYTES = 1024  # a line costs another token per this many bytes; only lines with long tags have more
_EMPTY_LINE = 1 / 8  # of a token: an empty line, or data without a line end, such as a WebSocket's ping
_logger = logging.getLogger(__name__)


class Resumer(Protocol):
    """What a visit tells when it ends before its client came in. Its own thread, holding no lock."""

    def release(self, client: Client) -> None:
        """Note that a client never came in: another one may resume the visit that it had claimed."""


class Surroundings(NamedTuple):
    """What a visit needs from the tracker around it."""

    gate: Gate
    stream: Stream
    conduct: Conduct
    post_reply: Callable[[int, tuple[Reply, ...], Credit, Label | None], None]  # see Delivery.post_reply
    on_over: Callable[[Visit], None]  # called last by its thread
    resumer: Resumer


class Visit:
    """One client's stay. Other threads may use `end`, `ping`, `check_deadline` and the attributes too.

    Its thread is a bare one: that takes less memory than a `threading.Thread`, and starting it does not wait.
    """

    __slots__ = (
        "_around",
        "_context",
        "_flood_control",
        "_lock",
        "_registry",
        "arrival",
        "calm_until",
        "client",
        "closing_since",
        "connection",
        "has_left",
        "heard_at",
        "is_over",
        "nick_changes",
        "pinged_at",
        "probe_deadline",
    )

    def __init__(self, arrival: Arrival, connection: Connection, around: Surroundings) -> None:
        self.client = client = arrival.client
        self.arrival = arrival
        self.connection = connection  # replaced by a layer over it once the door knows the protocol
        self.heard_at = arrival.accepted_at
        self.pinged_at: float | None = None
        self.closing_since: float | None = None
        self.probe_deadline: float | None = None
        self.calm_until = 0.0  # monotonic s; heartbeat's own: it need not check the visit before
        self._around = around
        self._registry = registry = around.gate.registry
        config = around.gate.config
        limits = config.limits
        self._context = Context(client, registry, config, around.stream, around.gate.services, around.conduct.carry)
        self._flood_control = FloodControl(limits, client.credit)
        per_minute = limits.nick_changes_per_minute
        self.nick_changes = TokenBucket(per_minute / 60, per_minute) if per_minute else None
        self._lock = threading.Lock()  # so that the first call of `end` wins
        self.has_left = Latch()  # the nick is free again
        self.is_over = Latch()  # the thread is done

    def start(self) -> None:
        """Begin, in a thread of its own. Raises RuntimeError or MemoryError if no thread can be started."""
        _thread.start_new_thread(self._run_watched, ())

    def end(self, reason: str, *, is_lost: bool, status: HTTPStatus = HTTPStatus.SERVICE_UNAVAILABLE) -> None:
        """End the visit for this reason, unless it is already ending. Any thread.

        `status` is the answer to an HTTP request that is still being read.
        """
        with self._lock:
            if self.arrival.ending is None:
                self.arrival.ending = Ending(reason, is_lost, status)
        if not self.client.is_registered and self.closing_since is None:
            # Its thread may be stuck in a send, where it does not see the end of its input.
            self.closing_since = monotonic()
        self.client.credit.close()
        self.connection.end_input()

    def ping(self) -> None:
        """Send the client a PING. Any thread."""
        with contextlib.suppress(StreamClosed):
            self._around.stream.append((Pinged(self.client.id),))

    def check_deadline(self, now: float) -> None:
        """End the visit if its current stage before registration has taken too long. Heartbeat's thread."""
        reason = self.arrival.overdue(now)
        if reason is not None:
            self.end(reason, is_lost=False, status=HTTPStatus.REQUEST_TIMEOUT)

    def is_ending(self) -> bool:
        """Return whether `end` was called."""
        return self.arrival.ending is not None

    def _run_watched(self) -> None:
        """Run under the trace or profile function for all threads, as set by a debugger or a coverage tool."""
        trace, profile = threading.gettrace(), threading.getprofile()
        if trace is not None:
            sys.settrace(trace)
        if profile is not None:
            sys.setprofile(profile)
        self.run()

    def run(self) -> None:
        """Serve the client until it leaves."""
        try:
            self._leave(self._serve())
        except StreamClosed:
            pass  # the tracker is closing and has said goodbye to everybody
        except Exception:
            _logger.exception("the thread of %s failed", self.client.address)
            self.connection.shutdown()
        finally:
            self._context.close()
            try:
                if not self.client.is_registered:
                    self._around.resumer.release(self.client)
                self._around.on_over(self)
            finally:
                self.client.credit.turn.end()
                self.is_over.set()

    def _serve(self) -> Departure:
        """Let the client in and run its commands until it leaves; return why. Raises StreamClosed."""
        data, departure = self._enter()
        if departure is None:
            departure = attempt(lambda: self._talk(data), self.client.address)
        ending = self.arrival.ending
        return departure if ending is None else Departure(ending.reason, ending.is_lost, departure.is_told)

    def _enter(self) -> tuple[bytes, Departure | None]:
        """Go through the door; return the first bytes of IRC and, if the client goes no further, why."""
        self.connection, data, departure = enter(self.connection, self.arrival, self._around.gate)
        self._context.channel_binding = self.arrival.channel_binding
        self._context.sts = self.arrival.sts
        if self.arrival.has_proven:
            self._context.registration.prove(self.arrival.invitation)
        return data, departure

    def _talk(self, data: bytes) -> Departure:
        """Run the client's commands until it closes its side or `end` is called. Raises anything else that ends it."""
        buffer = LineBuffer()
        turn = self.client.credit.turn
        while data and not self.is_ending():
            self._note_heard()
            for line in buffer.feed(data):
                if self.is_ending():
                    break
                self._run_line(line)
            if buffer.empty:
                self._flood_control.charge(buffer.empty * _EMPTY_LINE, buffer.empty * _EMPTY_LINE)
            if not turn.is_over and self.client.is_registered:
                turn.end()
            data = self.connection.recv()
        return Departure("Connection closed", is_lost=True)

    def _note_heard(self) -> None:
        self.heard_at = monotonic()
        self.pinged_at = None
        self.probe_deadline = None

    def _run_line(self, line: bytes | None) -> None:
        """Run one line, and send any replies still due. Raises Leave when the visit is over."""
        client = self.client
        self._flood_control.charge(1 + len(line or b"") // _TOKEN_BYTES, 1)
        try:
            message, command = read_command(line)
        except (ProtocolError, UnicodeDecodeError) as error:
            alone = client.credit.take()
            self._around.conduct.settle(client)
            response = refuse_line(self._context, error)
        else:
            alone = client.credit.take(free=command is not None and command.is_free)
            response = self._around.conduct.dispatch(self._context, message, command)
        if not (response.published and client.is_registered):
            self._answer(response, alone=alone)
        if response.replies:
            response.replies.clear()  # sent or in the stream by now: else each client would keep its last answer
        if response.end_reason is not None:
            raise Leave(response.end_reason)
        if response.tokens:
            self._flood_control.charge(response.tokens, min(response.tokens, 1))
        if self.arrival.homes and client.is_registered:
            self._go_home()

    def _go_home(self) -> None:
        homes, self.arrival.homes = self.arrival.homes, ()
        for home in homes:
            if not self._registry.is_hidden(home, self.client):  # it may have become hidden a moment ago
                self._run_line(f"JOIN {home}".encode())

    def _answer(self, response: Response, *, alone: bool) -> None:
        """Send the replies to a line that are not in the stream yet: directly, urgently, or in order through it."""
        client = self.client
        if not client.is_registered:
            if not response.published:
                client.credit.give()
            if response.replies:
                name = self._context.config.server_name
                self.connection.send_all(b"".join(reply_bytes(name, client.nick, reply) for reply in response.replies))
        elif not (response.replies or response.label):
            client.credit.give()
        elif alone:
            self._around.post_reply(client.id, tuple(response.replies), client.credit, response.label)
        else:
            self._context.publish()

    def _leave(self, departure: Departure) -> None:
        self.closing_since = monotonic()
        self.client.credit.turn.begin()  # many may leave at once
        if self.client.is_registered:
            self._quit(departure)
            self._drain_input()
            return
        self._around.resumer.release(self.client)
        if departure.is_told:
            self.connection.end_output()
        else:
            self._say_goodbye(departure.reason)
        self._drain_input()

    def _quit(self, departure: Departure) -> None:
        self._around.conduct.leave(self._context, departure.reason, is_lost=departure.is_lost)
        self.has_left.set()
        self.client.credit.turn.give()
        self.connection.wait_output_ended(self._context.config.limits.close_timeout_s)

    def _say_goodbye(self, reason: str) -> None:
        with contextlib.suppress(TransportClosed):
            self.connection.send_all(reply_bytes("", "*", goodbye(reason)))
        self.connection.end_output()

    def _drain_input(self) -> None:
        """Read until the peer closes too: closing with unread input would discard what the peer has yet to read."""
        with contextlib.suppress(TransportClosed):
            while self.connection.recv():
                pass
