"""TcpConnection, over loopback, with sockets that block and with sockets that are polled."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.errors import SendQueueExceeded, TransportClosed
from chatcore.transport.tcp import FEW_BYTES, RECV_BYTES, OutboxBudget, TcpConnection
from tests.support.generated import PROPERTY
from tests.support.together import started, wait_until

_MAX_SENDQ = 100_000
_SMALL_BUFFER = 4096  # the kernel doubles it, and keeps some for itself; far less than _MAX_SENDQ either way


class _Peer:
    """The other end: a plain socket that never waits longer than a test may take."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        sock.settimeout(20)

    def read(self, size: int) -> bytes:
        """Return exactly `size` bytes, or what came before the end."""
        data = bytearray()
        while len(data) < size and (more := self.sock.recv(size - len(data))):
            data += more
        return bytes(data)

    def read_ready(self) -> bytes:
        """Return what has arrived, without waiting."""
        self.sock.setblocking(False)
        data = bytearray()
        with contextlib.suppress(BlockingIOError):
            while more := self.sock.recv(65536):
                data += more
        self.sock.settimeout(20)
        return bytes(data)

    def reset(self) -> None:
        """Break the connection: the other side gets a reset instead of an end."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


@contextlib.contextmanager
def _connected(*, polling: bool, max_sendq: int = _MAX_SENDQ) -> Iterator[tuple[TcpConnection, _Peer]]:
    """Yield an accepted connection with small buffers, and its peer."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SMALL_BUFFER)
        with socket.socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BUFFER)
            sock.connect(listening.getsockname())
            connection = TcpConnection(listening.accept()[0], max_sendq, polling=polling)
            try:
                yield connection, _Peer(sock)
            finally:
                connection.close()


@pytest.fixture(params=[False, True], ids=["blocking", "polling"])
def polling(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def pair(polling: bool) -> Iterator[tuple[TcpConnection, _Peer]]:
    with _connected(polling=polling) as pair:
        yield pair


def _wait_readable(connection: TcpConnection) -> None:
    assert select.select([connection], [], [], 20)[0]


def _fill(connection: TcpConnection) -> bytes:
    """Offer until the peer takes no more; return everything offered."""
    offered = bytearray()
    number = 0
    while True:
        chunk = f"{number:07}\n".encode() * 100
        offered += chunk
        number += 1
        if not connection.offer(chunk):
            return bytes(offered)


# Receiving


def test_recv_returns_the_data_and_then_the_end(pair: tuple[TcpConnection, _Peer]) -> None:
    connection, peer = pair
    peer.sock.sendall(b"hello")
    assert connection.recv() == b"hello"
    peer.sock.shutdown(socket.SHUT_WR)
    assert connection.recv() == b""


def test_recv_returns_at_most_a_buffer_at_once(pair: tuple[TcpConnection, _Peer]) -> None:
    connection, peer = pair
    sent = bytes(range(256)) * 100
    received = b""
    with started(lambda: peer.sock.sendall(sent)):
        while len(received) < len(sent):
            data = connection.recv()
            assert 0 < len(data) <= RECV_BYTES
            received += data
    assert received == sent


@pytest.mark.parametrize("size", [FEW_BYTES - 1, FEW_BYTES, FEW_BYTES + 1, RECV_BYTES])
def test_recv_returns_everything_that_has_arrived(pair: tuple[TcpConnection, _Peer], size: int) -> None:
    """Otherwise a long line would also count as data without a line end."""
    connection, peer = pair
    for _ in range(2):
        peer.sock.sendall(bytes(size))
        assert len(connection.recv()) == size


def test_recv_returns_the_data_before_a_reset(pair: tuple[TcpConnection, _Peer]) -> None:
    connection, peer = pair
    peer.sock.sendall(bytes(FEW_BYTES))
    peer.reset()
    assert len(connection.recv()) == FEW_BYTES
    with contextlib.suppress(TransportClosed):
        assert connection.recv() == b""


def test_recv_waits_for_bytes(pair: tuple[TcpConnection, _Peer]) -> None:
    connection, peer = pair
    received: list[bytes] = []
    with started(lambda: received.append(connection.recv())) as reader:
        reader.join(0.02)
        assert reader.is_alive()
        peer.sock.sendall(b"late")
    assert received == [b"late"]


def test_recv_from_a_broken_connection_says_why(pair: tuple[TcpConnection, _Peer]) -> None:
    connection, peer = pair
    peer.reset()
    with pytest.raises(TransportClosed, match="Connection reset by peer"):
        connection.recv()


@pytest.mark.parametrize("how", ["shutdown", "end_input"])
def test_another_thread_ends_a_waiting_recv(pair: tuple[TcpConnection, _Peer], how: str) -> None:
    connection, _ = pair
    received: list[bytes] = []
    with started(lambda: received.append(connection.recv())) as reader:
        reader.join(0.02)
        getattr(connection, how)()
    assert received == [b""]


def test_end_input_keeps_received_data_and_the_output(pair: tuple[TcpConnection, _Peer]) -> None:
    connection, peer = pair
    peer.sock.sendall(b"before")
    _wait_readable(connection)
    connection.end_input()
    assert connection.recv() == b"before"
    assert connection.recv() == b""
    assert connection.offer(b"goodbye")
    assert peer.read(7) == b"goodbye"


# Sending and waiting


def test_send_all_sends_more_than_fits_in_any_buffer(pair: tuple[TcpConnection, _Peer]) -> None:
    connection, peer = pair
    data = bytes(range(256)) * 2000
    with started(lambda: connection.send_all(data)):
        assert peer.read(len(data)) == data


def test_send_all_to_a_broken_connection_says_why(pair: tuple[TcpConnection, _Peer]) -> None:
    connection, peer = pair
    peer.reset()
    _wait_readable(connection)
    with pytest.raises(TransportClosed, match=r"\w"):
        connection.send_all(b"x")


def test_shutdown_ends_a_waiting_send_all(pair: tuple[TcpConnection, _Peer]) -> None:
    connection, _ = pair
    reasons: list[str] = []

    def send() -> None:
        try:
            connection.send_all(b"x" * 10_000_000)
        except TransportClosed as error:
            reasons.append(str(error))

    with started(send) as sender:
        sender.join(0.02)
        assert sender.is_alive()
        connection.shutdown()
    assert len(reasons) == 1


# Sending without waiting


def test_nothing_is_left_over_if_the_peer_reads(pair: tuple[TcpConnection, _Peer]) -> None:
    connection, peer = pair
    assert connection.offer(b"hello")
    assert connection.flush()
    assert peer.read(5) == b"hello"


def test_unsent_data_is_kept_in_order(pair: tuple[TcpConnection, _Peer]) -> None:
    connection, peer = pair
    offered = _fill(connection)
    assert not connection.flush()
    assert not connection.offer(b"more\n")
    received = b""
    while len(received) < len(offered) + 5:
        received += peer.read(1)
        received += peer.read_ready()
        connection.flush()
    assert connection.flush()
    assert received == offered + b"more\n"
    assert connection.offer(b"again")
    assert peer.read(5) == b"again"


@pytest.mark.parametrize("polling", [False, True], ids=["blocking", "polling"])
@PROPERTY
@given(st.lists(st.sampled_from(["offer small", "offer large", "flush", "read"]), max_size=30))
def test_no_byte_is_lost_doubled_or_moved(polling: bool, steps: list[str]) -> None:
    with _connected(polling=polling) as (connection, peer):
        offered, received = bytearray(), bytearray()
        for number, step in enumerate(steps):
            if step == "flush":
                connection.flush()
            elif step == "read":
                received += peer.read_ready()
            else:
                chunk = f"{number},".encode() * (1 if step == "offer small" else 1500)
                offered += chunk
                connection.offer(chunk)
        while not connection.flush():
            received += peer.read(1) + peer.read_ready()
        connection.end_output()
        received += peer.read(len(offered) + 1)
        assert received == offered


def test_a_slow_reader_exceeds_the_limit(polling: bool) -> None:
    with _connected(polling=polling, max_sendq=5000) as (connection, _):
        connection.send_all(b"")
        with contextlib.suppress(SendQueueExceeded):
            _fill(connection)
        with pytest.raises(SendQueueExceeded):
            connection.offer(b"x" * 5001)


def test_the_limit_applies_to_unsent_data(polling: bool) -> None:
    with _connected(polling=polling, max_sendq=5000) as (connection, peer):
        left = b""
        while connection.offer(b"x"):  # until the kernel takes no more: one byte is left over
            left += b"x"
        assert not connection.offer(b"y" * 4999)
        with pytest.raises(SendQueueExceeded):
            connection.offer(b"z")
        assert peer.read_ready().startswith(b"x")


def test_offer_and_flush_to_a_broken_connection_say_why(pair: tuple[TcpConnection, _Peer]) -> None:
    connection, peer = pair
    _fill(connection)
    peer.reset()
    _wait_readable(connection)
    with pytest.raises(TransportClosed, match=r"\w"):
        connection.flush()
    with _connected(polling=False) as (other, other_peer):
        other_peer.reset()
        _wait_readable(other)
        with pytest.raises(TransportClosed, match=r"\w"):
            other.offer(b"x")


def test_a_connection_can_be_closed_while_its_error_is_kept(pair: tuple[TcpConnection, _Peer]) -> None:
    """The exception keeps the data being sent alive, and with it a view of the outbox."""
    connection, peer = pair
    _fill(connection)
    peer.reset()
    _wait_readable(connection)
    with pytest.raises(TransportClosed) as kept:
        connection.flush()
    connection.close()
    assert str(kept.value)


# The end


def test_end_output_ends_only_the_output(pair: tuple[TcpConnection, _Peer]) -> None:
    connection, peer = pair
    connection.offer(b"last")
    connection.end_output()
    assert peer.read(100) == b"last"
    peer.sock.sendall(b"answer")
    assert connection.recv() == b"answer"


@pytest.mark.parametrize("how", ["end_output", "shutdown"])
def test_a_wait_for_the_end_of_output_is_released(pair: tuple[TcpConnection, _Peer], how: str) -> None:
    connection, _ = pair
    with started(lambda: connection.wait_output_ended(3600)) as waiter:
        waiter.join(0.01)
        assert waiter.is_alive()
        getattr(connection, how)()
    connection.wait_output_ended(3600)


def test_a_wait_for_the_end_of_output_times_out(pair: tuple[TcpConnection, _Peer]) -> None:
    connection, _ = pair
    with started(lambda: connection.wait_output_ended(0.01)):
        pass


def test_shutdown_ends_both_directions(pair: tuple[TcpConnection, _Peer]) -> None:
    connection, peer = pair
    connection.shutdown()
    assert connection.recv() == b""
    assert peer.read(1) == b""
    with pytest.raises(TransportClosed):
        connection.offer(b"x")


def test_close_releases_the_descriptor_and_is_idempotent(pair: tuple[TcpConnection, _Peer]) -> None:
    connection, peer = pair
    assert (connection.fileno() >= 0, connection.is_closed) == (True, False)
    connection.close()
    connection.close()
    assert connection.is_closed
    assert connection.fileno() == -1
    assert peer.read(1) == b""


def test_a_closed_connection_reports_that_it_is_closed(pair: tuple[TcpConnection, _Peer]) -> None:
    connection, _ = pair
    _fill(connection)
    connection.close()
    assert connection.flush()
    for use in (connection.recv, lambda: connection.send_all(b"x"), lambda: connection.offer(b"x")):
        with pytest.raises(TransportClosed):
            use()
    for end in (connection.end_input, connection.end_output, connection.shutdown):
        end()


def test_the_peer_gets_bytes_without_delay(polling: bool) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        socket.create_connection(listening.getsockname()),
    ):
        sock = listening.accept()[0]
        connection = TcpConnection(sock, _MAX_SENDQ, polling=polling)
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert sock.getblocking() is not polling
        connection.close()


def test_other_stream_sockets_work(polling: bool) -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        connection = TcpConnection(ours, _MAX_SENDQ, polling=polling)
        assert connection.offer(b"hello")
        assert theirs.recv(10) == b"hello"
        theirs.sendall(b"you")
        wait_until(lambda: select.select([connection], [], [], 0)[0])
        assert connection.recv() == b"you"
        connection.close()


def test_outboxes_share_a_budget_and_return_their_part(polling: bool) -> None:
    budget = OutboxBudget(40_000)
    with _connected(polling=polling) as (one, _), _connected(polling=polling) as (other, peer):
        for connection in (one, other):
            connection.budget = budget
        _fill(one)
        one.offer(b"x" * (39_000 - budget.used_bytes))
        _fill(other)
        other.offer(b"x" * 1000)
        with pytest.raises(SendQueueExceeded):
            one.offer(b"x" * 1000)
        one.close()
        assert 1000 <= budget.used_bytes < 40_000
        with started(lambda: peer.sock.recv(1 << 20, socket.MSG_WAITALL)):
            wait_until(other.flush)
            assert budget.used_bytes == 0
            other.shutdown()
