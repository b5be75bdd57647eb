"""The server's interface to a connection, whatever its transport."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from chatcore.protocol.goodbye import Ending


class Connection(Protocol):
    """Plain TCP, TLS, or WebSocket over either.

    Who may call what: `recv` and `send_all` are for the client's own thread; `offer`, `flush`, `end_output` and `close`
    are for delivery once the client is registered, and for the client's own thread before; any thread may call the rest
    at any time.
    """

    line_format: int
    """How lines are encoded: bits of transport.formats."""

    on_output: Callable[[], None] | None
    """Called when the transport itself has something to send, such as a pong, once delivery does the sending."""

    @property
    def is_closed(self) -> bool:
        """Return whether the descriptor is closed."""

    def recv(self) -> bytes:
        """Wait for bytes and return them; b'' at the end of the peer's output. Raises TransportClosed."""

    def send_all(self, data: bytes) -> None:
        """Send whole lines, blocking as long as it takes. Raises TransportClosed."""

    def offer(self, data: bytes) -> bool:
        """Send what the peer accepts now and keep the rest, without blocking; return whether nothing is left.

        `data` is in the connection's format. Raises SendQueueExceeded or TransportClosed.
        """

    def flush(self) -> bool:
        """Send as much of the kept output as the peer accepts now; return whether none is left.

        Raises TransportClosed.
        """

    def is_stalled_since(self, moment: float) -> bool:
        """Return whether the peer has accepted none of the kept output since `moment` (monotonic s)."""

    def keep_open(self, now: float, quiet_s: float) -> None:
        """Have something sent if nothing was sent for `quiet_s`, in case a proxy closes idle connections.

        `now` is monotonic s. Called repeatedly by the heartbeat's thread, once delivery does the sending.
        """

    def end_output(self, ending: Ending = Ending.VISIT) -> None:
        """Tell the peer that no more output comes and, if the transport can say it, what has ended."""

    def wait_output_ended(self, seconds: float) -> None:
        """Wait at most `seconds` until all output is sent or given up."""

    def end_input(self) -> None:
        """Make `recv` return b'' once it has returned everything that has arrived."""

    def shutdown(self) -> None:
        """Shut the connection down in both directions, waking any thread that waits on it."""

    def close(self) -> None:
        """Close the descriptor. Closing twice is harmless."""

    def fileno(self) -> int:
        """Return the descriptor; -1 once closed."""


class Layer:
    """The methods that TLS and WebSocket delegate to the connection beneath them."""

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
