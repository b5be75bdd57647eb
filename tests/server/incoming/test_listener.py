"""Listener: accepts, or refuses politely when the machine has nothing left."""

from __future__ import annotations

import errno
import os
import queue
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from chatcore.server.incoming import listener
from chatcore.server.incoming.listener import Listener, refuse

_DEADLINE_S = 20
_REFUSAL = b"ERROR :Closing link: The tracker is full, try again later\r\n"


class _Exhausted(socket.socket):
    """A listening socket whose next accept can fail with an error."""

    error: int | None = None
    failures = 0

    def accept(self) -> tuple[socket.socket, object]:
        if self.error is not None:
            error, self.error = self.error, None
            self.failures += 1
            raise OSError(error, os.strerror(error))
        return super().accept()


@contextmanager
def _listening(on_accept: Callable[[socket.socket], None]) -> Iterator[_Exhausted]:
    sock = _Exhausted()
    sock.bind(("127.0.0.1", 0))
    sock.listen()
    listening = Listener([sock], on_accept)
    listening.start()
    try:
        yield sock
    finally:
        listening.stop()


def _connect(sock: socket.socket) -> socket.socket:
    return socket.create_connection(sock.getsockname(), timeout=_DEADLINE_S)


def _read_all(sock: socket.socket) -> bytes:
    data = b""
    while more := sock.recv(1000):
        data += more
    return data


def test_connections_are_handed_over_in_order() -> None:
    accepted: queue.Queue[socket.socket] = queue.Queue()
    with _listening(accepted.put) as sock:
        for _ in range(3):
            with _connect(sock) as client, accepted.get(timeout=_DEADLINE_S) as ours:
                assert ours.getpeername() == client.getsockname()


def test_it_listens_on_all_sockets() -> None:
    accepted: queue.Queue[socket.socket] = queue.Queue()
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    listening = Listener(sockets, accepted.put)
    listening.start()
    for sock in sockets:
        with _connect(sock), accepted.get(timeout=_DEADLINE_S) as ours:
            assert ours.getsockname() == sock.getsockname()
    listening.stop()
    assert [sock.fileno() for sock in sockets] == [-1, -1]


@pytest.mark.parametrize(
    ("fault", "told", "logged"),
    [
        (RuntimeError("can't start new thread"), _REFUSAL, ""),
        (MemoryError(), _REFUSAL, ""),
        (ValueError("a fault of ours"), b"", "a connection could not be taken over"),
    ],
    ids=["no thread", "no memory", "fault"],
)
def test_after_a_failed_handover_the_next_connection_is_served(
    caplog: pytest.LogCaptureFixture, fault: Exception, told: bytes, logged: str
) -> None:
    accepted: queue.Queue[socket.socket] = queue.Queue()
    faults = [fault]

    def take(sock: socket.socket) -> None:
        if faults:
            raise faults.pop()
        accepted.put(sock)

    with _listening(take) as sock:
        with _connect(sock) as client:
            assert _read_all(client) == told
        with _connect(sock), accepted.get(timeout=_DEADLINE_S):
            pass
    assert logged in caplog.text


def test_after_a_failed_refusal_the_next_connection_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    accepted: queue.Queue[socket.socket] = queue.Queue()
    fails = [True]

    def take(sock: socket.socket) -> None:
        if fails.pop():
            raise MemoryError
        accepted.put(sock)

    def refuse_nobody(sock: socket.socket, _: str) -> None:
        fails.append(False)
        sock.close()
        raise MemoryError

    monkeypatch.setattr(listener, "refuse", refuse_nobody)
    with _listening(take) as sock:
        with _connect(sock) as client:
            assert _read_all(client) == b""
        with _connect(sock), accepted.get(timeout=_DEADLINE_S):
            pass


@pytest.mark.parametrize("error", [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM])
def test_without_descriptors_one_connection_is_refused(error: int) -> None:
    accepted: queue.Queue[socket.socket] = queue.Queue()
    with _listening(accepted.put) as sock:
        sock.error = error
        with _connect(sock) as client:
            assert _read_all(client) == _REFUSAL
        with _connect(sock), accepted.get(timeout=_DEADLINE_S):
            assert sock.failures == 1


def test_an_aborted_connection_does_no_harm() -> None:
    accepted: queue.Queue[socket.socket] = queue.Queue()
    with _listening(accepted.put) as sock:
        sock.error = errno.ECONNABORTED
        with _connect(sock), accepted.get(timeout=_DEADLINE_S):
            assert sock.failures == 1


def test_it_can_be_stopped_while_it_backs_off() -> None:
    def take(_: socket.socket) -> None:
        raise RuntimeError("can't start new thread")

    with _listening(take) as sock, _connect(sock) as client:
        assert _read_all(client) == _REFUSAL


def test_stopping_twice_closes_no_foreign_descriptor() -> None:
    listening = Listener([socket.create_server(("127.0.0.1", 0))], lambda sock: None)
    listening.start()
    listening.stop()
    others = [os.open(os.devnull, os.O_RDONLY) for _ in range(8)]  # these reuse the listener's numbers
    listening.stop()
    for descriptor in others:
        os.close(descriptor)  # raises OSError if it is closed already


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (b"", b"ERROR :Closing link: busy\r\n"),
        (b"CAP LS 302\r\n", b"ERROR :Closing link: busy\r\n"),
        (b"\x16\x03\x01", b"ERROR :Closing link: busy\r\n"),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 900, b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 60\r\n"),
    ],
)
def test_a_refusal_arrives_whatever_was_sent_before(said: bytes, answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        ours, _ = server.accept()
        client.settimeout(_DEADLINE_S)
        client.sendall(said)
        if said:
            ours.recv(1, socket.MSG_PEEK)
        refuse(ours, "busy")
        assert _read_all(client).startswith(answer)


def test_refusing_a_closed_connection_is_no_error() -> None:
    ours, theirs = socket.socketpair()
    theirs.close()
    refuse(ours, "whatever")
    assert ours.fileno() == -1
