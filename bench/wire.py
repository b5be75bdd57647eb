"""A non-blocking connection to a server, plain or with TLS; both are used alike."""

from __future__ import annotations

import functools
import socket
import ssl

CONNECT_S = 10.0


def connect(address: tuple[str, int], *, is_tls: bool = False) -> socket.socket | TlsSocket:
    """Connect, and encrypt if wanted. Raises OSError."""
    sock = socket.create_connection(address, timeout=CONNECT_S)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        wire = TlsSocket(_context().wrap_socket(sock)) if is_tls else sock
        sock = wire.sock if isinstance(wire, TlsSocket) else wire
        sock.setblocking(False)
    except BaseException:
        sock.close()
        raise
    return wire


class TlsSocket:
    """What the load uses of a non-blocking socket, over TLS: it raises BlockingIOError too where it would wait.

    A read takes all that has arrived, as far as there is room: what is decrypted already wakes no selector.
    """

    def __init__(self, sock: ssl.SSLSocket) -> None:
        self.sock = sock

    def fileno(self) -> int:
        return self.sock.fileno()

    def send(self, data: bytes) -> int:
        """As socket.send. What was refused must be the beginning of what is sent next."""
        try:
            return self.sock.send(data) if data else 0
        except (ssl.SSLWantWriteError, ssl.SSLWantReadError) as error:
            raise BlockingIOError from error

    def recv_into(self, buffer: memoryview) -> int:
        """As socket.recv_into."""
        got = 0
        try:
            while got < len(buffer) and (more := self.sock.recv_into(buffer[got:])):
                got += more
        except ssl.SSLWantReadError as error:
            if not got:
                raise BlockingIOError from error
        return got

    def close(self) -> None:
        self.sock.close()


@functools.cache
def _context() -> ssl.SSLContext:
    """What is measured is the encryption: the certificate, which the server has made itself, is not looked at."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
