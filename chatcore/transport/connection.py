"""What the server sees of a connection, however its bytes travel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from chatcore.protocol.goodbye import Ending


class Connection(Protocol):
    """Plain TCP, TLS, or WebSocket over either.

    Who may call what: `recv` and `send_all` the client's own thread; `offer`, `flush`, `end_output`, `close` delivery
    once the client is registered (before that its own thread); everything else anyone, at any time.
    """

    line_format: int
    """How lines are encoded: bits of transport.formats."""

    on_output: Callable[[], None] | None
    """Called in the reader's thread when reading has produced something to send, once delivery does the sending."""

    @property
    def is_closed(self) -> bool:
        """Return whether the descriptor was given back."""

    def recv(self) -> bytes:
        """Wait for bytes and return them; b'' once the peer has sent its last. Raises TransportClosed."""

    def send_all(self, data: bytes) -> None:
        """Send whole lines, waiting as long as it takes. Raises TransportClosed."""

    def offer(self, data: bytes) -> bool:
        """Send what the peer takes now, keep the rest, never wait; return whether nothing is left.

        `data` is in the connection's format. Raises SendQueueExceeded or TransportClosed.
        """

    def flush(self) -> bool:
        """Send what the peer takes now of what was kept; return whether nothing is left. Raises TransportClosed."""

    def is_stalled_since(self, moment: float) -> bool:
        """Return whether the peer has taken nothing of what was kept for it since `moment` (monotonic s)."""

    def keep_open(self, now: float, quiet_s: float) -> None:
        """Have something sent if nothing was for `quiet_s`, in case a proxy ends idle connections.

        `now` is monotonic s. Heartbeat's thread, repeatedly, once delivery does the sending.
        """

    def end_output(self, ending: Ending = Ending.VISIT) -> None:
        """Tell the peer that nothing more comes, and what has ended, where the transport has a way to say that."""

    def wait_output_ended(self, seconds: float) -> None:
        """Wait until everything was sent or given up, at most `seconds`."""

    def end_input(self) -> None:
        """Make `recv` return b'' once it has returned what had arrived."""

    def shutdown(self) -> None:
        """End the connection in both directions, waking whoever waits on it."""

    def close(self) -> None:
        """Give the descriptor back. Closing twice is harmless."""

    def fileno(self) -> int:
        """Return the descriptor; -1 once closed."""


class Layer:
    """What TLS and WebSocket leave to the connection beneath them."""

    __slots__ = ("_inner", "line_format")

    def __init__(self, inner: Connection, line_format: int) -> None:
        self._inner = inner
        self.line_format = line_format

    @property
    def is_closed(self) -> bool:
        """See Connection."""
        return self._inner.is_closed

    @property
    def on_output(self) -> Callable[[], None] | None:
        """See Connection."""
        return self._inner.on_output

    @on_output.setter
    def on_output(self, callback: Callable[[], None] | None) -> None:
        self._inner.on_output = callback

    def is_stalled_since(self, moment: float) -> bool:
        """See Connection."""
        return self._inner.is_stalled_since(moment)

    def keep_open(self, now: float, quiet_s: float) -> None:
        """See Connection."""
        self._inner.keep_open(now, quiet_s)

    def wait_output_ended(self, seconds: float) -> None:
        """See Connection."""
        self._inner.wait_output_ended(seconds)

    def end_input(self) -> None:
        """See Connection."""
        self._inner.end_input()

    def shutdown(self) -> None:
        """See Connection."""
        self._inner.shutdown()

    def close(self) -> None:
        """See Connection."""
        self._inner.close()

    def fileno(self) -> int:
        """See Connection."""
        return self._inner.fileno()
