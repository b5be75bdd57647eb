"""The server's side of TLS, over another connection.

The engine must not be used by two threads at once, yet one thread reads while another sends. So the reader receives
ciphertext outside the lock and decrypts under it; the sender encrypts and offers the result to the connection beneath
while holding the same lock. Output that reading produces (key updates, alerts) is left to `flush`, and `on_output` is
called.
"""

from __future__ import annotations

import contextlib
import threading

from chatcore.errors import SendQueueExceeded, TransportClosed
from chatcore.protocol.goodbye import Ending
from chatcore.transport.connection import Connection, Layer
from chatcore.transport.tls_context import TlsIdentity
from chatcore.transport.tls_engine import UNFINISHED, TlsEngine


class TlsConnection(Layer):
    """The TLS side of an accepted connection. See Connection for who may call what."""

    __slots__ = ("_engine", "_lock", "_received", "end_point")

    def __init__(self, inner: Connection, identity: TlsIdentity, received: bytes) -> None:
        """Take over a connection from which `received` has already been read. The client's thread."""
        super().__init__(inner, inner.line_format)
        self.end_point = identity.end_point
        self._engine = TlsEngine(identity.context, is_server=True)
        self._lock = threading.Lock()  # guards the engine and the order of the outbox
        self._received = received

    @property
    def host_asked_for(self) -> str:
        """Return the host that the client requested in its hello, in lower case; '' for none."""
        return self._engine.host_asked_for

    def handshake(self) -> None:
        """Shake hands, waiting for the peer. The client's thread. Raises TransportClosed."""
        data, self._received = self._received, b""
        while True:
            try:
                with self._lock:
                    self._engine.feed(data)
                    is_done = self._engine.shake_hands()
            finally:
                self._send_output()  # also the alert that says why it failed
            if is_done:
                return
            data = self._inner.recv()
            if not data:
                raise TransportClosed(UNFINISHED)

    def recv(self) -> bytes:
        """See Connection. Once TLS has failed or this side has closed it, further input is dropped."""
        engine = self._engine
        while not engine.is_over:
            with self._lock:
                plaintext = engine.decrypt()
                has_output = engine.has_output
            if has_output:
                on_output = self.on_output  # while there is none, the next `send_all` sends the output too
                if on_output is not None:
                    on_output()
            if plaintext is not None:
                return plaintext
            ciphertext = self._inner.recv()
            if not ciphertext:
                return b""
            with self._lock:
                engine.feed(ciphertext)
        while self._inner.recv():
            pass
        return b""

    def send_all(self, data: bytes) -> None:
        """See Connection."""
        with self._lock:
            ciphertext = self._engine.encrypt(data)
        self._inner.send_all(ciphertext)

    def offer(self, data: bytes) -> bool:
        """See Connection."""
        with self._lock:
            return self._inner.offer(self._engine.encrypt(data))

    def flush(self) -> bool:
        """See Connection."""
        with self._lock:
            if self._engine.has_output:
                self._inner.offer(self._engine.output())
            return self._inner.flush()

    def end_output(self, ending: Ending = Ending.VISIT) -> None:
        """See Connection. Also sends close_notify, if the peer accepts it without blocking."""
        with self._lock, contextlib.suppress(TransportClosed, SendQueueExceeded):
            self._inner.offer(self._engine.close())
        self._inner.end_output()

    def _send_output(self) -> None:
        with self._lock:
            data = self._engine.output()
        if data:
            self._inner.send_all(data)
