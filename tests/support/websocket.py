"""The client's side of WebSocket for tests: a socket of IRC lines over frames, and handshakes to be cut and garbled."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Sequence

from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

_RECV_BYTES = 65536


class LineSocket:
    """Looks like a socket that carries IRC lines, for a client that knows nothing of frames."""

    def __init__(self, sock: socket.socket, subprotocol: str) -> None:
        """Shake hands on a connected socket."""
        host, port = sock.getpeername()[:2]
        where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._sock = sock
        self._protocol = ClientProtocol(parse_uri(f"ws://{where}/"), subprotocols=[Subprotocol(subprotocol)])
        self._is_text = subprotocol.startswith("text")
        self._unsent = b""
        self._protocol.send_request(self._protocol.connect())
        self._send_frames()
        while not (events := self._protocol.events_received()):
            self._protocol.receive_data(sock.recv(_RECV_BYTES))
        response, *frames = events
        assert isinstance(response, Response)
        assert self._protocol.subprotocol == subprotocol, f"the handshake was refused: {response}"
        self._received = b"".join(map(self._line_of, frames))  # arrived together with it

    def sendall(self, data: bytes) -> None:
        """Send the lines that the data completes, a frame each; what is not UTF-8 goes in a binary one."""
        *lines, self._unsent = (self._unsent + data).split(b"\n")
        for line in lines:
            whole = line.removesuffix(b"\r")
            if self._is_text and _is_utf8(whole):
                self._protocol.send_text(whole)
            else:
                self._protocol.send_binary(whole)
        self._send_frames()

    def recv(self, size: int) -> bytes:
        """Return received lines, `size` bytes or less; b'' at the end."""
        while not self._received:
            data = self._sock.recv(_RECV_BYTES)
            if not data:
                return b""
            self._protocol.receive_data(data)
            self._received = b"".join(self._line_of(event) for event in self._protocol.events_received())
            with contextlib.suppress(OSError):
                self._send_frames()
        data, self._received = self._received[:size], self._received[size:]
        return data

    def settimeout(self, seconds: float | None) -> None:
        """See socket.settimeout."""
        self._sock.settimeout(seconds)

    def setsockopt(self, level: int, name: int, value: int | bytes) -> None:
        """See socket.setsockopt."""
        self._sock.setsockopt(level, name, value)

    def shutdown(self, how: int) -> None:
        """See socket.shutdown."""
        self._sock.shutdown(how)

    def getsockname(self) -> tuple[str, int]:
        """See socket.getsockname."""
        host, port = self._sock.getsockname()[:2]
        return host, port

    def fileno(self) -> int:
        """See socket.fileno."""
        return self._sock.fileno()

    def close(self) -> None:
        """Close without a close frame, as a lost connection does."""
        self._sock.close()

    def _line_of(self, event: object) -> bytes:
        if not isinstance(event, Frame) or event.opcode not in (Opcode.TEXT, Opcode.BINARY):
            return b""
        assert event.opcode == (Opcode.TEXT if self._is_text else Opcode.BINARY)
        assert event.fin
        assert event.data
        line = bytes(event.data)
        assert not set(line) & set(b"\r\n"), "a frame is one line without a line end"
        return line + b"\r\n"

    def _send_frames(self) -> None:
        self._sock.sendall(b"".join(self._protocol.data_to_send()))


def upgrade_request(
    target: str = "/", *, host: str = "localhost", without: str = "", more: Sequence[str] = ()
) -> bytes:
    """Return a handshake as raw bytes, without one of its headers and with others, to be changed by a test."""
    headers = [
        f"Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Version: 13",
    ]
    kept = [header for header in headers if not without or not header.startswith(without)]
    return "\r\n".join([f"GET {target} HTTP/1.1", *kept, *more, "", ""]).encode()


def frame(opcode: Opcode, payload: bytes = b"", *, fin: bool = True) -> bytes:
    """Return a client's frame, masked as it must be."""
    return Frame(opcode, payload, fin).serialize(mask=True)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
