"""A wire passes bytes on unless it is cut, held or trapped."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from tests.faults.cluster.wire import Wire

DEADLINE_S = 30.0


@pytest.fixture
def echoing_port() -> Iterator[int]:
    """A server that echoes its input."""
    listener = socket.create_server(("127.0.0.1", 0))

    def echo(connection: socket.socket) -> None:
        with connection:
            try:
                while data := connection.recv(4096):
                    connection.sendall(data)
            except OSError:
                pass

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=echo, args=(connection,)).start()

    thread = threading.Thread(target=serve)
    thread.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(DEADLINE_S)


@pytest.fixture
def wire(echoing_port: int) -> Iterator[Wire]:
    """A wire to it."""
    wire = Wire(echoing_port)
    yield wire
    wire.close()


def _connect(wire: Wire) -> socket.socket:
    return socket.create_connection(("127.0.0.1", wire.port), DEADLINE_S)


def _received(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        assert more, f"the connection ended after {data!r}"
        data += more
    return data


def test_bytes_are_passed_on(wire: Wire) -> None:
    with _connect(wire) as connection:
        connection.sendall(b"hello")
        assert _received(connection, 5) == b"hello"


def test_a_cut_wire_ends_connections_until_healed(wire: Wire) -> None:
    with _connect(wire) as connection:
        connection.sendall(b"hello")
        assert _received(connection, 5) == b"hello"
        wire.cut()
        assert connection.recv(1) == b""
    with _connect(wire) as connection:
        assert connection.recv(1) == b""
    wire.heal()
    test_bytes_are_passed_on(wire)


@pytest.mark.parametrize("direction", ["up", "down"])
def test_held_bytes_arrive_after_healing(wire: Wire, direction: str) -> None:
    with _connect(wire) as connection:
        connection.sendall(b"a")
        assert _received(connection, 1) == b"a"
        wire.hold(direction)
        connection.sendall(b"b")
        connection.settimeout(0.2)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        connection.settimeout(DEADLINE_S)
        wire.heal()
        assert _received(connection, 1) == b"b"


def test_held_bytes_may_be_dropped(wire: Wire) -> None:
    with _connect(wire) as connection:
        connection.sendall(b"a")
        assert _received(connection, 1) == b"a"
        wire.hold("up")
        connection.sendall(b"b")
        wire.heal(drop=True)
        try:
            assert connection.recv(1) == b""
        except ConnectionResetError:  # as there were unread bytes
            pass


def test_a_trap_is_sprung_once_and_passes_half_on(wire: Wire) -> None:
    sprung: list[str] = []
    with _connect(wire) as connection:
        wire.trap(rb"up\d", lambda: sprung.append("it"))
        connection.sendall(b"good")
        assert _received(connection, 4) == b"good"
        connection.sendall(b"up12")
        assert _received(connection, 2) == b"up"
        connection.sendall(b"up3")
        assert _received(connection, 3) == b"up3"
    assert sprung == ["it"]
