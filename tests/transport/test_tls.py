"""TlsConnection, over loopback, against the ssl module's own sockets as the peer."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.errors import SendQueueExceeded, TransportClosed
from chatcore.transport.certificate import load_identity
from chatcore.transport.end_point import end_point_binding
from chatcore.transport.tcp import OutboxBudget, TcpConnection
from chatcore.transport.tls import TlsConnection
from chatcore.transport.tls_context import TlsIdentity
from tests.support.generated import PROPERTY
from tests.support.tls import encrypted, exchange, hello, new_client_context
from tests.support.together import started

_MAX_SENDQ = 200_000
_SMALL_BUFFER = 4096
_DEADLINE_S = 20.0


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> TlsIdentity:
    return load_identity(tmp_path_factory.mktemp("state") / "tls.pem", None, None)


class _Pair(NamedTuple):
    """An accepted connection after the handshake, and its peer."""

    connection: TlsConnection
    peer: ssl.SSLSocket


@contextlib.contextmanager
def _sockets() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Yield an accepted socket with small buffers, and the one that connected."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SMALL_BUFFER)
        with socket.socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BUFFER)
            sock.settimeout(_DEADLINE_S)
            sock.connect(listening.getsockname())
            with listening.accept()[0] as accepted:
                yield accepted, sock


@contextlib.contextmanager
def _shaken(
    identity: TlsIdentity, context: ssl.SSLContext | None = None, *, max_sendq: int = _MAX_SENDQ, polling: bool = False
) -> Iterator[_Pair]:
    """Yield both sides after the handshake."""
    with _sockets() as (accepted, sock), ThreadPoolExecutor(1) as other:
        shaking = other.submit(encrypted, sock, context)
        tcp = TcpConnection(accepted, max_sendq, polling=polling)
        connection = TlsConnection(tcp, identity, tcp.recv())
        connection.handshake()
        with shaking.result(_DEADLINE_S) as peer:
            yield _Pair(connection, peer)
        connection.close()


@pytest.fixture(params=["TLSv1.2", "TLSv1.3"])
def version(request: pytest.FixtureRequest) -> ssl.SSLContext:
    """A client's context of one version of TLS."""
    context = new_client_context()
    context.minimum_version = context.maximum_version = (
        ssl.TLSVersion.TLSv1_2 if request.param == "TLSv1.2" else ssl.TLSVersion.TLSv1_3
    )
    return context


@pytest.fixture
def pair(identity: TlsIdentity, version: ssl.SSLContext) -> Iterator[_Pair]:
    with _shaken(identity, version) as pair:
        yield pair


def _read(peer: ssl.SSLSocket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size and (more := peer.recv(size - len(data))):
        data += more
    return bytes(data)


def _fill(pair: _Pair) -> bytes:
    """Offer until the peer, which does not read, takes no more; return everything offered."""
    offered = bytearray()
    chunk = bytes(range(256)) * 16
    while True:
        offered += chunk
        if not pair.connection.offer(chunk):
            return bytes(offered)


def _overfill(connection: TlsConnection) -> None:
    while True:
        connection.offer(b"x" * 5000)


def _flush_all(pair: _Pair) -> None:
    """Flush until nothing is left, waiting as the drain thread does."""
    writable = select.poll()
    writable.register(pair.connection.fileno(), select.POLLOUT)
    while not pair.connection.flush():
        writable.poll(_DEADLINE_S * 1000)


def test_both_sides_see_the_same_certificate(pair: _Pair, identity: TlsIdentity) -> None:
    der = pair.peer.getpeercert(binary_form=True)
    assert der is not None
    assert pair.connection.end_point == identity.end_point == end_point_binding(der)


def test_text_passes_both_ways(pair: _Pair) -> None:
    pair.peer.sendall(b"from the peer")
    assert pair.connection.recv() == b"from the peer"
    pair.connection.send_all(b"to the peer")
    assert _read(pair.peer, 11) == b"to the peer"


@pytest.mark.parametrize("polling", [False, True], ids=["blocking", "polling"])
def test_send_all_sends_more_than_fits_in_any_record_or_buffer(identity: TlsIdentity, polling: bool) -> None:
    data = bytes(range(256)) * 8192
    with _shaken(identity, polling=polling) as pair, started(lambda: pair.connection.send_all(data)):
        assert _read(pair.peer, len(data)) == data


def test_recv_returns_all_of_many_records(pair: _Pair) -> None:
    data = bytes(range(256)) * 4096

    def receive() -> None:
        received = bytearray()
        while len(received) < len(data):
            received += pair.connection.recv()
        assert bytes(received) == data

    with started(lambda: pair.peer.sendall(data)):
        receive()


def test_data_sent_with_the_end_of_the_handshake_is_not_lost(identity: TlsIdentity) -> None:
    """A client of TLS 1.3 may speak right after its part of the handshake: all of it in one segment."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = new_client_context().wrap_bio(incoming, outgoing)
    with _sockets() as (accepted, sock), ThreadPoolExecutor(1) as other:
        with pytest.raises(ssl.SSLWantReadError):
            client.do_handshake()
        tcp = TcpConnection(accepted, _MAX_SENDQ)
        connection = TlsConnection(tcp, identity, outgoing.read())
        shaking = other.submit(connection.handshake)
        while True:
            incoming.write(sock.recv(65536))
            with contextlib.suppress(ssl.SSLWantReadError):
                client.do_handshake()
                break
        client.write(b"PASS secret\r\nNICK ann\r\n")
        sock.sendall(outgoing.read())
        shaking.result(_DEADLINE_S)
        assert connection.recv() == b"PASS secret\r\nNICK ann\r\n"


def test_tls_1_1_is_refused_with_an_alert(identity: TlsIdentity) -> None:
    """RFC 8996: TLS 1.0 and 1.1 MUST NOT be used."""
    old = new_client_context()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that is why it is refused
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    with _sockets() as (accepted, sock), ThreadPoolExecutor(1) as other:
        shaking = other.submit(encrypted, sock, old)
        tcp = TcpConnection(accepted, _MAX_SENDQ)
        with pytest.raises(TransportClosed, match="TLS failed: UNSUPPORTED_PROTOCOL"):
            TlsConnection(tcp, identity, tcp.recv()).handshake()
        with pytest.raises(ssl.SSLError, match="alert protocol version"):
            shaking.result(_DEADLINE_S)


def test_a_hello_may_arrive_byte_by_byte(identity: TlsIdentity) -> None:
    with _sockets() as (accepted, sock), ThreadPoolExecutor(1) as other:
        first, *rest = hello()
        connection = TlsConnection(TcpConnection(accepted, _MAX_SENDQ), identity, bytes([first]))
        shaking = other.submit(connection.handshake)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in rest:
            sock.sendall(bytes([byte]))
        assert sock.recv(1) == b"\x16", "the server's hello"
        sock.shutdown(socket.SHUT_WR)
        with pytest.raises(TransportClosed, match="handshake was not finished"):
            shaking.result(_DEADLINE_S)


def test_a_truncated_hello_is_not_a_handshake(identity: TlsIdentity) -> None:
    whole = hello()
    with _sockets() as (accepted, sock):
        sock.shutdown(socket.SHUT_WR)
        for length in range(1, len(whole)):
            tcp = TcpConnection(accepted, _MAX_SENDQ)
            with pytest.raises(TransportClosed, match="handshake was not finished"):
                TlsConnection(tcp, identity, whole[:length]).handshake()


@PROPERTY
@given(data=st.data())
def test_a_garbled_hello_raises_transport_closed(identity: TlsIdentity, data: st.DataObject) -> None:
    """Garbage or a changed hello raises TransportClosed, and later calls raise nothing else."""
    whole = bytearray(hello())
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(1, len(whole) - 1))] = data.draw(st.integers(0, 255))
    garbled = bytes(whole) if data.draw(st.booleans()) else b"\x16" + data.draw(st.binary(max_size=300))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.shutdown(socket.SHUT_WR)
        connection = TlsConnection(TcpConnection(ours, _MAX_SENDQ), identity, garbled)
        with pytest.raises(TransportClosed):
            connection.handshake()
        with pytest.raises(TransportClosed):
            connection.send_all(b"ERROR :Closing link: x\r\n")
        connection.end_output()
        with contextlib.suppress(TransportClosed):
            assert connection.recv() == b""
        connection.close()


def test_a_tampered_record_ends_the_connection_with_an_alert(identity: TlsIdentity) -> None:
    with _shaken(identity) as pair:
        with socket.socket(fileno=pair.peer.detach()) as raw:
            raw.sendall(b"\x17\x03\x03\x00\x20" + b"x" * 32 + b"and more, which nobody reads")
            with pytest.raises(TransportClosed, match="TLS failed"):
                pair.connection.recv()
            with pytest.raises(TransportClosed):
                pair.connection.send_all(b"ERROR :Closing link: x\r\n")
            pair.connection.end_output()
            raw.shutdown(socket.SHUT_WR)
            assert pair.connection.recv() == b"", "later data is dropped"
            seen = b""
            while more := raw.recv(65536):
                seen += more
        assert seen[-24:-19] == b"\x17\x03\x03\x00\x13", "a record of 19 bytes, an alert, after the session tickets"
        with pytest.raises(TransportClosed):
            pair.connection.offer(b"x")


def test_the_peers_goodbye_is_the_end_and_can_be_answered(pair: _Pair) -> None:
    pair.peer.sendall(b"QUIT\r\n")
    with ThreadPoolExecutor(1) as other:
        unwrapping = other.submit(pair.peer.unwrap)
        assert pair.connection.recv() == b"QUIT\r\n"
        assert pair.connection.recv() == b""
        pair.connection.end_output()
        unwrapping.result(_DEADLINE_S)


def test_an_end_without_goodbye_is_an_end_too(pair: _Pair) -> None:
    pair.peer.sendall(b"half a li")
    with socket.socket(fileno=pair.peer.detach()):
        pass
    assert pair.connection.recv() == b"half a li"
    with contextlib.suppress(TransportClosed):  # a reset: session tickets were unread
        assert pair.connection.recv() == b""


def test_end_output_says_goodbye_in_tls(pair: _Pair) -> None:
    pair.connection.offer(b"ERROR :bye\r\n")
    pair.connection.end_output()
    assert _read(pair.peer, 12) == b"ERROR :bye\r\n"
    assert pair.peer.recv(1) == b"", "close_notify: an end without it would be an SSLEOFError"


def test_goodbye_is_sent_while_the_peer_is_still_talking(pair: _Pair) -> None:
    """Data that has arrived is no longer read; the goodbye is sent all the same, and the peer can read it."""
    pair.peer.sendall(b"still talking\r\n")
    assert pair.connection.recv() == b"still talking\r\n"
    for _ in range(3):
        pair.peer.sendall(b"x" * 1000)
    pair.connection.offer(b"ERROR :bye\r\n")
    pair.connection.end_output()
    pair.connection.end_output()
    with started(pair.connection.recv) as reading:
        pair.peer.sendall(b"x" * 1000)
        assert _read(pair.peer, 12) == b"ERROR :bye\r\n"
        assert pair.peer.recv(1) == b""
        assert reading.is_alive(), "the reader waits for the peer to close too"
        with socket.socket(fileno=pair.peer.detach()):
            pass


def test_unsent_data_is_kept_in_order_and_flushed(pair: _Pair) -> None:
    offered = _fill(pair)
    assert not pair.connection.offer(b"the last")
    assert not pair.connection.flush()

    with started(lambda: _flush_all(pair)):
        assert _read(pair.peer, len(offered) + 8) == offered + b"the last"


def test_a_slow_reader_exceeds_the_limit(pair: _Pair) -> None:
    with pytest.raises(SendQueueExceeded):
        _overfill(pair.connection)
    pair.connection.shutdown()
    with pytest.raises(TransportClosed):
        pair.connection.flush()


def test_a_stall_is_noticed_and_ends(pair: _Pair) -> None:
    assert not pair.connection.is_stalled_since(1e12)
    offered = _fill(pair)
    assert pair.connection.is_stalled_since(1e12)
    assert not pair.connection.is_stalled_since(0.0)

    with started(lambda: _flush_all(pair)):
        _read(pair.peer, len(offered))
    assert not pair.connection.is_stalled_since(1e12)


def test_concurrent_reading_and_sending_do_not_interfere(pair: _Pair) -> None:
    """One thread decrypts while another encrypts, both at full speed, and the peer does the same."""
    lines = [b"line %d of this side\r\n" % number for number in range(20_000)]
    sent = b"".join(lines)

    def offer() -> None:
        for start in range(0, len(lines), 100):
            chunk = b"".join(lines[start : start + 100])
            _flush_all(pair)
            pair.connection.offer(chunk)
        _flush_all(pair)

    def receive() -> None:
        received = bytearray()
        while len(received) < len(sent):
            received += pair.connection.recv()
        assert bytes(received) == sent

    with started(offer), _checked(receive):
        assert exchange(pair.peer, sent, lambda received: len(received) >= len(sent)) == sent


@contextlib.contextmanager
def _checked(task: Callable[[], None]) -> Iterator[None]:
    """Run a task beside the block, and raise its exception."""
    with ThreadPoolExecutor(1) as other:
        running = other.submit(task)
        yield
        running.result(_DEADLINE_S)


def test_output_of_reading_is_left_to_the_sender(identity: TlsIdentity) -> None:
    """After the handover the reader only signals it: an alert here, key updates with some clients."""
    told = threading.Event()
    with _shaken(identity) as pair:
        pair.connection.on_output = told.set
        with socket.socket(fileno=pair.peer.detach()) as raw:
            raw.sendall(b"\x17\x03\x03\x00\x20" + b"x" * 32)
            with pytest.raises(TransportClosed):
                pair.connection.recv()
            raw.setblocking(False)
            before = raw.recv(65536)  # the session tickets
            assert pair.connection.flush()
            raw.settimeout(_DEADLINE_S)
            assert raw.recv(65536)
            assert before


def test_ciphertext_in_outboxes_counts_in_the_budget(identity: TlsIdentity) -> None:
    budget = OutboxBudget(50_000)
    with _sockets() as (accepted, sock), ThreadPoolExecutor(1) as other:
        shaking = other.submit(encrypted, sock)
        tcp = TcpConnection(accepted, _MAX_SENDQ, budget)
        connection = TlsConnection(tcp, identity, tcp.recv())
        connection.handshake()
        with shaking.result(_DEADLINE_S):
            with pytest.raises(SendQueueExceeded):
                _overfill(connection)
            assert budget.used_bytes > 50_000
            connection.close()
            assert budget.used_bytes == 0
