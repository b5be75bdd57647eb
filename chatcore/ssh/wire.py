"""Bytes between asyncssh and a connection of the tracker's, as a transport of asyncio's. Only for the loop's thread.

Whoever types is slow. So what arrives is read no faster than a paste by hand, which also bounds key exchanges, requests
and whatever else one could ask for; and before somebody is in, only as much as a login takes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Any, Protocol

from chatcore.errors import ChatError, TransportClosed
from chatcore.state.throttle import TokenBucket
from chatcore.transport.connection import Connection

BYTES_PER_S, BURST_BYTES = 4096, 1 << 16
"""A key that is held down takes 1,500 a second. Each costs the client that we run for the person a fifth of a ms."""

MOST_BYTES_OF_A_LOGIN = 1 << 16
"""Twenty keys, and as many passwords, take half of it."""

_FULL_BYTES = 1 << 16  # that the peer has not taken: more is held back before it is encrypted


class Socket(Connection, Protocol):
    """What is needed of the connection beneath: one that has a descriptor."""

    def recv_now(self) -> bytes | None:
        """See TcpConnection."""

    @property
    def unsent_bytes(self) -> int:
        """How much the peer has not taken yet."""


class Wire(asyncio.Transport):
    """One connection's bytes, both ways, until the peer has sent its last or `abandon` is called."""

    def __init__(self, loop: asyncio.AbstractEventLoop, socket: Socket, on_room: Callable[[], None]) -> None:
        """`on_room` is called when what was held back may be written."""
        super().__init__()
        self.has_ended = False
        """Whether the peer has sent its last; it may have been heard out for nobody."""
        self.is_logged_in = False
        self._loop = loop
        self._socket = socket
        self._on_room = on_room
        self._protocol: asyncio.Protocol | None = None
        self._on_end: Callable[[], None] = lambda: None
        self._bucket = TokenBucket(BYTES_PER_S, BURST_BYTES)
        self._received = 0
        self._is_reading = False
        self._is_writing = False
        self._is_heard = True

    def begin(self, protocol: asyncio.Protocol, data: bytes, on_end: Callable[[], None]) -> None:
        """Serve a protocol, which is given `data` first. `on_end` is called when the peer has sent its last."""
        self._protocol, self._on_end = protocol, on_end
        protocol.connection_made(self)
        self._take(data)
        self._read_on()

    @property
    def is_full(self) -> bool:
        """Whether the peer is slow to take what was written."""
        return self._socket.unsent_bytes > _FULL_BYTES

    def write(self, data: Any) -> None:
        """Send, or keep what the peer does not take. What is too much ends the connection."""
        if self.has_ended:
            return
        try:
            if not self._socket.offer(data) and not self._is_writing:
                self._is_writing = True
                self._loop.add_writer(self._socket.fileno(), self._flush)
        except ChatError:  # it broke, or takes nothing
            self._loop.call_soon(self.abandon)  # whoever writes is not done yet

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Nothing is told: the tracker knows whose connection it is."""
        return default

    def is_closing(self) -> bool:
        """See asyncio."""
        return not self._is_heard

    def close(self) -> None:
        """Hear no more of what the peer says, but read until it has ended: unread input would destroy a goodbye."""
        self._is_heard = False
        self._read_on()

    abort = close

    def abandon(self) -> None:
        """Leave the connection alone from here on, at once."""
        if not self.has_ended:
            self.has_ended = True
            self._stop_reading()
            self._stop_writing()
            if self._is_heard and self._protocol is not None:
                self._is_heard = False
                self._protocol.connection_lost(None)
            self._protocol = None
            self._on_end()

    def _read_on(self) -> None:
        if not (self._is_reading or self.has_ended):
            self._is_reading = True
            self._loop.add_reader(self._socket.fileno(), self._readable)

    def _readable(self) -> None:
        try:
            data = self._socket.recv_now()
        except TransportClosed:
            data = b""
        if data is None:
            return
        if not data:
            self.abandon()
            return
        wait_s = self._bucket.take(monotonic(), len(data)) if self._is_heard else 0.0  # what is not heard costs nothing
        if wait_s:
            self._stop_reading()
            self._loop.call_later(wait_s, self._read_on)
        self._take(data)

    def _take(self, data: bytes) -> None:
        self._received += len(data)
        if not self.is_logged_in and self._received > MOST_BYTES_OF_A_LOGIN:
            self.abandon()
        elif self._is_heard and self._protocol is not None:
            self._protocol.data_received(data)

    def _flush(self) -> None:
        try:
            if self._socket.flush():
                self._stop_writing()
        except ChatError:
            self.abandon()
        if not self.is_full:
            self._on_room()

    def _stop_reading(self) -> None:
        if self._is_reading:
            self._is_reading = False
            self._loop.remove_reader(self._socket.fileno())

    def _stop_writing(self) -> None:
        if self._is_writing:
            self._is_writing = False
            self._loop.remove_writer(self._socket.fileno())
