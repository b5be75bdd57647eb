"""Bytes between asyncssh and one of the tracker's connections, as an asyncio transport. Only for the loop's thread.

People type slowly. So input is read no faster than somebody could paste it, which also limits key exchanges, requests
and anything else that a peer may ask for. Before the login is complete, only as much is read as a login takes.
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
"""A key held down sends 1,500 bytes a second. Each costs the person's terminal client a fifth of a millisecond."""

MOST_BYTES_OF_A_LOGIN = 1 << 16
"""Twenty keys and twenty passwords take half of it."""

_FULL_BYTES = 1 << 16  # not yet taken by the peer: beyond this, output is held back before it is encrypted


class Socket(Connection, Protocol):
    """The connection beneath, which has a descriptor."""

    def recv_now(self) -> bytes | None:
        """See TcpConnection."""

    @property
    def unsent_bytes(self) -> int:
        """How many bytes the peer has not taken yet."""


class Wire(asyncio.Transport):
    """The bytes of one connection, both ways, until the peer has sent its last or `abandon` is called."""

    def __init__(self, loop: asyncio.AbstractEventLoop, socket: Socket, on_room: Callable[[], None]) -> None:
        """`on_room` is called when more may be written."""
        super().__init__()
        self.has_ended = False
        """Whether the connection is done: the peer has sent its last, or it was abandoned."""
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
        """Serve a protocol, which is given `data` first. `on_end` is called when the connection is done."""
        self._protocol, self._on_end = protocol, on_end
        protocol.connection_made(self)
        self._take(data)
        self._read_on()

    @property
    def is_full(self) -> bool:
        """Whether the peer is slow to take what was written."""
        return self._socket.unsent_bytes > _FULL_BYTES

    def write(self, data: Any) -> None:
        """Send data, and keep what the peer does not take yet. Too much ends the connection."""
        if self.has_ended:
            return
        try:
            if not self._socket.offer(data) and not self._is_writing:
                self._is_writing = True
                self._loop.add_writer(self._socket.fileno(), self._flush)
        except ChatError:  # the connection broke, or the peer takes nothing
            self._loop.call_soon(self.abandon)  # not now: the caller is in the middle of writing

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return the default: asyncssh need not know anything about the peer."""
        return default

    def is_closing(self) -> bool:
        """See asyncio."""
        return not self._is_heard

    def close(self) -> None:
        """Ignore further input, but read it to its end: unread input would make the socket drop our goodbye."""
        self._is_heard = False
        self._read_on()

    abort = close

    def abandon(self) -> None:
        """Stop using the connection at once."""
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
        wait_s = self._bucket.take(monotonic(), len(data)) if self._is_heard else 0.0  # ignored input is free
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
