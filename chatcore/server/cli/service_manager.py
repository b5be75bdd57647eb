"""Tells the service manager how far the tracker is (sd_notify(3), `Type=notify` and `Type=notify-reload`).

Nothing is sent where nobody asks for it, by NOTIFY_SOCKET in the environment. What cannot be sent is not sent: the chat
does not depend on it.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator, MutableMapping

_SEND_S = 1.0


class ServiceManager:
    """Who started the tracker, if that is one that wants to be told. Main thread only."""

    def __init__(self, environment: MutableMapping[str, str]) -> None:
        """Take the address out of the environment: it is nobody else's."""
        self._address = environment.pop("NOTIFY_SOCKET", "")

    def ready(self, status: str) -> None:
        """Say that people are let in. `status` is one line for `systemctl status`."""
        self._send("READY=1", f"STATUS={status}")

    @contextlib.contextmanager
    def reloading(self) -> Iterator[None]:
        """Say that what is done meanwhile is the reload that was asked for, and then that it is over."""
        self._send("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")
        try:
            yield
        finally:
            self._send("READY=1")

    def stopping(self, status: str) -> None:
        """Say that the end has begun."""
        self._send("STOPPING=1", f"STATUS={status}")

    def _send(self, *assignments: str) -> None:
        if not self._address.startswith(("/", "@")):  # none, or a kind of socket that we do not know
            return
        name = f"\0{self._address[1:]}" if self._address[0] == "@" else self._address
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.settimeout(_SEND_S)
            sock.sendto("\n".join(assignments).encode(errors="replace"), name)
