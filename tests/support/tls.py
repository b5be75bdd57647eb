"""The client's side of TLS for tests: encrypted sockets, and hellos to be cut and garbled. Verifies no certificate."""

from __future__ import annotations

import functools
import socket
import ssl


@functools.cache
def client_context() -> ssl.SSLContext:
    """Return a context that takes any certificate, as our client does; one for all, as making one takes a while."""
    return new_client_context()


def new_client_context() -> ssl.SSLContext:
    """Return such a context for a test that wants to change it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def encrypted(sock: socket.socket, context: ssl.SSLContext | None = None) -> ssl.SSLSocket:
    """Shake hands on a connected socket; the end without a close_notify is an error for who reads from the result."""
    return (context or client_context()).wrap_socket(sock, suppress_ragged_eofs=False)


def hello(context: ssl.SSLContext | None = None) -> bytes:
    """Return what a client says first."""
    outgoing = ssl.MemoryBIO()
    client = (context or client_context()).wrap_bio(ssl.MemoryBIO(), outgoing)
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        return outgoing.read()
    raise AssertionError("shook hands with nobody")
