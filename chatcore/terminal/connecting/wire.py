"""The two ways bytes reach the tracker: with TLS, and in the clear.

Two threads must not use the TLS engine at once, yet one thread reads while another sends. So the reader receives
ciphertext outside a lock and decrypts under it; the sender encrypts under it and sends outside, one sender at a time.
Nothing blocks under the lock, so a slow send cannot keep the reader from reading.

The certificate is not verified here. The server proves who it is by knowing the password on a connection with this very
certificate (`proof`).
"""

from __future__ import annotations

import select
import socket
import threading
from time import monotonic
from typing import Protocol

from chatcore.errors import TlsFailed
from chatcore.terminal.connecting.turned_away import NotEncrypted
from chatcore.transport.tls_context import make_client_context
from chatcore.transport.tls_engine import TlsEngine

_RECEIVE_BYTES = 65536
_TLS_CONTENT_TYPES = range(0x14, 0x18)  # RFC 8446, section 5.1; a line of text begins with none of them
_QUOTED_CHARS = 200
_ERROR = "ERROR :"


class Wire(Protocol):
    """A connected socket's bytes. One thread at a time may send, another receive."""

    certificate: bytes | None
    """The server's, DER; None without TLS."""

    def send(self, data: bytes) -> None:
        """Send all of it. Raises OSError or TransportClosed."""

    def receive(self, within_s: float | None = None) -> bytes:
        """Return the next bytes, b'' at the end.

        Raises OSError or TransportClosed; TlsFailed if data was altered; TimeoutError if nothing comes in `within_s`.
        """


class PlainWire:
    """Bytes as they are."""

    certificate: bytes | None = None

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock

    def send(self, data: bytes) -> None:
        """See Wire.send."""
        self._socket.sendall(data)

    def receive(self, within_s: float | None = None) -> bytes:
        """See Wire.receive."""
        _wait_for(self._socket, within_s)
        return self._socket.recv(_RECEIVE_BYTES)


class TlsWire:
    """The client's side of TLS."""

    def __init__(self, sock: socket.socket) -> None:
        self.certificate: bytes | None = None
        self._socket = sock
        self._engine = TlsEngine(make_client_context())
        self._lock = threading.Lock()  # guards the engine

    def handshake(self, timeout_s: float) -> None:
        """Shake hands, before anything else and in one thread. Raises NotEncrypted with a predicate for the address."""
        deadline = monotonic() + timeout_s
        received = b""
        try:
            while not self._engine.shake_hands():
                self._socket.sendall(self._engine.output())
                self._socket.settimeout(max(deadline - monotonic(), 0.001))
                data = self._socket.recv(_RECEIVE_BYTES)
                if monotonic() > deadline:
                    raise TimeoutError
                if not data:
                    raise _not_encrypted(received, "ended the connection instead of encrypting it")
                received = received or data
                self._engine.feed(data)
            self._socket.sendall(self._engine.output())
        except TimeoutError as error:
            raise NotEncrypted("does not answer") from error
        except TlsFailed as error:
            failed = f"did not agree with us on the encryption, or the data was altered ({reason_of(error)})"
            raise _not_encrypted(received, failed) from error
        except OSError as error:
            raise _not_encrypted(received, "broke off the connection") from error
        self.certificate = self._engine.peer_certificate

    def send(self, data: bytes) -> None:
        """See Wire.send."""
        with self._lock:
            ciphertext = self._engine.encrypt(data)  # preceded by a key update that reading may have left there
        self._socket.sendall(ciphertext)

    def receive(self, within_s: float | None = None) -> bytes:
        """See Wire.receive."""
        while True:
            with self._lock:
                plaintext = self._engine.decrypt()
            if plaintext is not None:
                return plaintext
            _wait_for(self._socket, within_s)
            ciphertext = self._socket.recv(_RECEIVE_BYTES)
            if not ciphertext:
                return b""
            with self._lock:
                self._engine.feed(ciphertext)


def _wait_for(sock: socket.socket, within_s: float | None) -> None:
    """Wait until something can be received. A timeout on the socket would apply to sending, too."""
    if not select.select([sock], [], [], within_s)[0]:
        raise TimeoutError


def reason_of(error: TlsFailed) -> str:
    """Return what went wrong in TLS, in OpenSSL's words."""
    return error.reason.replace("_", " ").lower()


def _not_encrypted(received: bytes, otherwise: str) -> NotEncrypted:
    """Return the error for what was received. It may be plain text: a tracker refuses clients that way, too."""
    if not received or received[0] in _TLS_CONTENT_TYPES:
        return NotEncrypted(otherwise)
    line = received.partition(b"\n")[0].strip().decode(errors="replace")
    if not line.startswith(_ERROR):
        return NotEncrypted("does not speak TLS, so nothing was sent to it")
    said = line.removeprefix(_ERROR)[:_QUOTED_CHARS]
    return NotEncrypted(f"does not let us in. It says, but anybody could have written this: {said}", said)
