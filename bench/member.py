"""One IRC client of `bench.fairness` and `bench.at_rest`: its socket, and its pending output."""

from __future__ import annotations

import socket

_CONNECT_S = 10.0


class LoadError(Exception):
    """The figure would be worthless: a client was refused, or messages were lost, doubled or out of order."""


class Member:
    """A client in one room. It never blocks once it is connected. Not for use by two threads."""

    def __init__(self, nick: str, room: str, address: tuple[str, int]) -> None:
        """Connect. Raises LoadError when nobody answers there."""
        self.nick = nick
        self.room = room
        self.carry = b""
        """The beginning of an incomplete line."""
        self.pending = b""
        """Bytes that the socket has not taken yet."""
        try:
            self.sock = socket.create_connection(address, timeout=_CONNECT_S)
        except OSError as error:
            raise self.failure(f"cannot connect to {address[0]} port {address[1]}: {error}") from error
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.setblocking(False)

    def write(self, data: bytes) -> bool:
        """Send `data`, or False: what the socket does not take now is kept in `pending`.

        Raises LoadError when the connection is gone.
        """
        data = self.pending + data
        try:
            self.pending = data[self.sock.send(data) :]
        except BlockingIOError:
            self.pending = data
        except OSError as error:
            raise self.failure(f"connection lost while sending: {error}") from error
        return not self.pending

    def failure(self, what: str) -> LoadError:
        """An exception that names this client."""
        return LoadError(f"client {self.nick} in {self.room}: {what}")
