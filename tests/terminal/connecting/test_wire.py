"""Bytes through TLS, by two threads at once."""

import hashlib
import socket
import threading
from collections.abc import Iterator

import pytest

from chatcore.terminal.connecting.wire import PlainWire, TlsWire, Wire
from chatcore.transport.connection import Connection
from chatcore.transport.tcp import TcpConnection
from chatcore.transport.tls import TlsConnection
from tests.support.scripted import DEADLINE_S, identity


class Far:
    """The other end of a socket pair: a thread that sends and one that receives."""

    def __init__(self, sock: socket.socket, *, is_encrypted: bool) -> None:
        plain = TcpConnection(sock, 1 << 20)
        self.connection: Connection = plain
        if is_encrypted:
            tls = TlsConnection(plain, identity(), b"")
            tls.handshake()
            tls.on_output = lambda: None  # the reading thread must not send while the other one does
            self.connection = tls

    def send_all(self, data: bytes) -> threading.Thread:
        thread = threading.Thread(target=self.connection.send_all, args=(data,))
        thread.start()
        return thread

    def receive(self, size: int) -> bytes:
        received = b""
        while len(received) < size:
            received += self.connection.recv()
        return received


@pytest.fixture(params=[False, True], ids=["plain", "TLS"])
def wires(request: pytest.FixtureRequest) -> Iterator[tuple[Wire, Far]]:
    near, far = socket.socketpair()
    for sock in (near, far):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
    ends: list[Far] = []
    shaking = threading.Thread(target=lambda: ends.append(Far(far, is_encrypted=request.param)))
    shaking.start()
    wire: Wire = PlainWire(near)
    if request.param:
        wire = tls = TlsWire(near)
        tls.handshake(DEADLINE_S)
        near.settimeout(None)
    shaking.join()
    yield wire, ends[0]
    near.close()
    far.close()


def _send_in_pieces(wire: Wire, data: bytes) -> None:
    for start in range(0, len(data), 999):
        wire.send(data[start : start + 999])


def _receive(wire: Wire, size: int) -> bytes:
    received = b""
    while len(received) < size:
        received += wire.receive()
    return received


def test_the_certificate_is_the_servers(wires: tuple[Wire, Far]) -> None:
    wire, far = wires
    if isinstance(far.connection, TlsConnection):
        assert wire.certificate is not None
        assert hashlib.sha256(wire.certificate).hexdigest().upper() == identity().fingerprint
    else:
        assert wire.certificate is None


def test_both_directions_work_at_once(wires: tuple[Wire, Far]) -> None:
    wire, far = wires
    data = bytes(range(256)) * 4096
    sent: list[bytes] = []
    receiving = threading.Thread(target=lambda: sent.append(far.receive(len(data))))
    sending = threading.Thread(target=_send_in_pieces, args=(wire, data))
    answering = far.send_all(data)
    receiving.start()
    sending.start()
    assert _receive(wire, len(data)) == data
    for thread in (receiving, sending, answering):
        thread.join(DEADLINE_S)
    assert sent == [data]


def test_a_blocked_send_does_not_block_reading(wires: tuple[Wire, Far]) -> None:
    wire, far = wires
    data = b"x" * (1 << 20)
    stuck = threading.Thread(target=wire.send, args=(data,))
    stuck.start()  # the far end reads nothing of it yet
    far.send_all(b"something else").join(DEADLINE_S)
    assert _receive(wire, 14) == b"something else"
    assert stuck.is_alive(), "the data must exceed the buffers"
    assert len(far.receive(len(data))) == len(data)
    stuck.join(DEADLINE_S)


def test_the_end_is_empty_bytes(wires: tuple[Wire, Far]) -> None:
    wire, far = wires
    far.send_all(b"last words").join(DEADLINE_S)
    far.connection.end_output()
    assert _receive(wire, 10) == b"last words"
    assert wire.receive() == b""
    assert wire.receive() == b""
