"""Drain: reports once that a full socket takes more."""

from __future__ import annotations

import queue
import socket
from collections.abc import Iterator

import pytest

from chatcore.server.outgoing.drain import Drain, wait_writable
from chatcore.server.outgoing.membership import Reader
from chatcore.transport.tcp import TcpConnection
from tests.support.readers import connected

_DEADLINE_S = 20


class _Slow:
    """A reader whose peer does not read until it is told to."""

    def __init__(self, number: int) -> None:
        ours, self.peer = socket.socketpair()
        self.reader = Reader(connected(number), TcpConnection(ours, 1 << 24))
        while self.reader.connection.offer(bytes(65536)):
            pass

    def read_all(self) -> None:
        """Take all that is in the system's buffers."""
        self.peer.setblocking(False)
        try:
            while self.peer.recv(1 << 20):
                pass
        except BlockingIOError:
            pass

    def close(self) -> None:
        self.reader.connection.close()
        self.peer.close()


@pytest.fixture
def slow() -> Iterator[_Slow]:
    slow = _Slow(1)
    yield slow
    slow.close()


@pytest.fixture
def other() -> Iterator[_Slow]:
    other = _Slow(2)
    yield other
    other.close()


@pytest.fixture
def reported() -> queue.Queue[Reader]:
    return queue.Queue()


@pytest.fixture
def drain(reported: queue.Queue[Reader]) -> Iterator[Drain]:
    drain = Drain(reported.put)
    drain.start()
    yield drain
    drain.stop()


def test_a_reader_is_reported_when_its_socket_takes_more(
    drain: Drain, reported: queue.Queue[Reader], slow: _Slow
) -> None:
    drain.watch(slow.reader)
    with pytest.raises(queue.Empty):
        reported.get(timeout=0.02)
    slow.read_all()
    assert reported.get(timeout=_DEADLINE_S) is slow.reader


def test_a_reader_is_reported_once_until_it_is_watched_again(
    drain: Drain, reported: queue.Queue[Reader], slow: _Slow, other: _Slow
) -> None:
    drain.watch(slow.reader)
    slow.read_all()
    assert reported.get(timeout=_DEADLINE_S) is slow.reader
    drain.watch(other.reader)
    other.read_all()
    assert reported.get(timeout=_DEADLINE_S) is other.reader  # not the first one, although it is writable
    drain.watch(slow.reader)
    assert reported.get(timeout=_DEADLINE_S) is slow.reader
    assert reported.empty()


def test_a_broken_connection_is_reported_too(drain: Drain, reported: queue.Queue[Reader], slow: _Slow) -> None:
    """The flush that follows finds out that it is broken."""
    drain.watch(slow.reader)
    slow.peer.close()
    assert reported.get(timeout=_DEADLINE_S) is slow.reader


def test_a_forgotten_reader_is_not_reported(
    drain: Drain, reported: queue.Queue[Reader], slow: _Slow, other: _Slow
) -> None:
    drain.watch(slow.reader)
    drain.watch(other.reader)
    drain.forget(slow.reader)
    slow.read_all()
    other.read_all()
    assert reported.get(timeout=_DEADLINE_S) is other.reader
    assert reported.empty()


def test_a_reused_descriptor_belongs_to_the_new_reader(drain: Drain, reported: queue.Queue[Reader]) -> None:
    first = _Slow(1)
    drain.watch(first.reader)
    drain.forget(first.reader)
    descriptor = first.reader.connection.fileno()
    first.close()
    second = _Slow(2)
    try:
        assert descriptor in (second.reader.connection.fileno(), second.peer.fileno())
        drain.watch(second.reader)
        second.read_all()
        assert reported.get(timeout=_DEADLINE_S) is second.reader
        assert reported.empty()
    finally:
        second.close()


def test_a_full_wake_pipe_does_not_block(slow: _Slow) -> None:
    """So many wakes while the thread does not run that the pipe takes no more."""
    reported: queue.Queue[Reader] = queue.Queue()
    drain = Drain(reported.put)
    for _ in range(70_000):
        drain.watch(slow.reader)
    drain.start()
    slow.read_all()
    assert reported.get(timeout=_DEADLINE_S) is slow.reader
    drain.stop()


def test_wait_writable_waits_for_one_of_many(slow: _Slow, other: _Slow) -> None:
    wait_writable([slow.reader, other.reader], 0.01)
    other.read_all()
    wait_writable([slow.reader, other.reader], 3600)
    assert other.reader.connection.flush()
