"""WebSocket over another connection, by the sans-I/O protocol of `websockets` (RFC 6455), in the client's own thread.

One frame is one IRC line (https://ircv3.net/specs/extensions/websocket). Outgoing frames come from `formats`, encoded
once for all readers; the protocol object sees only what arrives, and its own answers (pong, close).
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from websockets.frames import Close, CloseCode, Frame, Opcode
from websockets.protocol import Event
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from chatcore.errors import SendQueueExceeded, TransportClosed
from chatcore.protocol.goodbye import Ending, goodbye_reason
from chatcore.protocol.wrap import wrap_text
from chatcore.transport.connection import Connection, Layer
from chatcore.transport.formats import BINARY_FRAMES, ROOM_TEXT, TEXT_FRAMES, in_format

TEXT_IRC, BINARY_IRC = Subprotocol("text.ircv3.net"), Subprotocol("binary.ircv3.net")
MAX_MESSAGE_BYTES = 16384
_MAX_ANSWER_BYTES = 16384
_MAX_REASON_BYTES = 123


@dataclass(frozen=True, slots=True)
class Entrance:
    """How a client of the room endpoint enters."""

    channel: str
    registration: bytes  # IRC lines
    text_bytes: int  # the most that fits into one message; longer text is split


def close_frame(code: CloseCode, reason: str = "") -> bytes:
    """Return a server's close frame, with as much of the reason as fits (RFC 6455, section 5.5)."""
    words = reason.encode()[:_MAX_REASON_BYTES].decode(errors="ignore")
    return Frame(Opcode.CLOSE, Close(code, words).serialize()).serialize(mask=False)


_CODES = {
    Ending.VISIT: CloseCode.NORMAL_CLOSURE,
    Ending.CHAT: CloseCode.GOING_AWAY,
    Ending.RUN: CloseCode.SERVICE_RESTART,
}
_PING = Frame(Opcode.PING, b"").serialize(mask=False)
_NO_LOG = logging.Logger("websocket")
"""Silences the library, which at level DEBUG logs whole requests, including the room endpoint's password."""
_NO_LOG.disabled = True


def make_protocol() -> ServerProtocol:
    """Return a protocol object: no compression, bounded messages, the first subprotocol offered that we support."""
    return ServerProtocol(select_subprotocol=_select_subprotocol, max_size=MAX_MESSAGE_BYTES, logger=_NO_LOG)


def dismantle(protocol: ServerProtocol) -> None:
    """Free a used protocol object at once, by breaking its reference cycles (parser generator, tracebacks)."""
    error = vars(protocol).get("handshake_exc")
    while error is not None:
        error.__traceback__ = None
        error = error.__cause__ or error.__context__
    vars(protocol).clear()


def _select_subprotocol(protocol: ServerProtocol, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    return next((name for name in offered if name in (TEXT_IRC, BINARY_IRC)), None)


class WebSocketConnection(Layer):
    """IRC lines in WebSocket frames. See Connection for who may call what."""

    def __init__(self, inner: Connection, protocol: ServerProtocol, is_registered: Callable[[], bool]) -> None:
        """Take over a connection on which `protocol` has accepted the handshake.

        `is_registered` tells the client's thread whether delivery already does the sending.
        """
        super().__init__(inner, BINARY_FRAMES if protocol.subprotocol == BINARY_IRC else TEXT_FRAMES)
        self._protocol = protocol
        self._is_registered = is_registered
        self._lock = threading.Lock()  # guards the three below
        self._answers = b""  # pong, ping and close frames, left to delivery
        self._has_close_answer = False  # the last of them is our close frame
        self._has_closed = False  # our close frame is sent, or about to be: nothing may follow it
        self._last_words = ""
        self._has_sent = True  # since the heartbeat last looked
        self._quiet_since = 0.0  # monotonic, s; the heartbeat's thread only
        self._is_over = False  # further input is ignored
        self._payload = b""  # the fragments of a message so far
        self._opcode = Opcode.TEXT

    def recv(self) -> bytes:
        """See Connection: returns the lines in the frames that have arrived. Input after the end is dropped."""
        while not self._is_over:
            data = self._take_events(self._protocol.events_received())
            self._send_answers()
            if data:
                return data
            if self._protocol.close_expected():
                self._is_over = True
                return b""
            received = self._inner.recv()
            if not received:
                return b""
            self._protocol.receive_data(received)
        while self._inner.recv():
            pass
        return b""

    def send_all(self, data: bytes) -> None:
        """See Connection."""
        lines = data.split(b"\r\n")[:-1]
        if lines and (reason := goodbye_reason(lines[-1])):
            self._last_words = reason  # also goes into the close frame, for clients that do not read lines
        frames = b"".join(in_format(line + b"\r\n", self.line_format) for line in lines)
        if frames and not self._has_closed:
            self._has_sent = True
            self._inner.send_all(frames)

    def offer(self, data: bytes) -> bool:
        """See Connection. `data` may be empty, because a format may leave out a line."""
        self._offer_answers()
        if not data or self._has_closed:
            return self._inner.flush()
        self._has_sent = True
        return self._inner.offer(data)

    def flush(self) -> bool:
        """See Connection."""
        self._offer_answers()
        return self._inner.flush()

    def keep_open(self, now: float, quiet_s: float) -> None:
        """See Connection. Sends a ping frame, which the peer's library answers even while its program sleeps."""
        if self._has_sent:
            self._has_sent = False
            self._quiet_since = now
        elif now - self._quiet_since >= quiet_s > 0:
            self._quiet_since = now
            self._post(_PING, closes=False)

    def end_output(self, ending: Ending = Ending.VISIT) -> None:
        """See Connection. Sends a close frame, if the peer accepts it without blocking, and no frame after it."""
        with self._lock:
            has_closed, self._has_closed = self._has_closed, True
            self._is_over = True
        if not has_closed:
            with contextlib.suppress(TransportClosed, SendQueueExceeded):
                self._inner.offer(close_frame(_CODES[ending], self._last_words))
        self._inner.end_output()

    def close(self) -> None:
        """See Connection."""
        super().close()
        dismantle(self._protocol)

    def _take_events(self, events: list[Event]) -> bytes:
        """Return the lines of all messages that these frames complete, and an empty line for any other frame."""
        lines = []
        for frame in events:
            if not isinstance(frame, Frame) or frame.opcode == Opcode.CLOSE:
                continue
            if frame.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
                if frame.opcode != Opcode.CONT:
                    self._opcode, self._payload = frame.opcode, b""
                self._payload += bytes(frame.data)
                if frame.fin:
                    line = self._lines_of(self._payload)
                    if not line:
                        break  # ignore what follows invalid text
                    lines.append(line)
                    continue
            lines.append(b"\r\n")
        return b"".join(lines)

    def _lines_of(self, payload: bytes) -> bytes:
        """Return a message as IRC lines; text that is not UTF-8 ends the connection with 1007 (RFC 6455, 8.1)."""
        if self._opcode == Opcode.TEXT:
            try:
                payload.decode()
            except UnicodeDecodeError:
                self._protocol.fail(CloseCode.INVALID_DATA, "not UTF-8")
                return b""
        return payload.rstrip(b"\r\n") + b"\r\n"

    def _send_answers(self) -> None:
        """Send what reading has produced: in this thread until registration, by delivery afterwards."""
        answers = b"".join(self._protocol.data_to_send())
        if not answers:
            return
        closes = self._protocol.close_expected()
        if not self._is_registered():
            if not self._has_closed:
                self._inner.send_all(answers)
                self._has_closed = closes
            return
        self._post(answers, closes=closes)

    def _post(self, answers: bytes, *, closes: bool) -> None:
        """Leave these frames to delivery. `closes`: the last one is our close frame. Any thread."""
        with self._lock:
            if self._has_close_answer:
                return
            # If pings come faster than pongs can be sent, only the latest need one (RFC 6455, section 5.5.3).
            kept = self._answers if len(self._answers) < _MAX_ANSWER_BYTES else b""
            self._answers = kept + answers
            self._has_close_answer = closes
        on_output = self.on_output  # while there is none, delivery sends them along with the welcome
        if on_output is not None:
            on_output()

    def _offer_answers(self) -> None:
        with self._lock:
            answers, self._answers = self._answers, b""
            if self._has_closed or not answers:
                return
            self._has_closed = self._has_close_answer
        self._has_sent = True
        self._inner.offer(answers)


class RoomTextConnection(WebSocketConnection):
    """The room endpoint: incoming text frames are messages to one room; outgoing ones are text for people."""

    def __init__(
        self,
        inner: Connection,
        protocol: ServerProtocol,
        is_registered: Callable[[], bool],
        entrance: Entrance,
        rooms: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        """`rooms` returns the client's current rooms: only this one, which may have been renamed."""
        super().__init__(inner, protocol, is_registered)
        self.line_format = ROOM_TEXT
        self._rooms = rooms
        self._channel = entrance.channel
        self._text_bytes = entrance.text_bytes
        self._entrance = [entrance.registration, f"JOIN {entrance.channel}\r\n".encode()]

    def recv(self) -> bytes:
        """See Connection. Ends if the tracker refused the client, because it cannot try another nick here."""
        if not self._entrance:
            return super().recv()
        lines = self._entrance.pop(0)
        return lines if self._entrance or self._is_registered() else b""

    def _lines_of(self, payload: bytes) -> bytes:
        if not super()._lines_of(payload):
            return b""
        for name in self._rooms():
            self._channel = name
        text = payload.decode(errors="replace").replace("\0", "")
        pieces = [piece for line in text.splitlines() if line.strip() for piece in wrap_text(line, self._text_bytes)]
        return "".join(f"PRIVMSG {self._channel} :{piece}\r\n" for piece in pieces).encode() or b"\r\n"
