"""The connection of a client of another tracker: that tracker does the sending, so this connection never does."""

from __future__ import annotations

from collections.abc import Callable

from chatcore.protocol.goodbye import Ending
from chatcore.transport.formats import LINES


class RemoteConnection:
    """Accepts everything and sends nothing. See Connection; any thread."""

    __slots__ = ("on_output",)

    line_format = LINES
    is_closed = False

    def __init__(self) -> None:
        self.on_output: Callable[[], None] | None = None

    def recv(self) -> bytes:
        """See Connection: nothing ever comes."""
        return b""

    def send_all(self, data: bytes) -> None:
        """See Connection."""

    def offer(self, data: bytes) -> bool:
        """See Connection."""
        return True

    def flush(self) -> bool:
        """See Connection."""
        return True

    def is_stalled_since(self, moment: float) -> bool:
        """See Connection."""
        return False

    def keep_open(self, now: float, quiet_s: float) -> None:
        """See Connection."""

    def end_output(self, ending: Ending = Ending.VISIT) -> None:
        """See Connection."""

    def wait_output_ended(self, seconds: float) -> None:
        """See Connection."""

    def end_input(self) -> None:
        """See Connection."""

    def shutdown(self) -> None:
        """See Connection."""

    def close(self) -> None:
        """See Connection."""

    def fileno(self) -> int:
        """See Connection: there is none."""
        return -1
