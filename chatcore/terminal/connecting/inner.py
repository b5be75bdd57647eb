"""A connection inside the tracker, for a guest: no socket, no thread, and no pulse, as nothing is in between.

Whoever has both ends gives what arrives (`take`, `end`) in a thread of its own, and is given what is sent.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from chatcore.errors import ProtocolError
from chatcore.terminal.connecting.connection import BROKE, Connection


class InnerConnection(Connection):
    """See Connection. `take` and `end` are for the thread in which bytes arrive."""

    def __init__(self, send: Callable[[bytes], None], hang_up: Callable[[], None]) -> None:
        """`send` is given whole lines; `hang_up` is called once, when we are done. Both by any thread; neither waits.

        After `hang_up`, `end` is called by whoever has the other end.
        """
        super().__init__()
        self._give = send
        self._hang_up = hang_up
        self._lock = threading.Lock()  # guards the one below
        self._is_shut = False

    def take(self, data: bytes) -> None:
        """Hand on what has arrived, and what it shows. Takes its time: never for the thread that delivers to all."""
        if self._is_shut:
            return
        try:
            self._feed(data)
        except ProtocolError as error:
            self.give_up(f"{BROKE}: {error}")
        except Exception as error:  # noqa: BLE001 - the guest's thread raises it when the terminal is restored
            self.fault = error
            self._shut()

    def end(self, reason: str = "") -> None:
        """Tell that nothing more arrives, and why if that is known. Can be called again."""
        if not self._has_ended:
            if reason:
                self.end_reason = reason
            self._shut()
            self._deliver(None)

    def close(self) -> None:
        """See Connection.close."""
        self._shut()

    def _send_bytes(self, data: bytes) -> None:
        if not self._is_shut:
            self._give(data)

    def _hurry(self) -> None:
        """See Connection; it always is."""

    def _shut(self) -> None:
        with self._lock:
            is_first, self._is_shut = not self._is_shut, True
        if is_first:
            self._hang_up()
