"""A person's connection to a tracker, with or without TLS: lines out, lines in, no long waits."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress

_WAIT_S = 5.0
_BYTES = 1 << 16


def _context() -> ssl.SSLContext:
    """Return a context that accepts any certificate, because trackers make theirs at their start."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


_CONTEXT = _context()


class Connection:
    """Made by `open`. Any error ends it; then `is_open` is False."""

    def __init__(self, connection: socket.socket) -> None:
        host, port = connection.getsockname()[:2]
        self.address = f"{host}:{port}"
        self.is_open = True
        self._socket = connection
        self._buffer = b""

    @classmethod
    def open(cls, port: int, source: str, *, has_tls: bool) -> Connection | None:
        """Connect from an address of loopback; None if that fails."""
        connection = None
        try:
            connection = socket.create_connection(("127.0.0.1", port), _WAIT_S, (source, 0))
            return cls(_CONTEXT.wrap_socket(connection) if has_tls else connection)
        except OSError:
            if connection is not None:
                connection.close()
            return None

    def fileno(self) -> int:
        """Return the descriptor."""
        return self._socket.fileno()

    def send(self, lines: Sequence[str]) -> None:
        """Send lines as they are."""
        try:
            self._socket.settimeout(_WAIT_S)
            self._socket.sendall("".join(line + "\r\n" for line in lines).encode())
        except OSError:
            self.close()

    def read(self) -> list[str]:
        """Return the lines that have arrived."""
        return self._lines(0.0)

    def read_rest(self) -> list[str]:
        """Return the lines that arrive until it ends."""
        return self._lines(_WAIT_S)

    def close(self) -> None:
        """Close it without QUIT."""
        self.is_open = False
        with suppress(OSError):
            self._socket.close()

    def _lines(self, timeout_s: float) -> list[str]:
        data = self._buffer
        try:
            self._socket.settimeout(timeout_s)
            while found := self._socket.recv(_BYTES):
                data += found
            self.close()
        except (BlockingIOError, ssl.SSLWantReadError):
            pass
        except OSError:
            self.close()
        *lines, self._buffer = data.split(b"\r\n")
        return [line.decode() for line in lines]
