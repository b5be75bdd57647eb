"""A small IRC client for tests: sends lines, waits for lines, never sleeps."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Callable
from time import monotonic
from types import TracebackType
from typing import ClassVar, Self, cast

from chatcore.protocol.message import Message, parse
from tests.support.tls import encrypted
from tests.support.websocket import LineSocket

DEADLINE_S = 60.0
"""The longest wait for an expected line. It ends a hang; no test measures with it."""

_tokens = itertools.count(1)


def _framed(sock: socket.socket, subprotocol: str) -> socket.socket:
    return cast("socket.socket", LineSocket(sock, subprotocol))


_WIRES: dict[str, Callable[[socket.socket], socket.socket]] = {
    "tcp": lambda sock: sock,
    "tls": encrypted,
    "ws": lambda sock: _framed(sock, "text.ircv3.net"),
    "wss": lambda sock: _framed(encrypted(sock), "binary.ircv3.net"),
}


def proxy_line(host: str, port: int = 4711) -> bytes:
    """Return the header by which a proxy names the client of a connection (PROXY protocol, version 1)."""
    kind, here = ("TCP6", "::1") if ":" in host else ("TCP4", "127.0.0.1")
    return f"PROXY {kind} {host} {here} {port} 8000\r\n".encode()


class Disconnected(Exception):
    """The server ended the connection while the client waited for more."""


class IrcClient:
    """One connection. `sync` is the barrier: it returns all that came before the PONG to its own PING."""

    wire: ClassVar[str] = "tcp"
    """The default kind of connection: a key of _WIRES. Set by the fixture `wire`."""

    def __init__(
        self, port: int, *, host: str = "127.0.0.1", wire: str = "", source: str = "", proxied: str = ""
    ) -> None:
        """Connect to a port of loopback; `source` is the address of loopback to come from.

        `proxied` is any address to come from, which needs a tracker with `trusted_proxies=("127.0.0.1",)`.
        """
        self.sock = socket.create_connection((host, port), DEADLINE_S, (source, 0) if source else None)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._proxied = proxied
        if proxied:
            self.sock.sendall(proxy_line(proxied, self.sock.getsockname()[1]))
        self.sock = _WIRES[wire or self.wire](self.sock)
        self._received = b""
        self.nick = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close without a QUIT, as a lost connection does."""
        self.sock.close()

    @property
    def address(self) -> str:
        """Return this side's `ip:port`, as the tracker sees it."""
        host, port = self.sock.getsockname()[:2]
        host = self._proxied or host
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def send(self, *lines: str) -> None:
        """Send lines, in one segment if possible."""
        self.send_bytes("".join(line + "\r\n" for line in lines).encode())

    def send_bytes(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.sock.sendall(data)

    def register(self, nick: str, *, password: str = "", caps: str = "") -> list[Message]:
        """Register; return what the tracker said, up to the answer to a PING."""
        self.nick = nick
        if caps:
            self.send("CAP LS 302", f"CAP REQ :{caps}")
        if password:
            self.send(f"PASS {password}")
        self.send(f"NICK {nick}", f"USER {nick} 0 * :Real {nick}")
        if caps:
            self.send("CAP END")
        return self.sync()

    def join(self, *channels: str) -> list[Message]:
        """Join channels; return the answers."""
        self.send(*(f"JOIN {channel}" for channel in channels))
        return self.sync()

    def command(self, *lines: str) -> list[Message]:
        """Send lines and return all that came up to the answer to a PING after them."""
        self.send(*lines)
        return self.sync()

    def sync(self) -> list[Message]:
        """Return all messages before the PONG to a PING sent now. Server PINGs are answered and left out."""
        token = f"barrier-{next(_tokens)}"
        self.send(f"PING {token}")
        messages: list[Message] = []
        while True:
            message = self.receive()
            if message.command == "PONG" and message.params[-1] == token:
                return messages
            messages.append(message)

    def receive(self) -> Message:
        """Return the next message. Raises Disconnected at the end, TimeoutError when none comes."""
        while True:
            message = parse(self.receive_line())
            if message.command != "PING":
                return message
            self.send(f"PONG :{message.params[-1]}")

    def answer_ping(self) -> None:
        """Wait for the tracker's next PING and answer it; skip all else."""
        while True:
            message = parse(self.receive_line())
            if message.command == "PING":
                self.send(f"PONG :{message.params[-1]}")
                return

    def receive_until(self, command: str, *params: str) -> Message:
        """Return the next message of this command or numeric with these among its parameters; skip others."""
        while True:
            message = self.receive()
            if message.command == command and all(param in message.params for param in params):
                return message

    def receive_line(self) -> str:
        """Return the next line as it came, without its line end."""
        deadline = monotonic() + DEADLINE_S
        while b"\r\n" not in self._received:
            self.sock.settimeout(max(0.001, deadline - monotonic()))
            try:
                data = self.sock.recv(65536)
            except ConnectionError as error:
                raise Disconnected(str(error)) from error
            if not data:
                raise Disconnected(self._received.decode(errors="replace"))
            self._received += data
        line, _, self._received = self._received.partition(b"\r\n")
        return line.decode()

    def receive_rest(self) -> list[Message]:
        """Return all messages until the server ends the connection."""
        messages = []
        while True:
            try:
                messages.append(self.receive())
            except Disconnected:
                return messages


def commands(messages: list[Message]) -> list[str]:
    """Return the commands and numerics of messages."""
    return [message.command for message in messages]


def only(messages: list[Message], command: str) -> list[Message]:
    """Return the messages of one command or numeric."""
    return [message for message in messages if message.command == command]


def one(messages: list[Message], command: str) -> Message:
    """Return the one message of a command; fail when there is none or more than one."""
    found = only(messages, command)
    assert len(found) == 1, f"{command} came {len(found)} times in {messages}"
    return found[0]
