"""The two ways in which bytes reach the tracker: encrypted, and as they are.

A TLS object must not be used by two threads at once, and here one thread reads while another sends. So it works on
memory, under a lock: the reader takes ciphertext from the socket outside the lock and decrypts under it; who sends
encrypts under it and puts the result onto the socket after it, one sender at a time. No waiting happens under the lock:
a send that the tracker does not take yet cannot keep the reader from reading.

Nobody vouches for the certificate here. Who the server is shows when it proves that it knows the password on a
connection with this very certificate (`proof`).
"""

from __future__ import annotations

import socket
import ssl
import threading
from time import monotonic
from typing import Protocol

from chatcore.terminal.turned_away import NotEncrypted

_RECEIVE_BYTES = 65536
_RECORD_BYTES = 16384  # the most plaintext that one TLS record holds
_TLS_CONTENT_TYPES = range(0x14, 0x18)  # RFC 8446, section 5.1; a line of text begins with none of them
_MAX_REACTION_BYTES = 65536  # key updates that are answered, before we send something ourselves
_QUOTED_CHARS = 200


class Wire(Protocol):
    """A connected socket's bytes. One thread at a time may send, another receive."""

    certificate: bytes | None
    """The server's, DER; None without TLS."""

    def send(self, data: bytes) -> None:
        """Send all of it. Raises OSError."""

    def receive(self) -> bytes:
        """Return what comes next, b'' at the end. Raises OSError."""


class PlainWire:
    """Bytes as they are."""

    certificate: bytes | None = None

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock

    def send(self, data: bytes) -> None:
        """See Wire.send."""
        self._socket.sendall(data)

    def receive(self) -> bytes:
        """See Wire.receive."""
        return self._socket.recv(_RECEIVE_BYTES)


class TlsWire:
    """The client's side of TLS."""

    def __init__(self, sock: socket.socket) -> None:
        self.certificate: bytes | None = None
        self._socket = sock
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = _client_context().wrap_bio(self._incoming, self._outgoing)
        self._lock = threading.Lock()  # guards the TLS object and its BIOs

    def handshake(self, timeout_s: float) -> None:
        """Shake hands, before anything else and in one thread. Raises NotEncrypted, with words that follow a name."""
        deadline = monotonic() + timeout_s
        received = b""
        try:
            while not self._is_handshake_done():
                self._socket.sendall(self._outgoing.read())
                self._socket.settimeout(max(deadline - monotonic(), 0.001))
                data = self._socket.recv(_RECEIVE_BYTES)
                if monotonic() > deadline:
                    raise TimeoutError
                if not data:
                    raise NotEncrypted(_told_in_the_clear(received) or "ended the connection instead of encrypting it")
                received = received or data
                self._incoming.write(data)
            self._socket.sendall(self._outgoing.read())
        except TimeoutError as error:
            raise NotEncrypted("does not answer") from error
        except ssl.SSLError as error:
            failed = f"did not agree with us on the encryption, or somebody changed what was said ({reason_of(error)})"
            raise NotEncrypted(_told_in_the_clear(received) or failed) from error
        except OSError as error:
            raise NotEncrypted(_told_in_the_clear(received) or "broke the connection off") from error
        self.certificate = self._tls.getpeercert(binary_form=True)

    def send(self, data: bytes) -> None:
        """See Wire.send."""
        with self._lock:
            self._tls.write(data)
            ciphertext = self._outgoing.read()  # with what reading has left there, a key update
        self._socket.sendall(ciphertext)

    def receive(self) -> bytes:
        """See Wire.receive. Raises ssl.SSLError, an OSError, for what was changed on the way."""
        while True:
            with self._lock:
                try:
                    return self._tls.read(_RECORD_BYTES)
                except ssl.SSLWantReadError:
                    pass
                except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                    return b""
                if self._outgoing.pending > _MAX_REACTION_BYTES:
                    raise ConnectionAbortedError("it has us change keys for nothing")
            ciphertext = self._socket.recv(_RECEIVE_BYTES)
            if not ciphertext:
                return b""
            with self._lock:
                self._incoming.write(ciphertext)

    def _is_handshake_done(self) -> bool:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True


def reason_of(error: ssl.SSLError) -> str:
    """Return what went wrong in TLS, in its own words."""
    return (error.reason or "unknown reason").replace("_", " ").lower()


def _client_context() -> ssl.SSLContext:
    """Return TLS 1.2 or newer; the certificate may be anybody's, but must stay the same."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _told_in_the_clear(received: bytes) -> str | None:
    """Return, if it was not TLS that was received, what to say of it; a tracker turns away that way, too."""
    if not received or received[0] in _TLS_CONTENT_TYPES:
        return None
    line = received.partition(b"\n")[0].strip().decode(errors="replace")
    if not line.startswith("ERROR :"):
        return "does not speak TLS, so nothing was told to it"
    return f"does not let us in. It says, and anybody could have written that: {line[7 : 7 + _QUOTED_CHARS]}"
