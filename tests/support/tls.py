"""The client's side of TLS for tests: encrypted sockets, and hellos to be cut and garbled. Verifies no certificate."""

from __future__ import annotations

import contextlib
import functools
import select
import socket
import ssl
from collections.abc import Callable


@functools.cache
def client_context() -> ssl.SSLContext:
    """Return a context that accepts any certificate, as our client does; the same for all, as making one is slow."""
    return new_client_context()


def new_client_context() -> ssl.SSLContext:
    """Return such a context for a test that wants to change it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def encrypted(sock: socket.socket, context: ssl.SSLContext | None = None) -> ssl.SSLSocket:
    """Shake hands on a connected socket; an end without a close_notify is an error when reading from the result."""
    return (context or client_context()).wrap_socket(sock, suppress_ragged_eofs=False)


def exchange(sock: ssl.SSLSocket, sent: bytes, is_enough: Callable[[bytearray], bool]) -> bytes:
    """Send, and read until it is enough, both at full speed; return what came. One thread: TLS objects allow no two."""
    within_s = sock.gettimeout()
    sock.setblocking(False)
    left, received = memoryview(sent), bytearray()
    while left or not is_enough(received):
        assert any(select.select([sock], [sock] if left else [], [], within_s)), "neither side makes progress"
        with contextlib.suppress(ssl.SSLWantReadError, ssl.SSLWantWriteError):
            left = left[sock.send(left[:16384]) :]
        with contextlib.suppress(ssl.SSLWantReadError, ssl.SSLWantWriteError):
            while more := sock.recv(65536):
                received += more
    return bytes(received)


def hello(context: ssl.SSLContext | None = None) -> bytes:
    """Return a client's first bytes."""
    outgoing = ssl.MemoryBIO()
    client = (context or client_context()).wrap_bio(ssl.MemoryBIO(), outgoing)
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        return outgoing.read()
    raise AssertionError("the handshake ended without a server")
