"""Delivery: the thread that logs, applies and sends, with real sockets and nothing else of a tracker."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from chatcore.config import Config
from chatcore.server.archive.journal.journal import Journal, JournalReader
from chatcore.server.archive.journal.records import FactRecord, LineRecord
from chatcore.server.audit.grammar import WRITERS, AuditFormat
from chatcore.server.audit.log import AuditLog
from chatcore.server.outgoing.delivery import Delivery
from chatcore.server.outgoing.host import FAULT
from chatcore.server.outgoing.recorded_history import Recording
from chatcore.state import facts, requests
from chatcore.state.credit import Credit
from chatcore.state.stream import QueueStream
from chatcore.transport.tcp import TcpConnection
from tests.support.readers import FakeHost, connected
from tests.support.together import DEADLINE_S, join, wait_until

_MAX_SENDQ = 50_000


class _Peer:
    """The other end of a reader's connection."""

    def __init__(self) -> None:
        ours, self.sock = socket.socketpair()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        self.sock.settimeout(DEADLINE_S)
        self.connection = TcpConnection(ours, _MAX_SENDQ)
        self._received = b""

    def line(self) -> str:
        """Return the next line."""
        while b"\r\n" not in self._received:
            data = self.sock.recv(65536)
            assert data, "the connection was ended"
            self._received += data
        line, _, self._received = self._received.partition(b"\r\n")
        return line.decode()

    def rest(self) -> list[str]:
        """Return all lines until the end."""
        while data := self.sock.recv(65536):
            self._received += data
        return self._received.decode().split("\r\n")[:-1]


class _Delivering:
    """A running delivery. Client ids are those of its peers: 1, 2 and 3."""

    def __init__(self, folder: Path, after_ms: int = 0) -> None:
        self.log_path = folder / "chat.log"
        self.log = AuditLog(self.log_path, fsync=False)
        self.stream = QueueStream(lambda: 1.0)
        self.peers = {number: _Peer() for number in (1, 2, 3)}
        self.host = FakeHost(lambda client: self.peers[client].connection)
        self.journal = Journal(folder)
        self.delivery = Delivery(
            replace(Config(), history=1),
            self.stream,
            self.log,
            self.host,
            Recording(self.journal, 1, True, after_ms),
        )
        self.delivery.start()
        self.stream.append(tuple(connected(number) for number in self.peers))
        self.stream.append(tuple(facts.Joined(number, "#room", "") for number in self.peers))
        for peer in self.peers.values():
            while " 366 " not in peer.line():
                pass

    def say(self, client: int, text: str, credit: Credit | None = None) -> None:
        self.stream.append((facts.Said(client, "#room", "PRIVMSG", text),), credit)

    def answer(self, client: int, text: str) -> None:
        self.stream.append((requests.Replied(client, (("NOTICE", "x", text),)),))

    def heard(self, client: int) -> str:
        """Return the text of the next line that is not a JOIN."""
        while " JOIN " in (line := self.peers[client].line()):
            pass
        return line.rpartition(":")[2]

    def close(self) -> None:
        self.stream.close(facts.Stopped("over"))
        join([self.delivery])
        for peer in self.peers.values():
            peer.connection.close()
            peer.sock.close()
        self.log.close()
        self.journal.close()


@pytest.fixture
def delivering(tmp_path: Path) -> Iterator[_Delivering]:
    delivering = _Delivering(tmp_path)
    yield delivering
    delivering.close()


def test_a_delivered_message_is_already_in_the_log(delivering: _Delivering) -> None:
    for number in range(50):
        delivering.say(1, f"message {number}")
        assert delivering.heard(2) == f"message {number}"
        assert f" message #room nick1 :message {number}\n" in delivering.log_path.read_text()


def test_credit_is_returned_once_a_line_is_delivered(delivering: _Delivering) -> None:
    credit = Credit(1)
    for number in range(5):
        credit.take()
        delivering.say(1, str(number), credit)
    credit.take()
    assert [delivering.heard(2) for _ in range(5)] == [str(number) for number in range(5)]


def test_an_urgent_answer_arrives_and_returns_its_credit(delivering: _Delivering) -> None:
    credit = Credit(1)
    credit.take()
    delivering.delivery.post_reply(1, (("PONG", "server", "x"),), credit, None)
    credit.take()
    assert delivering.heard(1) == "x"


def test_an_urgent_answer_to_nobody_returns_its_credit(delivering: _Delivering) -> None:
    credit = Credit(1)
    credit.take()
    delivering.delivery.post_reply(99, (("PONG", "server", "x"),), credit, None)
    credit.take()
    assert credit.take(free=True) is False


def test_a_faulty_entry_does_not_affect_others(delivering: _Delivering, caplog: pytest.LogCaptureFixture) -> None:
    credit = Credit(1)
    credit.take()
    delivering.stream.append((requests.CapabilitiesChanged(99, 0),), credit)  # an unknown client
    delivering.say(1, "goes on")
    assert delivering.heard(2) == "goes on"
    credit.take()
    assert "CapabilitiesChanged could not be applied" in caplog.text
    assert delivering.host.lost == [(99, FAULT)]
    assert delivering.host.told == ["A fault in this program: CapabilitiesChanged could not be passed on"]


def test_a_message_that_cannot_be_logged_is_never_delivered(
    delivering: _Delivering, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault while formatting a log line ends delivery: nobody may hear a message that is not logged."""

    def fail(log: AuditFormat, event: facts.Said) -> str:
        raise ValueError

    delivering.say(1, "before")
    assert delivering.heard(2) == "before"
    monkeypatch.setitem(WRITERS, facts.Said, fail)
    delivering.say(1, "not written down")
    wait_until(lambda: delivering.host.has_failed)
    delivering.peers[2].connection.end_output()
    assert delivering.peers[2].rest() == []


def test_a_slow_reader_gets_everything_in_order(delivering: _Delivering) -> None:
    """The lines exceed the system's buffers, but not the outbox."""
    texts = [f"{number:04}" + "x" * 200 for number in range(100)]
    for text in texts:
        delivering.answer(1, text)
    delivering.answer(2, "the others do not wait")
    assert delivering.heard(2) == "the others do not wait"
    assert [delivering.heard(1) for _ in texts] == texts
    delivering.answer(1, "and on")
    assert delivering.heard(1) == "and on"


def test_only_the_reader_that_does_not_read_is_dropped(delivering: _Delivering) -> None:
    for number in range(600):
        delivering.say(1, f"{number:04}" + "x" * 400)
        assert delivering.heard(2).startswith(f"{number:04}")
    wait_until(lambda: delivering.host.lost)
    assert delivering.host.lost == [(3, "SendQ exceeded")]
    delivering.peers[3].rest()
    delivering.say(1, "still here")
    assert delivering.heard(2) == "still here"


def test_only_the_reader_that_runs_out_of_memory_is_dropped(
    delivering: _Delivering, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = delivering.peers[3].connection
    offer = TcpConnection.offer

    def offer_all_but_one(self: TcpConnection, data: bytes) -> bool:
        if self is full:
            raise MemoryError
        return offer(self, data)

    monkeypatch.setattr(TcpConnection, "offer", offer_all_but_one)
    delivering.say(1, "hello")
    assert delivering.heard(2) == "hello"
    wait_until(lambda: delivering.host.lost == [(3, "Out of memory")])
    delivering.say(1, "on we go")
    assert delivering.heard(2) == "on we go"


def test_a_departed_reader_is_dropped_with_the_reason(delivering: _Delivering) -> None:
    delivering.peers[3].sock.close()
    for number in range(2):
        delivering.say(1, str(number))
        assert delivering.heard(2) == str(number)
    wait_until(lambda: delivering.host.lost)
    ((client, reason),) = delivering.host.lost
    assert (client, reason) in {(3, "Broken pipe"), (3, "Connection reset by peer")}


def test_a_connection_is_closed_only_after_the_visit_ends(delivering: _Delivering) -> None:
    delivering.stream.append((facts.Quit(3, "bye", False),))
    assert delivering.peers[3].rest()[-1] == "ERROR :Closing link: bye"
    assert not delivering.peers[3].connection.is_closed
    delivering.stream.append((requests.Closed(3),))
    wait_until(lambda: delivering.peers[3].connection.is_closed)
    delivering.say(1, "still here")
    assert delivering.heard(2).endswith(" QUIT bye")
    assert delivering.heard(2) == "still here"


def test_the_farewell_comes_after_all_messages(delivering: _Delivering) -> None:
    delivering.say(1, "last words")
    delivering.stream.close(facts.Stopped("over"))
    for client in (2, 3):
        assert delivering.peers[client].rest()[-2:] == [
            ":nick1!user@192.0.2.1 PRIVMSG #room :last words",
            "ERROR :over",
        ]
    join([delivering.delivery])


def test_a_stuck_reader_hardly_delays_the_end(delivering: _Delivering) -> None:
    for number in range(100):
        delivering.answer(3, f"{number:04}" + "x" * 200)
    delivering.stream.close(facts.Stopped("over"))
    assert delivering.peers[1].rest()[-1] == "ERROR :over"
    join([delivering.delivery])
    assert not delivering.peers[3].connection.is_closed


def test_times_keep_increasing_after_the_clock_is_set_back(tmp_path: Path) -> None:
    """The stream's clock shows the first second of 1970."""
    before_ms = 1_700_000_000_999
    delivering = _Delivering(tmp_path, after_ms=before_ms)
    delivering.say(1, "x")
    assert delivering.heard(2) == "x"
    delivering.close()
    reader = JournalReader(tmp_path)
    times = [record.line.order_ms for record in reader.read() if isinstance(record, LineRecord)]
    reader.close()
    assert times
    assert min(times) == before_ms + 1


def test_a_marker_is_recorded_after_entries_that_waited_for_the_log(
    tmp_path: Path, delivering: _Delivering, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Records must be in the order of their ids: the archivist would skip late ones as already archived."""
    delivering.stream.append((facts.AccountChanged(1, "Ann", "a"),))
    delivering.answer(1, "logged in")
    assert delivering.heard(1) == "logged in"
    with monkeypatch.context() as patch:
        patch.setattr(delivering.log, "write", lambda texts: 0)
        delivering.stream.append((facts.TopicChanged(2, "#room", "tea", "nick2", 7),))
        delivering.stream.append((requests.MarkerRequested(1, "#tea", 500),))
        assert delivering.peers[1].line().endswith(" MARKREAD #tea :timestamp=1970-01-01T00:00:00.500Z")
    delivering.say(3, "the disk has room again")
    assert delivering.heard(1) == "tea"
    assert delivering.heard(1) == "the disk has room again"
    with closing(JournalReader(tmp_path)) as reader:
        records = [record for record in reader.read() if isinstance(record, FactRecord)]
    assert records[-1].data == {"fact": "markers", "markers": [["a", "#tea", "#tea", 500]]}
    assert records[-2].data["changes"][0][0] == "topic"
    assert [record.id for record in records] == sorted({record.id for record in records})
