"""TLS over a TcpConnection, through memory BIOs.

A TLS object must not be used by two threads at once, and here one thread reads while another sends. So the reader
takes ciphertext from the socket outside the lock and decrypts under it; who sends encrypts and puts the result into the
outbox under one hold of the same lock. What reading produces (key updates, alerts) is left for `flush`, and `on_output`
is called.

The server's contexts are TLS 1.2 or newer, without renegotiation, CBC, or any key exchange but by elliptic curves.
`tls-server-end-point` is RFC 5929's channel binding.
"""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Callable
from functools import partial
from typing import NamedTuple, NoReturn

from chatcore.errors import ProtocolError, SendQueueExceeded, TransportClosed
from chatcore.transport.client_hello import ClientHello
from chatcore.transport.tcp import TcpConnection

_PLAINTEXT_BYTES = 16384  # the most that one TLS record holds
_UNFINISHED = "the TLS handshake was not finished"
_HANDSHAKE_FAILURE, _DECODE_ERROR = 40, 50  # alerts (RFC 8446, section 6.2)
_CIPHERS = "@SECLEVEL=2:ECDHE+AESGCM:ECDHE+CHACHA20"  # of TLS 1.2; 1.3 has no others
_GROUPS = ("X25519MLKEM768:X25519:P-256:P-384", "X25519:P-256:P-384")  # the first if OpenSSL has it
_CAN_CHOOSE_GROUPS = hasattr(ssl.SSLContext, "set_groups")
"""Python 3.15 and newer; before that each hello is looked at (client_hello)."""
_MAX_REACTIONS = 32  # reads to which TLS itself had to say something: key updates, of which a life has a few


class TlsIdentity(NamedTuple):
    """What a server proves itself with: the context, and of its certificate what else is to be known.

    That is its channel binding, its SHA-256 and its public key's, its end (Unix time, s), and the hosts that it is for.
    """

    context: ssl.SSLContext
    end_point: bytes
    fingerprint: str
    key_fingerprint: str
    expires_at: float
    names: tuple[str, ...] = ()


class TlsConnection(TcpConnection):
    """The TLS side of an accepted connection; it takes the socket and the outbox over from the plain one."""

    def __init__(self, tcp: TcpConnection, identity: TlsIdentity, received: bytes) -> None:
        """`received` is what the peer has sent already. The client's thread."""
        self.__dict__.update(tcp.__dict__)
        self.end_point = identity.end_point
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = identity.context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._lock = threading.Lock()  # guards the TLS object and its BIOs, and the outbox's order
        self._received = received
        self._is_over = False  # nothing that comes now counts
        self._reactions = 0

    def handshake(self) -> None:
        """Shake hands, waiting for the peer. The client's thread. Raises TransportClosed."""
        self._take_hello()
        while True:
            try:
                with self._lock:
                    is_done = self._try(self._tls.do_handshake) is not None
            finally:
                self._send_pending()  # also the alert that says why it failed
            if is_done:
                return
            self._receive_ciphertext(_UNFINISHED)

    def _take_hello(self) -> None:
        """Take the peer's first message, refusing one that would be expensive before OpenSSL has seen any of it."""
        received, self._received = self._received, b""
        if not _CAN_CHOOSE_GROUPS:
            hello = ClientHello()
            data = received
            try:
                while (is_affordable := hello.feed(data)) is None:
                    data = super().recv()
                    if not data:
                        raise TransportClosed(_UNFINISHED)
                    received += data
            except ProtocolError as error:
                self._refuse_hello(_DECODE_ERROR, str(error))
            if not is_affordable:
                self._refuse_hello(_HANDSHAKE_FAILURE, "finite-field Diffie-Hellman is not served")
        with self._lock:
            self._incoming.write(received)

    def _refuse_hello(self, alert: int, reason: str) -> NoReturn:
        self._is_over = True
        super().send_all(bytes((0x15, 3, 3, 0, 2, 2, alert)))  # a record of type alert, fatal
        raise TransportClosed(f"TLS failed: {reason}")

    def recv(self) -> bytes:
        """See TcpConnection.recv. What comes after TLS has failed, or this side has said its last, is dropped."""
        while not self._is_over:
            with self._lock:
                plaintext = self._try(lambda: self._tls.read(_PLAINTEXT_BYTES))
                has_output = self._outgoing.pending > 0
            if has_output:
                self._reactions += 1
                if self._reactions > _MAX_REACTIONS:
                    raise TransportClosed("too many TLS key updates")
                on_output = self.on_output  # before there is one the next `send_all` takes it along
                if on_output is not None:
                    on_output()
            if isinstance(plaintext, bytes):
                return plaintext
            try:
                self._receive_ciphertext("")
            except EOFError:
                return b""
        while super().recv():
            pass
        return b""

    def send_all(self, data: bytes) -> None:
        """See TcpConnection.send_all."""
        try:
            with self._lock:
                ciphertext = self._encrypt_locked(data)
            super().send_all(ciphertext)
        finally:
            self._send_pending()

    def offer(self, data: bytes) -> bool:
        """See TcpConnection.offer."""
        with self._lock:
            return super().offer(self._encrypt_locked(data))

    def flush(self) -> bool:
        """See TcpConnection.flush."""
        with self._lock:
            if self._outgoing.pending:
                super().offer(self._outgoing.read())
            return super().flush()

    def end_output(self, *, is_going_away: bool = False) -> None:
        """Say so to the peer's TLS too (close_notify), as far as it takes that without waiting."""
        with self._lock, contextlib.suppress(TransportClosed, SendQueueExceeded):
            self._is_over = True
            with contextlib.suppress(ssl.SSLError):  # it waits for the peer's, or meets what the peer still says
                self._tls.unwrap()
            super().offer(self._outgoing.read())
        super().end_output()

    def _receive_ciphertext(self, at_end: str) -> None:
        """Wait for ciphertext. At its end raises EOFError, or TransportClosed if `at_end` says why that is early."""
        data = super().recv()
        with self._lock:
            if data:
                self._incoming.write(data)
                return
        if at_end:
            raise TransportClosed(at_end)
        raise EOFError

    def _encrypt_locked(self, data: bytes) -> bytes:
        """Return the data as ciphertext, made piece by piece: a memory BIO never gives back what it once grew to."""
        plaintext = memoryview(data)
        pieces = []
        for start in range(0, len(data), _PLAINTEXT_BYTES):
            piece = plaintext[start : start + _PLAINTEXT_BYTES]
            if self._try(partial(self._tls.write, piece)) is None:
                raise TransportClosed(_UNFINISHED)
            pieces.append(self._outgoing.read())
        return b"".join(pieces)

    def _send_pending(self) -> None:
        with self._lock:
            data = self._outgoing.read()
        if data:
            super().send_all(data)

    def _try(self, action: Callable[[], bytes | int | None]) -> bytes | int | None:
        """Return what the TLS object did (True for nothing), or None when it first needs more ciphertext."""
        try:
            result = action()
        except ssl.SSLWantReadError:
            return None
        except ssl.SSLZeroReturnError:
            return b""
        except ssl.SSLError as error:
            self._is_over = True
            raise TransportClosed(f"TLS failed: {error.reason or 'unknown reason'}") from error
        return True if result is None else result


def make_server_context(certificate_file: str, key_file: str | None) -> ssl.SSLContext:
    """Return a server's context: TLS 1.2 or newer, no renegotiation. Raises OSError, ssl.SSLError or ValueError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    context.set_ciphers(_CIPHERS)
    if _CAN_CHOOSE_GROUPS:
        _choose_groups(context)
    context.load_cert_chain(certificate_file, key_file, _refuse_passphrase)
    return context


def _choose_groups(context: ssl.SSLContext) -> None:
    for groups in _GROUPS:
        with contextlib.suppress(ssl.SSLError):
            context.set_groups(groups)  # type: ignore[attr-defined]
            return


def _refuse_passphrase() -> str:
    """OpenSSL would ask for it on the terminal, where the operator's console is."""
    raise ValueError("the key is locked with a passphrase")
