"""The smallest server for the load: it registers, joins, fans out, and injects faults on demand."""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Delivery = list[tuple[socket.socket, bytes]]
Fault = Callable[[Delivery], Delivery]


class FanOutServer:
    """One thread, one selector, one room for each client. `fault` may change each delivery."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.nicks: dict[socket.socket, str] = {}
        self.rooms: dict[str, list[socket.socket]] = {}
        self.unread: dict[socket.socket, bytes] = {}
        self.pongs = 0
        self.selector = selectors.DefaultSelector()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.wake, self.woken = socket.socketpair()
        self.selector.register(self.woken, selectors.EVENT_READ)

    def run(self) -> None:
        """Serve until `wake` is written to; then close everything."""
        while True:
            for key, _ in self.selector.select():
                if key.fileobj is self.woken:
                    self._close()
                    return
                if key.fileobj is self.listener:
                    client, _ = self.listener.accept()
                    self.unread[client] = b""
                    self.selector.register(client, selectors.EVENT_READ)
                elif isinstance(key.fileobj, socket.socket):
                    self._read(key.fileobj)

    def _read(self, client: socket.socket) -> None:
        lines: list[bytes] = []
        try:
            data = client.recv(65536)
            *lines, self.unread[client] = (self.unread[client] + data).split(b"\r\n")
            for line in lines:
                self._on_line(client, line.decode())
        except OSError:
            # A load that has failed closes its sockets at any moment.
            data = b""
        if not data or b"QUIT" in lines:
            self._forget(client)

    def _forget(self, client: socket.socket) -> None:
        self.selector.unregister(client)
        del self.unread[client]
        for members in self.rooms.values():
            if client in members:
                members.remove(client)
        client.close()

    def _on_line(self, client: socket.socket, line: str) -> None:
        verb, _, rest = line.partition(" ")
        if verb == "NICK":
            self.nicks[client] = rest
        elif verb == "USER":
            client.sendall(f"PING :cookie\r\n:here 001 {self.nicks[client]} :Welcome\r\n".encode())
        elif verb == "JOIN":
            self.rooms.setdefault(rest, []).append(client)
            client.sendall(f":here 366 {self.nicks[client]} {rest} :End of /NAMES list\r\n".encode())
        elif verb == "PING":
            client.sendall(f":here PONG here {rest}\r\n".encode())
        elif verb == "PONG":
            self.pongs += 1
        elif verb == "PRIVMSG":
            room = rest.partition(" ")[0]
            text = f":{self.nicks[client]}!~b@127.0.0.1 {line}\r\n".encode()
            # By name, so that a fault always hits the same members.
            others = sorted(set(self.rooms[room]) - {client}, key=self.nicks.__getitem__)
            for member, chunk in self.fault([(other, text) for other in others]):
                member.sendall(chunk)

    def _close(self) -> None:
        for sock in [self.listener, self.woken, self.wake, *self.unread]:
            sock.close()
        self.selector.close()


def faultless(delivery: Delivery) -> Delivery:
    """Deliver each message once to each other member of the room."""
    return delivery


@contextmanager
def fan_out_server(fault: Fault = faultless) -> Iterator[FanOutServer]:
    """A server on a free port of the loopback interface, gone when the block ends."""
    server = FanOutServer(fault)
    thread = threading.Thread(target=server.run, name="fan-out server")
    thread.start()
    try:
        yield server
    finally:
        server.wake.send(b"x")
        thread.join()
