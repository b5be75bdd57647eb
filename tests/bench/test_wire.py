"""bench.wire: an encrypted connection does what a plain one does; and both are measured side by side."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from select import select

import pytest
import trustme

from bench.wire import TlsSocket, connect
from tests.support.irc import DEADLINE_S
from tests.support.trackers import ROOT

_TEXT = bytes(range(256)) * 65536  # more than any socket takes at once


@contextmanager
def _peers(*, is_tls: bool) -> Iterator[tuple[socket.socket | TlsSocket, socket.socket]]:
    """Connect to a server of one client; give both ends."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    accepted: list[socket.socket] = []

    def accept() -> None:
        sock = listener.accept()[0]
        accepted.append(context.wrap_socket(sock, server_side=True) if is_tls else sock)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=accept)
        thread.start()
        ours = connect(listener.getsockname(), is_tls=is_tls)
        thread.join(DEADLINE_S)
    with closing(ours), accepted[0] as theirs:
        yield ours, theirs


@pytest.mark.parametrize("is_tls", [False, True], ids=["tcp", "tls"])
class TestWire:
    def test_nothing_has_arrived(self, is_tls: bool) -> None:
        with _peers(is_tls=is_tls) as (ours, _), pytest.raises(BlockingIOError):
            ours.recv_into(memoryview(bytearray(100)))

    def test_all_that_arrives_is_read_and_then_the_end(self, is_tls: bool) -> None:
        got = bytearray()
        buffer = memoryview(bytearray(50_000))
        with _peers(is_tls=is_tls) as (ours, theirs), ThreadPoolExecutor() as pool:
            sending = pool.submit(_send, theirs)
            count = len(buffer)
            while count:
                # A full buffer may not have been all: then a selector need not tell of the rest.
                if count < len(buffer):
                    assert select([ours], [], [], DEADLINE_S)[0]
                try:
                    count = ours.recv_into(buffer)
                    got += buffer[:count]
                except BlockingIOError:
                    count = -1
            sending.result()
        assert got == _TEXT

    def test_what_is_refused_can_be_sent_later(self, is_tls: bool) -> None:
        sent = 0
        with _peers(is_tls=is_tls) as (ours, theirs), ThreadPoolExecutor() as pool:
            with suppress(BlockingIOError):
                while True:
                    sent += ours.send(_TEXT[sent:])
            assert sent < len(_TEXT)
            reading = pool.submit(_read, theirs, len(_TEXT))
            while sent < len(_TEXT):
                assert select([], [ours], [], DEADLINE_S)[1]
                with suppress(BlockingIOError):
                    sent += ours.send(_TEXT[sent:])
            assert reading.result() == _TEXT


def _read(sock: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size and (data := sock.recv(65536)):
        got += data
    return got


def _send(sock: socket.socket) -> None:
    sock.sendall(_TEXT)
    sock.shutdown(socket.SHUT_WR)


def test_both_wires_of_our_tracker_are_measured() -> None:
    command = [sys.executable, "-m", "bench", "--only", "D", "--runs", "1", "-m", "3"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE_S)
    assert (result.returncode, result.stderr) == (0, "")
    rows = [line for line in result.stdout.splitlines() if line.startswith("D ")]
    assert len(rows) == 2
    assert "TLS" not in rows[0]
    assert "TLS" in rows[1]
