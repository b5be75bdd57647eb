"""Rooms with an address of their own: a listener for each room, while it exists, on a port from a range.

Who connects there joins that room by an ordinary JOIN, modes and bans included. `open` and `close` belong to delivery,
which knows when a room begins and ends; listeners are stopped by heartbeat's `tick`, since that waits for a thread.
"""

from __future__ import annotations

import socket
import threading
from collections import deque
from collections.abc import Callable

from chatcore.errors import ConfigError
from chatcore.server.listener import Listener
from chatcore.transport.listening import bind_listeners


class RoomPorts:
    """Hands out the ports of a range, those released longest ago first."""

    def __init__(
        self,
        host: str,
        ports: range,
        on_accept: Callable[[socket.socket, str], None],
        on_exhausted: Callable[[str], None],
    ) -> None:
        """`on_accept` takes over a connection for a room; `on_exhausted` hears of a room that gets no address."""
        self._host = host
        self._on_accept = on_accept
        self._on_exhausted = on_exhausted
        self._lock = threading.Lock()  # guards the three below
        self._free = deque(ports)
        self._open: dict[str, tuple[int, Listener]] = {}
        self._closing: deque[tuple[int, Listener]] = deque()

    def open(self, channel: str) -> int | None:
        """Begin to listen for a room that begins; return its port, or None when there is none left."""
        with self._lock:
            candidates = len(self._free)
        for _ in range(candidates):
            with self._lock:
                port = self._free.popleft()
            try:
                sockets = bind_listeners(self._host, port)
                listener = Listener(sockets, lambda sock: self._on_accept(sock, channel), name=f"accept {channel}")
                listener.start()
            except (ConfigError, RuntimeError, OSError):  # another program has it, or there is no thread left
                with self._lock:
                    self._free.append(port)
                continue
            with self._lock:
                self._open[channel] = (port, listener)
            return port
        self._on_exhausted(channel)
        return None

    def close(self, channel: str) -> None:
        """Have the listener of a room that has ended stopped; its port is free after that."""
        with self._lock:
            entry = self._open.pop(channel, None)
            if entry is not None:
                self._closing.append(entry)

    def tick(self) -> None:
        """Stop the listeners of rooms that have ended. Heartbeat's thread, and the main thread at the end."""
        while True:
            with self._lock:
                if not self._closing:
                    return
                port, listener = self._closing.popleft()
            listener.stop()
            with self._lock:
                self._free.append(port)

    def stop(self) -> None:
        """Stop all listeners. Main thread."""
        with self._lock:
            self._closing.extend(self._open.values())
            self._open.clear()
        self.tick()


def parse_port_range(text: str) -> range:
    """Return the ports of `FIRST-LAST`, none for ''. Raises ConfigError."""
    if not text:
        return range(0)
    first, dash, last = text.partition("-")
    if not (dash and first.isascii() and last.isascii() and first.isdigit() and last.isdigit()):
        raise ConfigError(f"room_ports must be FIRST-LAST, not {text!r}")
    ports = range(int(first), int(last) + 1)
    if not ports or ports[0] < 1 or ports[-1] > 65535:
        raise ConfigError(f"room_ports must be FIRST-LAST between 1 and 65535, not {text!r}")
    return ports
