"""One client's stay, from its first byte to its last: the thread that reads and runs its commands.

Until registration is complete this thread also writes; after that it only reads. Whoever wants the visit to end calls
`end`: the thread wakes, publishes the client's QUIT exactly once, gives the peer a moment to read its goodbye, and
hands the descriptor to delivery to close.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from http import HTTPStatus
from time import monotonic
from typing import TYPE_CHECKING

from chatcore.commands.context import Context
from chatcore.commands.dispatch import dispatch, read_command, refuse_line
from chatcore.commands.response import Response
from chatcore.errors import Leave, ProtocolError, StreamClosed, TransportClosed
from chatcore.protocol.framing import LineBuffer
from chatcore.server.incoming.door import enter
from chatcore.server.incoming.http_answers import Answered
from chatcore.server.outgoing.lines import reply_bytes
from chatcore.state.admissions import Admission, Refusal
from chatcore.state.client import Client
from chatcore.state.facts import Quit
from chatcore.state.requests import Replied
from chatcore.state.throttle import TokenBucket
from chatcore.transport.connection import Connection

if TYPE_CHECKING:
    from chatcore.server.tracker import Tracker

_TOKEN_BYTES = 1024  # a line has more only when it has long tags
_EMPTY_LINE = 1 / 8  # of a token: an empty line, or what came and ended no line, such as a WebSocket's ping
_FORGIVEN = 0.1  # of the lines a client may send in the long run: so many may be delayed in the long run
_REFUSED_SILENCE_S = 1.0  # a refused client has so long to show what it speaks
_REFUSED_STAY_S = 3.0  # and so long in all
_logger = logging.getLogger(__name__)


class Visit(threading.Thread):
    """The thread of one client. `end`, `probe` and the attributes are for other threads too."""

    def __init__(
        self,
        tracker: Tracker,
        client: Client,
        connection: Connection,
        home: str = "",
        admission: Admission | None = None,
    ) -> None:
        super().__init__(name=f"client-{client.id}")
        self.client = client
        self.connection = connection  # replaced as the door finds out what it is
        self.accepted_at = self.heard_at = monotonic()
        self.has_proven = False  # that it knows a password
        self.pinged_at: float | None = None
        self.closing_since: float | None = None
        self.probe_deadline: float | None = None
        self.tracker = tracker
        self._home = home  # the room whose own address the connection came to; it is joined on registration
        self.limits = limits = tracker.config.limits
        self.admission = admission or Admission()
        self.is_encrypted = False  # on all of the client's way that is known of
        self.channel_binding: bytes | None = None  # of TLS that begins at the client
        self.is_passed_on = False  # by a proxy that speaks HTTP, trusted or not
        self._deadline = (self.accepted_at + limits.first_byte_timeout_s, "Nothing was said")
        if self.admission.refusal is not None:
            self.set_deadline(_REFUSED_SILENCE_S, "")
        self._context = Context(client, tracker.registry, tracker.config, tracker.stream, tracker.services)
        self._bucket = TokenBucket(limits.lines_per_s, limits.burst_lines) if limits.lines_per_s else None
        per_minute = limits.nick_changes_per_minute
        self.nick_changes = TokenBucket(per_minute / 60, per_minute) if per_minute else None
        self._patience = TokenBucket(limits.lines_per_s * _FORGIVEN, limits.max_delayed_lines)
        self._lock = threading.Lock()  # guards _end_reason
        self._end_reason: tuple[str, bool] | None = None
        self._is_http = False
        self.end_status = HTTPStatus.REQUEST_TIMEOUT
        self.has_left = threading.Event()  # the nick is free again

    def end(self, reason: str, *, is_lost: bool, status: int = HTTPStatus.SERVICE_UNAVAILABLE) -> None:
        """End the visit for this reason, unless it is ending for another. Any thread.

        `status` is what an HTTP request is answered that is still being read.
        """
        with self._lock:
            if self._end_reason is None:
                self.end_status = HTTPStatus(status)
                self._end_reason = (reason, is_lost)
        if not self.client.is_registered and self.closing_since is None:
            self.closing_since = monotonic()  # its thread may wait in a send, where the end of its input is not seen
        self.client.credit.close()
        self.connection.end_input()

    @property
    def end_reason(self) -> str:
        """Return why somebody ended the visit, '' when nobody did."""
        return self._end_reason[0] if self._end_reason else ""

    def set_deadline(self, seconds: float, reason: str) -> None:
        """Give the client so long to come to the next stage before registration; a refused one has less in all."""
        refusal = self.admission.refusal
        if refusal is None:
            self._deadline = (monotonic() + seconds, reason)
        else:
            self._deadline = (min(monotonic() + seconds, self.accepted_at + _REFUSED_STAY_S), refusal.words)

    def admit(self) -> Refusal | None:
        """Count the client by its address, now that it is known; return why it is refused. The client's thread."""
        return self.tracker.reception.admit(self.client, self.admission)

    def ping(self) -> None:
        """Ask the client whether it is there. Any thread."""
        tracker = self.tracker
        with contextlib.suppress(StreamClosed):
            tracker.publish(Replied(self.client.id, (("PING", tracker.config.server_name),)))

    def check_deadline(self, now: float) -> None:
        """End the visit if its stage before registration has taken too long. Heartbeat's thread."""
        at, reason = self._deadline
        if now > at:
            self.end(reason, is_lost=False, status=HTTPStatus.REQUEST_TIMEOUT)

    def is_ending(self) -> bool:
        """Tell whether somebody ended the visit."""
        return self._end_reason is not None

    def run(self) -> None:
        """Serve the client until it leaves."""
        try:
            reason, is_lost = self._serve()
            reason, is_lost = self._end_reason or (reason, is_lost)
            self._leave(reason, is_lost)
        except StreamClosed:
            pass  # the tracker is closing, and has said goodbye to everybody
        except Exception:
            _logger.exception("the thread of %s failed", self.client.address)
            self.connection.shutdown()
        finally:
            try:
                self.tracker.attendance.forget(self)
            finally:
                self.client.credit.turn.end()

    def _serve(self) -> tuple[str, bool]:
        """Run the client's commands until it leaves; return why, and whether its connection was lost."""
        try:
            self._talk()
        except Answered:
            self._is_http = True
            return "HTTP", False
        except (TransportClosed, ProtocolError) as error:
            return str(error), True
        except Leave as leave:
            return str(leave), False
        except StreamClosed:
            raise
        except MemoryError:
            return "Out of memory", True
        except Exception:  # a fault of ours costs this client its connection, but leaves no ghost behind
            _logger.exception("a command of %s failed", self.client.address)
            return "Internal error", True
        return "Connection closed", True

    def _talk(self) -> None:
        """Run the client's commands until it closes its side or is ended. Raises what else ends a visit."""
        data = enter(self)
        self._context.channel_binding = self.channel_binding
        buffer = LineBuffer()
        turn = self.client.credit.turn
        while data and not self.is_ending():
            self._note_heard()
            lines = buffer.feed(data)
            for line in lines:
                if self.is_ending():
                    break
                self._run_line(line)
            ends = max(data.count(b"\n"), data.count(b"\r"))  # of CR LF one is counted
            empty = max(ends - len(lines), 0 if lines else 1)
            if empty:
                self._charge(empty * _EMPTY_LINE, empty * _EMPTY_LINE)
            if not turn.is_over and self.client.is_registered:
                turn.end()
            data = self.connection.recv()

    def _note_heard(self) -> None:
        self.heard_at = monotonic()
        self.pinged_at = None
        self.probe_deadline = None

    def _run_line(self, line: bytes | None) -> None:
        """Run one line, and send what it leaves to answer. Raises Leave when the visit is over."""
        if self._bucket is not None:
            self._charge(1 + len(line or b"") // _TOKEN_BYTES, 1)
        try:
            message, command = read_command(line)
        except (ProtocolError, UnicodeDecodeError) as error:
            alone = self.client.credit.take()
            response = refuse_line(self._context, error)
        else:
            alone = self.client.credit.take(free=command is not None and command.is_free)
            response = dispatch(self._context, message, command)
        self._answer(response, alone=alone)
        if response.end_reason is not None:
            raise Leave(response.end_reason)
        if response.tokens:
            self._charge(response.tokens, min(response.tokens, 1))
        if self._home and self.client.is_registered:
            self._go_home()

    def _go_home(self) -> None:
        home, self._home = self._home, ""
        if not self.tracker.registry.is_hidden(home, self.client):  # it was open a moment ago
            self._run_line(f"JOIN {home}".encode())

    def _charge(self, tokens: float, patience: float) -> None:
        """Wait for as long as the token bucket says. Raises Leave when there is no patience left for such a delay."""
        if self._bucket is None:
            return
        now = monotonic()
        delay = self._bucket.take(now, tokens)
        if delay:
            if not self._patience.try_take(now, patience):
                raise Leave("Excess flood")
            self.client.credit.pause(delay)

    def _answer(self, response: Response, *, alone: bool) -> None:
        """Send what a line left to answer: directly, urgently, or in its place in the stream."""
        client = self.client
        if not client.is_registered:
            if not response.has_published:
                client.credit.give()
            if response.replies:
                name = self.tracker.config.server_name
                self.connection.send_all(b"".join(reply_bytes(name, client.nick, reply) for reply in response.replies))
        elif response.has_published:
            pass  # the replies too
        elif not (response.replies or response.label):
            client.credit.give()
        elif alone:
            self.tracker.delivery.post_reply(client.id, tuple(response.replies), client.credit, response.label)
        else:
            self._context.publish()

    def _leave(self, reason: str, is_lost: bool) -> None:
        self.closing_since = monotonic()
        self.client.credit.turn.begin()  # many may leave at once
        if self.client.is_registered:
            self._quit(reason, is_lost)
        elif self._is_http:
            self.connection.end_output()
        else:
            self._say_goodbye(reason)
        self._drain_input()

    def _quit(self, reason: str, is_lost: bool) -> None:
        client = self.client
        with self.tracker.registry.hold_channels_of(client) as channels:
            for channel in channels:
                channel.remove_locked(client)
            quit_event = Quit(client.id, reason, is_lost)
            self.tracker.registry.release_nick(client, lambda: self.tracker.stream.append((quit_event,)))
        self.has_left.set()
        client.credit.turn.give()
        self.connection.wait_output_ended(self.tracker.config.limits.close_timeout_s)

    def _say_goodbye(self, reason: str) -> None:
        with contextlib.suppress(TransportClosed):
            self.connection.send_all(reply_bytes("", "*", ("ERROR", f"Closing link: {reason}")))
        self.connection.end_output()

    def _drain_input(self) -> None:
        """Read until the peer closes too: closing over unread input would destroy what it has yet to read."""
        with contextlib.suppress(TransportClosed):
            while self.connection.recv():
                pass
