"""A guest's connection to a tracker: here a socket that a thread reads, in place of the tracker's internal one."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from chatcore.terminal.connecting.inner import InnerConnection

_READ_BYTES = 65536


class Inside:
    """Opens connections, and closes those still open."""

    def __init__(self, port: int) -> None:
        self.connections: list[InnerConnection] = []
        self._port = port
        self._threads: list[threading.Thread] = []

    def open(self) -> InnerConnection:
        """Return a new connection to the tracker."""
        sock = socket.create_connection(("127.0.0.1", self._port))

        def send(data: bytes) -> None:
            with suppress(OSError):
                sock.sendall(data)

        def hang_up() -> None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

        connection = InnerConnection(send, hang_up)
        self.connections.append(connection)
        thread = threading.Thread(target=_bring, args=(sock, connection), name="inside")
        self._threads.append(thread)
        thread.start()
        return connection

    def close(self) -> None:
        """End all connections."""
        for connection in self.connections:
            connection.close()
        for thread in self._threads:
            thread.join()


def _bring(sock: socket.socket, connection: InnerConnection) -> None:
    with sock:
        try:
            while data := sock.recv(_READ_BYTES):
                connection.take(data)
        except OSError:
            pass
        finally:
            connection.end()


@contextmanager
def inside(port: int) -> Iterator[Inside]:
    """Yield what opens connections to the tracker at this port, without TLS."""
    ways = Inside(port)
    try:
        yield ways
    finally:
        ways.close()
