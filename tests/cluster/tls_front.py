"""TLS before an engine: the Valkey server of the tests has none, as some who run one put stunnel before theirs."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def tls_front(engine_port: int, context: ssl.SSLContext) -> Iterator[int]:
    """Pass what comes over TLS on to a port of loopback, one connection at a time; yield the port to come to."""
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
    """Pass on what is asked, then what is answered to that, which must not be much."""
    with near, socket.create_connection(("127.0.0.1", engine_port)) as far:
        while asked := near.recv(1 << 16):
            far.sendall(asked)
            near.sendall(far.recv(1 << 16))
