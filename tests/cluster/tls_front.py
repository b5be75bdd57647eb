"""TLS in front of an engine: the Valkey server of the tests has none, and some operators put stunnel before theirs."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def tls_front(engine_port: int, context: ssl.SSLContext) -> Iterator[int]:
    """Forward TLS connections to a port of loopback, one at a time; yield the port to connect to."""
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=_serve, args=(listening, engine_port, context))
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()
        listening.close()


def _serve(listening: socket.socket, engine_port: int, context: ssl.SSLContext) -> None:
    while True:
        try:
            plain, _ = listening.accept()
        except OSError:
            return
        with plain, contextlib.suppress(OSError):
            _pass_on(context.wrap_socket(plain, server_side=True), engine_port)


def _pass_on(near: ssl.SSLSocket, engine_port: int) -> None:
    """Forward each request, then its answer, which must be short."""
    with near, socket.create_connection(("127.0.0.1", engine_port)) as far:
        while asked := near.recv(1 << 16):
            far.sendall(asked)
            near.sendall(far.recv(1 << 16))
