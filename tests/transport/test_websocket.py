"""WebSocketConnection: which thread sends the answers to frames, and that nothing follows a close frame."""

from __future__ import annotations

from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.http11 import Request

from chatcore.errors import SendQueueExceeded, TransportClosed
from chatcore.protocol.goodbye import Ending
from chatcore.transport.connection import Connection
from chatcore.transport.websocket import Entrance, RoomTextConnection, WebSocketConnection, make_protocol
from tests.support.generated import PROPERTY
from tests.support.websocket import frame, upgrade_request

_PING = b"\x89\x00"
_CLOSE = b"\x88\x02\x03\xe8"
_CLOSE_GOING_AWAY = b"\x88\x02\x03\xe9"


class _Inner:
    """The connection below: returns the peer's data, and records what is sent and how."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = [*pieces]
        self.sent_all = b""
        self.offered = b""
        self.flushes = 0
        self.has_ended = False
        self.on_output = None
        self.failure: Exception | None = None

    def recv(self) -> bytes:
        return self.pieces.pop(0) if self.pieces else b""

    def send_all(self, data: bytes) -> None:
        self.sent_all += data

    def offer(self, data: bytes) -> bool:
        if self.failure:
            raise self.failure
        self.offered += data
        return True

    def flush(self) -> bool:
        self.flushes += 1
        return True

    def end_output(self, ending: Ending = Ending.VISIT) -> None:
        self.has_ended = True


class _Visitor:
    """A connection over such an inner one, after the handshake; `is_registered` decides which thread sends."""

    def __init__(self, *pieces: bytes, is_registered: bool = True, entrance: Entrance | None = None) -> None:
        self.inner = _Inner(*pieces)
        self.is_registered = is_registered
        self.calls = 0
        protocol = make_protocol()
        protocol.receive_data(upgrade_request())
        (request,) = protocol.events_received()
        assert isinstance(request, Request)
        protocol.send_response(protocol.accept(request))
        protocol.data_to_send()
        inner = cast("Connection", self.inner)
        self.connection = (
            WebSocketConnection(inner, protocol, lambda: self.is_registered)
            if entrance is None
            else RoomTextConnection(inner, protocol, lambda: self.is_registered, entrance)
        )
        self.connection.on_output = self._on_output

    def _on_output(self) -> None:
        self.calls += 1


def _text(line: str) -> bytes:
    return Frame(Opcode.TEXT, line.encode()).serialize(mask=False)


def test_frames_are_lines() -> None:
    connection = _Visitor(frame(Opcode.TEXT, b"NICK ann") + frame(Opcode.BINARY, b"PING x")).connection
    assert connection.recv() == b"NICK ann\r\nPING x\r\n"
    assert connection.recv() == b""


def test_lines_are_frames() -> None:
    visitor = _Visitor(is_registered=False)
    visitor.connection.send_all(b":a 001 b :c\r\nPING :d\r\n")
    assert visitor.inner.sent_all == _text(":a 001 b :c") + _text("PING :d")


def test_the_reader_answers_pings_only_before_registration() -> None:
    ping, pong = frame(Opcode.PING, b"x"), b"\x8a\x01x"
    visitor = _Visitor(ping, ping, is_registered=False)
    assert visitor.connection.recv() == b"\r\n", "a ping frame is a sign of life"
    assert (visitor.inner.sent_all, visitor.calls) == (pong, 0)
    visitor.is_registered = True
    visitor.connection.recv()
    assert (visitor.inner.sent_all, visitor.inner.offered, visitor.calls) == (pong, b"", 1)
    visitor.connection.flush()
    assert visitor.inner.offered == pong


def test_an_answer_before_the_handover_is_sent_with_the_welcome() -> None:
    visitor = _Visitor(frame(Opcode.PING, b"x"))
    visitor.connection.on_output = None
    visitor.connection.recv()
    visitor.connection.offer(_text("welcome"))
    assert visitor.inner.offered == b"\x8a\x01x" + _text("welcome")


def test_only_the_latest_of_many_pings_are_answered() -> None:
    pings = [frame(Opcode.PING, b"%03d" % number * 40) for number in range(1000)]
    visitor = _Visitor(*pings)
    for _ in pings:
        visitor.connection.recv()
    visitor.connection.flush()
    assert len(visitor.inner.offered) < 20_000
    assert visitor.inner.offered.endswith(b"999" * 40)


def _sent_at(visitor: _Visitor, *moments: float, quiet_s: float = 45.0) -> list[bytes]:
    """Have the heartbeat check at these moments and delivery flush; return what was sent at each."""
    sent = []
    for moment in moments:
        visitor.connection.keep_open(moment, quiet_s)
        visitor.connection.flush()
        sent.append(visitor.inner.offered)
        visitor.inner.offered = b""
    return sent


def test_a_quiet_connection_gets_a_ping() -> None:
    visitor = _Visitor()
    assert _sent_at(visitor, 1000, 1044.9, 1045, 1045.5, 1090.4, 1090.5) == [b"", b"", _PING, b"", b"", _PING]
    assert visitor.calls == 2


def test_any_outgoing_data_and_no_incoming_data_postpones_the_ping() -> None:
    visitor = _Visitor(frame(Opcode.TEXT, b"PONG x"), frame(Opcode.PING, b"x"))
    _sent_at(visitor, 0)
    visitor.connection.recv()
    visitor.connection.offer(b"")  # a line that does not exist in this format
    assert _sent_at(visitor, 45) == [_PING], "incoming data does not postpone the ping"
    visitor.connection.recv()
    assert _sent_at(visitor, 60, 105) == [b"\x8a\x01x", b""]
    visitor.connection.offer(_text("news"))
    assert _sent_at(visitor, 106, 150.9, 151) == [_text("news"), b"", _PING]


def test_no_ping_is_sent_without_a_limit_or_after_a_close() -> None:
    assert _sent_at(_Visitor(), 0, 1000, quiet_s=0) == [b"", b""]
    visitor = _Visitor(frame(Opcode.CLOSE, b"\x03\xe8"))
    visitor.connection.recv()
    assert _sent_at(visitor, 0, 45, 90) == [_CLOSE, b"", b""]
    visitor = _Visitor()
    visitor.connection.on_output = None
    for moment in (0, 45):
        visitor.connection.keep_open(moment, 45)
    visitor.connection.offer(_text("welcome"))
    assert visitor.inner.offered == _PING + _text("welcome")


def test_nothing_follows_the_answer_to_a_close() -> None:
    visitor = _Visitor(frame(Opcode.CLOSE, b"\x03\xe8"))
    assert visitor.connection.recv() == b""
    visitor.connection.flush()
    assert visitor.connection.offer(_text("ERROR :bye"))
    visitor.connection.end_output()
    assert visitor.inner.offered == _CLOSE
    assert visitor.inner.has_ended


def test_nothing_follows_the_answer_to_a_close_before_registration() -> None:
    visitor = _Visitor(frame(Opcode.CLOSE, b"\x03\xe8"), is_registered=False)
    assert visitor.connection.recv() == b""
    visitor.connection.send_all(b"ERROR :bye\r\n")
    visitor.connection.end_output()
    assert visitor.inner.sent_all == _CLOSE
    assert visitor.inner.offered == b""


def test_simultaneous_closes_are_sent_once() -> None:
    visitor = _Visitor(frame(Opcode.CLOSE, b"\x03\xe8"), frame(Opcode.PING))
    visitor.connection.end_output(Ending.CHAT)
    assert visitor.connection.recv() == b""
    visitor.connection.flush()
    visitor.connection.end_output()
    assert visitor.inner.offered == _CLOSE_GOING_AWAY


@pytest.mark.parametrize("failure", [TransportClosed("reset"), SendQueueExceeded()])
def test_a_close_that_cannot_be_sent_is_skipped(failure: Exception) -> None:
    """Delivery ends the outputs of all connections in turn; a lost connection must not stop it."""
    visitor = _Visitor()
    visitor.inner.failure = failure
    visitor.connection.end_output()
    assert visitor.inner.has_ended


def test_lines_before_a_close_count_and_later_ones_are_dropped() -> None:
    """They are read, so that closing the socket does not destroy data that the peer has yet to read."""
    visitor = _Visitor(frame(Opcode.TEXT, b"QUIT") + frame(Opcode.CLOSE), frame(Opcode.TEXT, b"after"), b"\xff" * 9)
    assert [visitor.connection.recv() for _ in range(3)] == [b"QUIT\r\n", b"", b""]
    assert visitor.inner.pieces == []


def test_offer_of_nothing_sends_nothing() -> None:
    """Lines that are not shown to people have no bytes."""
    visitor = _Visitor()
    assert visitor.connection.offer(b"")
    assert (visitor.inner.offered, visitor.inner.flushes) == (b"", 1)


_ENTRANCE = Entrance("#dev", b"NICK ann\r\n", 12)


def test_a_guest_registers_by_itself_and_speaks_to_its_room() -> None:
    visitor = _Visitor(frame(Opcode.TEXT, b"hello all of you\n:x"), is_registered=False, entrance=_ENTRANCE)
    assert visitor.connection.recv() == b"NICK ann\r\n"
    visitor.is_registered = True
    assert visitor.connection.recv() == b"JOIN #dev\r\n"
    expected = b"PRIVMSG #dev :hello all of\r\nPRIVMSG #dev :you\r\nPRIVMSG #dev ::x\r\n"
    assert visitor.connection.recv() == expected


def test_a_refused_guest_ends() -> None:
    visitor = _Visitor(frame(Opcode.TEXT, b"hello"), is_registered=False, entrance=_ENTRANCE)
    assert [visitor.connection.recv(), visitor.connection.recv()] == [b"NICK ann\r\n", b""]


@PROPERTY
@given(st.binary(max_size=200), st.booleans())
def test_a_guest_sends_only_messages_to_its_room(payload: bytes, is_text: bool) -> None:
    visitor = _Visitor(frame(Opcode.TEXT if is_text else Opcode.BINARY, payload), entrance=_ENTRANCE)
    assert [visitor.connection.recv(), visitor.connection.recv()] == [b"NICK ann\r\n", b"JOIN #dev\r\n"]
    for line in visitor.connection.recv().split(b"\r\n"):
        assert not line or line.startswith(b"PRIVMSG #dev :")
        assert not set(line) & set(b"\r\n\0")


@pytest.mark.thorough
@PROPERTY
@given(st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])), max_size=5), st.data())
def test_frames_may_arrive_in_any_pieces(lines: list[str], data: st.DataObject) -> None:
    whole = b"".join(frame(Opcode.TEXT, line.encode()) for line in lines)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True) if a < b]
    connection, received = _Visitor(*pieces).connection, b""
    while more := connection.recv():
        received += more
    assert received == b"".join(line.encode() + b"\r\n" for line in lines)
