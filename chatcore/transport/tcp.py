"""A plain TCP connection.

Who may call what: `recv` and `send_all` the client's own thread; `offer`, `flush` and `close` delivery once the
client is registered (before that its own thread); `shutdown` anyone, at any time. Client sockets never have a
timeout: a deadline is somebody's `shutdown`, which ends a blocked `recv` or `send_all` at once.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import socket
import sys
import threading
from collections.abc import Callable
from time import monotonic

from chatcore.errors import SendQueueExceeded, TransportClosed
from chatcore.state.turns import Turn, Turns

RECV_BYTES = 8192  # a blocked reader holds a buffer of this size
SEND_BYTES = 65536
_SEND_NOW = getattr(socket, "MSG_DONTWAIT", 0) | getattr(socket, "MSG_NOSIGNAL", 0)
NEEDS_POLLING = sys.platform != "linux"
"""Elsewhere MSG_DONTWAIT means nothing on a blocking socket: the descriptor is non-blocking and the reader polls."""


class OutboxBudget:
    """How much all outboxes together may hold, and do. Any thread.

    When they hold too much, those give way that hold more than their share; so it is never more than twice as much.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.used_bytes = 0
        self._holders = 0
        self._lock = threading.Lock()

    def change(self, before: int, after: int) -> bool:
        """Note that an outbox held `before` bytes and now holds `after`; tell whether it may go on holding them."""
        with self._lock:
            self.used_bytes += after - before
            self._holders += (after > 0) - (before > 0)
            return self.used_bytes <= self.max_bytes or after * self._holders <= self.max_bytes


class TcpConnection:
    """One accepted socket with its outbox: what the peer has not taken yet."""

    def __init__(
        self,
        sock: socket.socket,
        max_sendq_bytes: int,
        budget: OutboxBudget | None = None,
        turn: Turn | None = None,
        *,
        polling: bool = NEEDS_POLLING,
    ) -> None:
        self._sock = sock
        self._max_sendq = max_sendq_bytes
        self._outbox = bytearray()
        self._budget = budget or OutboxBudget(sys.maxsize)
        self.turn = turn or Turn(Turns())
        self.on_output: Callable[[], None] | None = None
        """Called by the reader's thread when reading has produced something to send, once delivery sends (TLS)."""
        self._polling = polling
        self._stalled_since: float | None = None  # monotonic, s
        self._output_ended = threading.Event()
        self.is_closed = False
        self.line_format = 0
        sock.setblocking(not polling)
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def recv(self) -> bytes:
        """Wait for bytes and return them; b'' when the peer will send no more.

        Raises TransportClosed when the connection broke.
        """
        turn = self.turn
        if turn.is_over:
            return self._recv()
        turn.give()
        try:
            return self._recv()
        finally:
            turn.take()

    def send_all(self, data: bytes) -> None:
        """Send everything, waiting as long as it takes. Raises TransportClosed."""
        view = memoryview(data)
        try:
            while view := view[self._send_now(view) :]:
                self.turn.give()
                self._wait_for(select.POLLOUT)
        except OSError as error:
            raise TransportClosed(_reason(error)) from error

    def offer(self, data: bytes) -> bool:
        """Send what the peer takes now and keep the rest; never wait. Tell whether nothing is left.

        Raises SendQueueExceeded when too much is left, TransportClosed when the connection broke.
        """
        if self._outbox:
            self._keep(data)
            return False
        sent = self._send_now(data)
        if sent == len(data):
            return True
        self._stalled_since = monotonic()
        self._keep(memoryview(data)[sent:])
        return False

    def flush(self) -> bool:
        """Send what the peer takes now of the outbox; tell whether nothing is left. Raises TransportClosed."""
        while self._outbox:
            with memoryview(self._outbox) as view, view[:SEND_BYTES] as chunk:
                sent = self._send_now(chunk)
            if not sent:
                return False
            self._stalled_since = monotonic()
            del self._outbox[:sent]
            self._budget.change(len(self._outbox) + sent, len(self._outbox))
        self._stalled_since = None
        return True

    def is_stalled_since(self, moment: float) -> bool:
        """Tell whether the peer has taken nothing of what waits for it since `moment` (monotonic s). Any thread."""
        stalled_since = self._stalled_since
        return stalled_since is not None and stalled_since < moment

    def keep_open(self, now: float, quiet_s: float) -> None:
        """See Connection: what passes TCP on waits for ten minutes and more, and IRC asks before that."""

    def end_output(self, *, is_going_away: bool = False) -> None:
        """Tell the peer that nothing more comes."""
        self._shutdown(socket.SHUT_WR)
        self._output_ended.set()

    def wait_output_ended(self, seconds: float) -> None:
        """Wait until everything was sent, or given up, at most `seconds`. The client's thread."""
        self._output_ended.wait(seconds)

    def end_input(self) -> None:
        """Make this side's `recv` return b'' once it has returned what had arrived. Any thread."""
        self._shutdown(socket.SHUT_RD)

    def shutdown(self) -> None:
        """End the connection in both directions; whoever waits on it is woken. Any thread."""
        self._shutdown(socket.SHUT_RDWR)
        self._output_ended.set()

    def close(self) -> None:
        """Give the descriptor back. Closing again does nothing."""
        self.is_closed = True
        self.on_output = None  # or connection and reader would hold each other, until the collector comes by
        self._budget.change(len(self._outbox), 0)
        self._outbox.clear()
        with contextlib.suppress(OSError):
            self._sock.close()

    def fileno(self) -> int:
        """Return the descriptor; -1 once closed."""
        return self._sock.fileno()

    def _recv(self) -> bytes:
        try:
            while True:
                if self._polling:
                    self._wait_for(select.POLLIN)
                try:
                    return self._sock.recv(RECV_BYTES)
                except (BlockingIOError, InterruptedError):
                    continue
        except OSError as error:
            raise TransportClosed(_reason(error)) from error

    def _send_now(self, data: bytes | memoryview) -> int:
        try:
            return self._sock.send(data, _SEND_NOW)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError as error:
            raise TransportClosed(_reason(error)) from error

    def _keep(self, data: bytes | memoryview) -> None:
        self._outbox += data
        may_hold = self._budget.change(len(self._outbox) - len(data), len(self._outbox))
        if len(self._outbox) > self._max_sendq or not may_hold:
            raise SendQueueExceeded

    def _wait_for(self, what: int) -> None:
        poller = select.poll()
        try:
            poller.register(self._sock, what)
        except ValueError as error:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF)) from error
        poller.poll()

    def _shutdown(self, how: int) -> None:
        with contextlib.suppress(OSError):
            self._sock.shutdown(how)


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
