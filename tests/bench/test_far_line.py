"""bench.far_line: bytes arrive late and unchanged."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from bench.far_line import FarLine, _Window
from tests.support.irc import DEADLINE_S


@pytest.fixture
def line() -> Iterator[FarLine]:
    """A line to an echo server."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_echo, args=(server,))
        thread.start()
        line = FarLine(server.getsockname(), 0.005)
        yield line
        line.close()
        thread.join()


def _echo(server: socket.socket) -> None:
    sock, _ = server.accept()
    with sock, contextlib.suppress(OSError):
        while data := sock.recv(65536):
            sock.sendall(data)


def test_data_arrives_complete_and_in_order(line: FarLine) -> None:
    sent = bytes(range(256)) * 1000
    with socket.create_connection(("127.0.0.1", line.port), DEADLINE_S) as sock:
        sock.sendall(sent)
        sock.shutdown(socket.SHUT_WR)
        received = b""
        while more := sock.recv(65536):
            received += more
    assert received == sent
    assert line.connections == 1


def test_all_connections_can_be_ended(line: FarLine) -> None:
    with socket.create_connection(("127.0.0.1", line.port), DEADLINE_S) as sock:
        sock.sendall(b"x")
        assert sock.recv(1) == b"x"
        line.end_connections()
        with contextlib.suppress(ConnectionResetError):
            assert sock.recv(1) == b""


def test_each_arrival_doubles_the_window() -> None:
    async def sent() -> list[int]:
        loop = asyncio.get_running_loop()
        window = _Window(loop, 0.0)
        found = []
        for count in (14_600, 29_200, 58_400):
            await window.take(count)
            found.append(window._room)
        return found

    assert asyncio.run(sent()) == [0, 0, 0]
