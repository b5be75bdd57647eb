"""HTTP as the tests speak it to a tracker: bytes out, one response in, and the end of the connection."""

from __future__ import annotations

import socket
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from tests.support.irc import DEADLINE_S, proxy_line
from tests.support.tls import encrypted
from tests.support.trackers import Hosted


class Response(NamedTuple):
    """A response; header names in their original case."""

    status: int
    headers: dict[str, str]
    body: str


UPGRADE = (
    "Host: localhost",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)
"""The headers that make a request a WebSocket handshake."""


def connect(hosted: Hosted, *, tls: bool = False, proxied: str = "") -> socket.socket:
    """Return a connected socket, from the address `proxied` if it is given."""
    sock = socket.create_connection(("127.0.0.1", hosted.port), DEADLINE_S)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if proxied:
        sock.sendall(proxy_line(proxied))
    return encrypted(sock) if tls else sock


def read_to_end(sock: socket.socket) -> bytes:
    """Return everything that comes until the other side closes."""
    received = bytearray()
    while more := sock.recv(65536):
        received += more
    return bytes(received)


def read_until(sock: socket.socket, end: bytes) -> bytes:
    """Return what comes, up to this end and perhaps beyond, on a connection that stays open."""
    received = bytearray()
    while end not in received:
        more = sock.recv(65536)
        assert more, bytes(received)
        received += more
    return bytes(received)


def only_response(data: bytes) -> Response:
    """Parse these bytes as one response; fail if there is anything besides it."""
    head, end, body = data.partition(b"\r\n\r\n")
    assert end, data
    first, *lines = head.decode().split("\r\n")
    version, status, _ = first.split(" ", 2)
    assert version == "HTTP/1.1"
    headers = dict(line.split(": ", 1) for line in lines)
    assert headers["Connection"] == "close"
    parsedate_to_datetime(headers.pop("Date"))  # differs from one response to the next
    return Response(int(status), headers, body.decode())


def closing(hosted: Hosted, *lines: str, tls: bool = False, proxied: str = "") -> tuple[int, str]:
    """Request a WebSocket, with these headers added; return the code and reason with which it is closed at once."""
    with connect(hosted, tls=tls, proxied=proxied) as sock:
        sock.sendall("".join(line + "\r\n" for line in ("GET /ws HTTP/1.1", *UPGRADE, *lines, "")).encode())
        head, _, frame = read_to_end(sock).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101 "), head
    assert frame[0] == 0x88, "not a close frame"
    assert frame[1] == len(frame) - 2 <= 125
    return int.from_bytes(frame[2:4]), frame[4:].decode()


def ask(hosted: Hosted, *lines: str, tls: bool = False, body: str = "", proxied: str = "") -> Response:
    """Send a request and return its one response, which is complete and followed by nothing."""
    last = ("Connection: close",) if not any(line.startswith("Connection:") for line in lines) else ()
    with connect(hosted, tls=tls, proxied=proxied) as sock:
        sock.sendall(("".join(line + "\r\n" for line in (*lines, *last, "")) + body).encode())
        response = only_response(read_to_end(sock))
    if response.status in (204, 304):
        assert (response.body, response.headers.get("Content-Length")) == ("", None)
    elif not lines[0].startswith("HEAD"):
        assert len(response.body.encode()) == int(response.headers["Content-Length"])
    return response
