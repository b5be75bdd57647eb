"""A plain TCP connection.

See Connection for who may call what. Client sockets never have a timeout: a deadline is enforced by a `shutdown` from
another thread, which ends a blocked `recv` or `send_all` at once.
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
from chatcore.protocol.goodbye import Ending
from chatcore.state.latch import Latch
from chatcore.state.turns import Turn, Turns

RECV_BYTES = 8192
FEW_BYTES = 479
"""How much a reader asks for first, and so the size of its buffer while it waits: a line or two. It then reads what
else has arrived, up to RECV_BYTES. This is the most that CPython allocates itself (512 bytes with the object's header)
instead of by malloc."""

SEND_BYTES = 65536
_NOW = getattr(socket, "MSG_DONTWAIT", 0)
_SEND_NOW = _NOW | getattr(socket, "MSG_NOSIGNAL", 0)
NEEDS_POLLING = sys.platform != "linux"
"""Elsewhere MSG_DONTWAIT has no effect on a blocking socket: the descriptor is non-blocking and the reader polls."""


class OutboxBudget:
    """Counts the bytes in all outboxes against their common limit. Any thread.

    Once the limit is exceeded, an outbox that holds more than its share and grows is refused; so the total never
    exceeds twice the limit.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.used_bytes = 0
        self._holders = 0
        self._lock = threading.Lock()

    def change(self, before: int, after: int) -> bool:
        """Note that an outbox has changed from `before` to `after` bytes; return whether it may keep them."""
        with self._lock:
            self.used_bytes += after - before
            self._holders += (after > 0) - (before > 0)
            return self.used_bytes <= self.max_bytes or after * self._holders <= self.max_bytes


class TcpConnection:
    """An accepted socket and its outbox: the output that the peer has not accepted yet."""

    __slots__ = (
        "_outbox",
        "_output_ended",
        "_polling",
        "_sock",
        "_stalled_since",
        "budget",
        "is_closed",
        "line_format",
        "max_sendq",
        "on_output",
        "turn",
    )

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
        self.max_sendq = max_sendq_bytes
        self._outbox = bytearray()
        self.budget = budget or OutboxBudget(sys.maxsize)
        self.turn = turn or Turn(Turns())
        self.on_output: Callable[[], None] | None = None
        """See Connection. Called by the layers above."""
        self._polling = polling
        self._stalled_since: float | None = None  # monotonic, s
        self._output_ended = Latch()
        self.is_closed = False
        self.line_format = 0
        sock.setblocking(not polling)
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def recv(self) -> bytes:
        """See Connection. Gives up its turn while it waits."""
        turn = self.turn
        if turn.is_over:
            return self._recv()
        turn.give()
        try:
            return self._recv()
        finally:
            turn.take()

    def recv_now(self) -> bytes | None:
        """Return what has arrived, without blocking: b'' at the end of the peer's output, None if there is nothing.

        For a caller that has found the descriptor readable. Raises TransportClosed.
        """
        try:
            return self._sock.recv(RECV_BYTES, _NOW)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError as error:
            raise TransportClosed(_reason(error)) from error

    def send_all(self, data: bytes) -> None:
        """See Connection. Gives up its turn before it waits."""
        view = memoryview(data)
        try:
            while view := view[self._send_now(view) :]:
                self.turn.give()
                self._wait_for(select.POLLOUT)
        except OSError as error:
            raise TransportClosed(_reason(error)) from error

    def offer(self, data: bytes) -> bool:
        """See Connection. Raises SendQueueExceeded if too much is left, TransportClosed if the connection broke."""
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
        """See Connection."""
        while self._outbox:
            with memoryview(self._outbox) as view, view[:SEND_BYTES] as chunk:
                sent = self._send_now(chunk)
            if not sent:
                return False
            self._stalled_since = monotonic()
            del self._outbox[:sent]
            self.budget.change(len(self._outbox) + sent, len(self._outbox))
        self._stalled_since = None
        return True

    @property
    def unsent_bytes(self) -> int:
        """Return how much offered output the peer has not accepted yet. Any thread."""
        return len(self._outbox)

    def is_stalled_since(self, moment: float) -> bool:
        """See Connection. Any thread."""
        stalled_since = self._stalled_since
        return stalled_since is not None and stalled_since < moment

    def keep_open(self, now: float, quiet_s: float) -> None:
        """See Connection. Does nothing: TCP proxies allow at least ten minutes of silence; IRC's PING comes sooner."""

    def end_output(self, ending: Ending = Ending.VISIT) -> None:
        """See Connection."""
        self._shutdown(socket.SHUT_WR)
        self._output_ended.set()

    def wait_output_ended(self, seconds: float) -> None:
        """See Connection. The client's thread."""
        self._output_ended.wait(seconds)

    def end_input(self) -> None:
        """See Connection. Any thread."""
        self._shutdown(socket.SHUT_RD)

    def shutdown(self) -> None:
        """See Connection. Any thread."""
        self._shutdown(socket.SHUT_RDWR)
        self._output_ended.set()

    def close(self) -> None:
        """See Connection."""
        self.is_closed = True
        self.on_output = None  # otherwise connection and reader would keep each other alive until the collector runs
        self.budget.change(len(self._outbox), 0)
        self._outbox.clear()
        with contextlib.suppress(OSError):
            self._sock.close()

    def fileno(self) -> int:
        """See Connection."""
        return self._sock.fileno()

    def _recv(self) -> bytes:
        try:
            while True:
                if self._polling:
                    self._wait_for(select.POLLIN)
                try:
                    data = self._sock.recv(FEW_BYTES)
                except (BlockingIOError, InterruptedError):
                    continue
                return data if len(data) < FEW_BYTES else data + self._recv_rest()
        except OSError as error:
            raise TransportClosed(_reason(error)) from error

    def _recv_rest(self) -> bytes:
        try:
            return self._sock.recv(RECV_BYTES - FEW_BYTES, _NOW)
        except OSError:  # nothing has arrived, or the connection broke, which the next receive will notice
            return b""

    def _send_now(self, data: bytes | memoryview) -> int:
        try:
            return self._sock.send(data, _SEND_NOW)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError as error:
            raise TransportClosed(_reason(error)) from error

    def _keep(self, data: bytes | memoryview) -> None:
        self._outbox += data
        may_hold = self.budget.change(len(self._outbox) - len(data), len(self._outbox))
        if len(self._outbox) > self.max_sendq or not may_hold:
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
