"""Tells the service manager the tracker's state (sd_notify(3), `Type=notify` and `Type=notify-reload`).

Nothing is sent unless NOTIFY_SOCKET is in the environment. Failures are ignored: the chat does not depend on it.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator, MutableMapping

_SEND_S = 1.0


class ServiceManager:
    """The service manager that started the tracker, if it wants notifications. Main thread only."""

    def __init__(self, environment: MutableMapping[str, str]) -> None:
        """Take the address out of the environment, so that child processes do not inherit it."""
        self._address = environment.pop("NOTIFY_SOCKET", "")

    def ready(self, status: str) -> None:
        """Say that the tracker accepts people. `status` is one line for `systemctl status`."""
        self._send("READY=1", f"STATUS={status}")

    @contextlib.contextmanager
    def reloading(self) -> Iterator[None]:
        """Say that a reload begins, and at the end that it is done."""
        self._send("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")
        try:
            yield
        finally:
            self._send("READY=1")

    def stopping(self, status: str) -> None:
        """Say that the tracker is shutting down."""
        self._send("STOPPING=1", f"STATUS={status}")

    def _send(self, *assignments: str) -> None:
        if not self._address.startswith(("/", "@")):  # none, or an unsupported kind of socket
            return
        name = f"\0{self._address[1:]}" if self._address[0] == "@" else self._address
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.settimeout(_SEND_S)
            sock.sendto("\n".join(assignments).encode(errors="replace"), name)
