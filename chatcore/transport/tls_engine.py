"""One side of TLS without I/O: ciphertext in and plaintext out, and the reverse, through memory BIOs.

It has no lock: callers make sure that only one thread at a time uses it.
"""

from __future__ import annotations

import contextlib
import ssl

from chatcore.errors import ProtocolError, TlsFailed, TransportClosed
from chatcore.transport.client_hello import ClientHello

RECORD_BYTES = 16384
"""The most plaintext that one record holds (RFC 8446, section 5.1)."""

UNFINISHED = "the TLS handshake was not finished"
_HANDSHAKE_FAILURE, _DECODE_ERROR = 40, 50  # alerts (RFC 8446, section 6.2)
_MAX_REACTIONS = 32  # reads that made TLS itself send something: key updates, of which a connection has a few


class TlsEngine:
    """One connection's TLS. Any call may leave output; a call that raises may leave an alert."""

    __slots__ = ("_hello", "_incoming", "_outgoing", "_reactions", "_tls", "_unseen", "host_asked_for", "is_over")

    def __init__(self, context: ssl.SSLContext, *, is_server: bool = False) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=is_server)
        self._hello = ClientHello() if is_server else None
        self.host_asked_for = ""
        """The host that the client requested, in lower case, once its hello has been read; '' for none."""
        self._unseen = b""  # the beginning of an incomplete hello, not passed to OpenSSL yet
        self._reactions = 0
        self.is_over = False
        """TLS has failed or this side has closed it: further input is ignored."""

    @property
    def has_output(self) -> bool:
        """Return whether there is something to send."""
        return self._outgoing.pending > 0

    @property
    def peer_certificate(self) -> bytes | None:
        """Return the peer's certificate (DER) after the handshake; None if it presented none."""
        return self._tls.getpeercert(binary_form=True)

    def feed(self, ciphertext: bytes) -> None:
        """Take ciphertext from the peer. Raises TlsFailed for a hello that is refused."""
        if self._hello is None:
            self._incoming.write(ciphertext)
        else:
            self._unseen += ciphertext
            self._look_at(self._hello, ciphertext)

    def output(self) -> bytes:
        """Remove and return the pending output."""
        return self._outgoing.read()

    def shake_hands(self) -> bool:
        """Continue the handshake; return whether it is done. If not, feed more. Raises TlsFailed."""
        if self._hello is not None:
            return False
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLError as error:
            raise self._failed(error) from error
        return True

    def decrypt(self) -> bytes | None:
        """Return the next plaintext, b'' after the peer's close_notify; None if more must be fed first.

        Raises TlsFailed, and TransportClosed if the peer causes too many key updates.
        """
        pending = self._outgoing.pending
        plaintext = None
        try:
            plaintext = self._tls.read(RECORD_BYTES)
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            plaintext = b""
        except ssl.SSLError as error:
            raise self._failed(error) from error
        if self._outgoing.pending > pending:
            self._reactions += 1
            if self._reactions > _MAX_REACTIONS:
                raise TransportClosed("too many TLS key updates")
        return plaintext

    def encrypt(self, plaintext: bytes) -> bytes:
        """Return plaintext as ciphertext, after any other output. Raises TransportClosed.

        Encrypts record by record, because a memory BIO never shrinks.
        """
        write, read = self._tls.write, self._outgoing.read
        try:
            if len(plaintext) <= RECORD_BYTES:
                if plaintext:
                    write(plaintext)
                return read()
            records = []
            with memoryview(plaintext) as view:
                for start in range(0, len(view), RECORD_BYTES):
                    write(view[start : start + RECORD_BYTES])
                    records.append(read())
            return b"".join(records)
        except ssl.SSLWantReadError as error:
            raise TransportClosed(UNFINISHED) from error
        except ssl.SSLError as error:
            raise self._failed(error) from error

    def close(self) -> bytes:
        """Close this side; return close_notify as ciphertext, after any other output."""
        self.is_over = True
        with contextlib.suppress(ssl.SSLError):  # the peer has not sent close_notify yet, or is still sending
            self._tls.unwrap()
        return self._outgoing.read()

    def _look_at(self, hello: ClientHello, data: bytes) -> None:
        """Refuse an expensive hello before OpenSSL has seen any of it."""
        try:
            is_affordable = hello.feed(data)
        except ProtocolError as error:
            raise self._refused(_DECODE_ERROR, str(error)) from error
        if is_affordable is None:
            return
        if not is_affordable:
            raise self._refused(_HANDSHAKE_FAILURE, "finite-field Diffie-Hellman is not supported")
        self.host_asked_for = hello.host
        self._incoming.write(self._unseen)
        self._hello, self._unseen = None, b""

    def _refused(self, alert: int, reason: str) -> TlsFailed:
        self.is_over = True
        self._outgoing.write(bytes((0x15, 3, 3, 0, 2, 2, alert)))  # a record of type alert, fatal
        return TlsFailed(reason)

    def _failed(self, error: ssl.SSLError) -> TlsFailed:
        self.is_over = True
        return TlsFailed(error.reason or "unknown reason")
