"""WebSocket peers: another implementation's client, and raw bytes for what it refuses to send."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import NamedTuple
from urllib.parse import quote

from websockets.exceptions import ConnectionClosedError
from websockets.frames import Close, Opcode
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from chatcore.protocol.message import Message, parse
from tests.support.irc import DEADLINE_S
from tests.support.tls import encrypted

TEXT, BINARY = "text.ircv3.net", "binary.ircv3.net"


class Received(NamedTuple):
    """A frame from the tracker."""

    opcode: Opcode
    payload: bytes


class Page:
    """IRC over WebSocket as a browser's page speaks it."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def send(self, *lines: str) -> None:
        """Send each line in a frame of the subprotocol's kind."""
        for line in lines:
            self.connection.send(line.encode() if self.connection.subprotocol == BINARY else line)

    def receive_line(self) -> str:
        """Return the next frame as text; it must be of the subprotocol's kind and one line."""
        data = self.connection.recv(timeout=DEADLINE_S)
        assert isinstance(data, bytes if self.connection.subprotocol == BINARY else str)
        text = data.decode() if isinstance(data, bytes) else data
        assert text
        assert not set(text) & set("\r\n")
        return text

    def until(self, command: str, *params: str) -> Message:
        """Return the next message of this command with these among its parameters; skip others."""
        while True:
            message = parse(self.receive_line())
            if message.command == command and all(param in message.params for param in params):
                return message

    def register(self, nick: str, *channels: str, caps: str = "") -> None:
        """Register and join channels."""
        if caps:
            self.send(f"CAP REQ :{caps}", "CAP END")
        self.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}")
        self.until("001")
        for channel in channels:
            self.send(f"JOIN {channel}")
            self.until("366", channel)
        self.barrier()

    def barrier(self, token: str = "barrier") -> list[Message]:
        """Return all that came before the answer to a PING sent now."""
        self.send(f"PING {token}")
        messages = []
        while (message := parse(self.receive_line())).command != "PONG":
            messages.append(message)
        return messages

    def closing(self) -> Close:
        """Return the tracker's close frame; skip what comes before it."""
        with contextlib.suppress(ConnectionClosedError):  # websockets treats 1012 as an error
            for _ in self.connection:
                pass
        assert self.connection.protocol.close_rcvd is not None
        return self.connection.protocol.close_rcvd


class Guest:
    """Somebody at the room endpoint."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def say(self, text: str | bytes) -> None:
        """Send a frame."""
        self.connection.send(text)

    def hear(self) -> str:
        """Return the next frame, which must be text."""
        data = self.connection.recv(timeout=DEADLINE_S)
        assert isinstance(data, str)
        return data

    def hear_until(self, text: str) -> list[str]:
        """Return all frames up to one with exactly this text."""
        heard = [self.hear()]
        while heard[-1] != text:
            heard.append(self.hear())
        return heard


class Peers:
    """Makes peers of one tracker, and closes them when the test ends."""

    def __init__(self, port: int, stack: ExitStack) -> None:
        self.port = port
        self._stack = stack

    def open(
        self,
        target: str = "/",
        *,
        subprotocols: Sequence[str] = (),
        origin: str = "",
        port: int = 0,
    ) -> ClientConnection:
        """Shake hands, without TLS: that client reads and sends in two threads. Raises what `connect` does."""
        sock = self._stack.enter_context(socket.create_connection(("127.0.0.1", port or self.port)))
        opening = connect(
            f"ws://127.0.0.1:{port or self.port}{target}",
            sock=sock,
            subprotocols=[Subprotocol(name) for name in subprotocols] or None,
            origin=Origin(origin) if origin else None,
            close_timeout=DEADLINE_S,
            max_queue=None,  # otherwise it stops reading, even the close frame
        )
        return self._stack.enter_context(opening)

    def page(self, nick: str = "", *channels: str, caps: str = "", subprotocol: str = TEXT, port: int = 0) -> Page:
        """Return a page; with a nick, one that is registered and in these channels."""
        page = Page(self.open(subprotocols=[subprotocol], port=port))
        if nick:
            page.register(nick, *channels, caps=caps)
        return page

    def guest(self, room: str, nick: str, *, slash: str = "/", more: str = "") -> Guest:
        """Return a guest at the room endpoint who has read their own arrival."""
        target = f"/ws/chat/{quote(room, safe='')}{slash}?nickname={quote(nick, safe='')}{more}"
        guest = Guest(self.open(target))
        guest.hear_until(f"{nick} joined {room}")
        return guest

    def raw(self, *, is_tls: bool = False) -> socket.socket:
        """Return a bare connection."""
        sock = self._stack.enter_context(socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE_S))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._stack.enter_context(encrypted(sock)) if is_tls else sock


@contextmanager
def peers_of(port: int) -> Iterator[Peers]:
    """Yield a maker of peers for the tracker on this port."""
    with ExitStack() as stack:
        yield Peers(port, stack)


def read_head(sock: socket.socket) -> str:
    """Return the head of an HTTP response; what comes after it is left unread."""
    data = b""
    while not data.endswith(b"\r\n\r\n"):
        data += _read(sock, 1, data)
    return data[:-4].decode()


def read_response(sock: socket.socket) -> tuple[int, str]:
    """Return the status and the body of a whole HTTP response, after which the connection must end."""
    head, data = read_head(sock), b""
    while more := sock.recv(4096):
        data += more
    return int(head.split(" ")[1]), data.decode()


def read_frames(sock: socket.socket, until: Callable[[list[Received]], bool]) -> list[Received]:
    """Return the tracker's frames up to the one at which `until` holds, or the end; later ones are left unread."""
    found: list[Received] = []
    while begin := sock.recv(1):
        found.append(_read_frame(sock, begin))
        if until(found):
            break
    return found


def all_frames(sock: socket.socket) -> list[Received]:
    """Return all frames up to the end of the connection."""
    return read_frames(sock, lambda _: False)


def _read_frame(sock: socket.socket, begin: bytes) -> Received:
    """Return the frame that begins with this byte; a server's are whole and not masked."""
    assert begin[0] & 0xF0 == 0x80, "fragmented, or compressed"
    (size,) = _read(sock, 1)
    assert size <= 126, "masked, or longer than a line"
    if size == 126:
        size = int.from_bytes(_read(sock, 2))
    return Received(Opcode(begin[0] & 0x0F), _read(sock, size))


def _read(sock: socket.socket, size: int, before: bytes = b"") -> bytes:
    """Return this many bytes. `before` is an incomplete message that was read already."""
    data = b""
    while len(data) < size:
        more = sock.recv(size - len(data))
        assert more, f"the connection ended after {before + data!r}"
        data += more
    return data
