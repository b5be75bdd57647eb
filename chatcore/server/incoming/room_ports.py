"""Rooms with their own address: each room has a listener on a port from a range for as long as it exists.

A client that connects there joins the room by an ordinary JOIN, subject to modes and bans. Delivery calls `open` and
`close`: it knows when a room begins and ends. Heartbeat's `tick` stops listeners, because that waits for a thread.
"""

from __future__ import annotations

import re
import socket
import threading
from collections import deque
from collections.abc import Callable

from chatcore.errors import ConfigError
from chatcore.protocol.names import format_address
from chatcore.server.incoming.listener import Listener
from chatcore.server.notice_board import TellOnce
from chatcore.transport.listening import addresses_for_others, bind_listeners

_STOP_S = 0.5
"""How long a new room waits for the port of one that has just ended: its accept thread only has to wake up."""


class RoomPorts:
    """Hands out the ports of a range, the one free for longest first."""

    def __init__(
        self,
        host: str,
        ports: range,
        on_accept: Callable[[socket.socket, str], None],
        tell: Callable[[str], None],
    ) -> None:
        """`on_accept` takes over a connection for a room; `tell` tells the operator of rooms that get no address."""
        self._host = host
        self._ports = ports
        self._announced_host = addresses_for_others(host)[0]
        self._on_accept = on_accept
        self._told = TellOnce(tell)
        self._lock = threading.Lock()  # guards all below
        self._changed = threading.Condition(self._lock)
        self._is_stopping = False  # a listener is being stopped: its port will be free in a moment
        self._free = deque(ports)
        self._rooms: dict[int, str] = {}  # by port, including listeners still to be stopped
        self._open: dict[str, tuple[int, Listener]] = {}
        self._closing: deque[tuple[int, Listener]] = deque()
        self._is_stopped = False

    def open_address(self, channel: str) -> str:
        """Start listening for a new room; return the address to announce, '' if it gets none."""
        port = self.open(channel) if self._ports else None
        return format_address(self._announced_host, port) if port else ""

    def open(self, channel: str) -> int | None:
        """Start listening for a new room; return its port, None if none is left."""
        with self._lock:
            if not (self._free or self._closing):
                self._changed.wait_for(lambda: not self._is_stopping, _STOP_S)
            candidates = len(self._free)
        for _ in range(candidates):
            with self._lock:
                if self._is_stopped:
                    return None
                port = self._free.popleft()
                self._rooms[port] = channel
            listener = self._listen(port)
            if listener is None:
                with self._lock:
                    self._free.append(port)
            elif self._keep(channel, port, listener):
                return port
        return self._take_over(channel)

    def close(self, channel: str) -> None:
        """Mark the listener of a room that has ended to be stopped, which frees its port."""
        with self._lock:
            entry = self._open.pop(channel, None)
            if entry is not None:
                self._closing.append(entry)

    def rename(self, name: str, new: str) -> None:
        """Move a room's listener, if it has one, to the room's new name."""
        with self._lock:
            entry = self._open.pop(name, None)
            if entry is not None:
                self._open[new] = entry
                self._rooms[entry[0]] = new

    def tick(self) -> None:
        """Stop the listeners of rooms that have ended. Heartbeat's thread, and the main thread at the end."""
        while True:
            with self._lock:
                if not self._closing:
                    return
                port, listener = self._closing.popleft()
                self._is_stopping = True
            listener.stop()
            with self._lock:
                self._free.append(port)
                self._is_stopping = False
                self._changed.notify_all()

    def stop(self) -> None:
        """Stop all listeners; new rooms get none. Main thread."""
        with self._lock:
            self._is_stopped = True
            self._closing.extend(self._open.values())
            self._open.clear()
        self.tick()

    def _listen(self, port: int) -> Listener | None:
        """Return a running listener; None if the port is taken, or no thread or descriptor is left."""
        try:
            sockets = bind_listeners(self._host, port)
        except (ConfigError, OSError):
            return None
        try:
            listener = Listener(sockets, lambda sock: self._accept(sock, port), name=f"accept {port}")
            listener.start()
        except (RuntimeError, OSError):
            return None
        return listener

    def _keep(self, channel: str, port: int, listener: Listener) -> bool:
        """Keep a room's listener, or stop it if the tracker is closing."""
        with self._lock:
            if not self._is_stopped:
                self._open[channel] = (port, listener)
                return True
        listener.stop()
        return False

    def _take_over(self, channel: str) -> int | None:
        """Give a room the listener of one that has just ended; return its port, None if there is none."""
        with self._lock:
            if self._is_stopped:
                return None
            if self._closing:
                entry = self._open[channel] = self._closing.popleft()
                self._rooms[entry[0]] = channel
                return entry[0]
        taken = f"{self._ports[0]}-{self._ports[-1]}"
        self._told.tell(channel, f"{channel} gets no address of its own: all ports {taken} are taken")
        return None

    def _accept(self, sock: socket.socket, port: int) -> None:
        with self._lock:
            channel = self._rooms[port]
        self._on_accept(sock, channel)


_RANGE = re.compile("([0-9]{1,5})-([0-9]{1,5})")


def parse_port_range(text: str) -> range:
    """Parse `FIRST-LAST`; '' is an empty range. Raises ConfigError."""
    if not text:
        return range(0)
    found = _RANGE.fullmatch(text)
    ports = range(int(found[1]), int(found[2]) + 1) if found else range(0)
    if not ports or ports[0] < 1 or ports[-1] > 65535:
        raise ConfigError(f"room_ports must be FIRST-LAST, from 1 to 65535, not {text[:40]!r}")
    return ports
