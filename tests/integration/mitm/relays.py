"""Attackers in between: one that relays what it cannot read, and one that can read, with its own certificate."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from chatcore.errors import TransportClosed
from chatcore.protocol.framing import LineBuffer
from chatcore.terminal.connecting.turned_away import NotEncrypted
from chatcore.terminal.connecting.wire import TlsWire
from chatcore.transport.tcp import TcpConnection
from chatcore.transport.tls import TlsConnection
from chatcore.transport.tls_context import TlsIdentity
from tests.support.irc import DEADLINE_S
from tests.support.scripted import identity

_MAX_BYTES = 1 << 20
_HEADER_BYTES = 5  # of a TLS record: type, version, length (RFC 8446, section 5.1)

Change = Callable[[str], list[str]]
"""Maps a line to the lines that are passed on in its place."""


def unchanged(line: str) -> list[str]:
    return [line]


class Relay:
    """Listens on `port`, and connects each client to the tracker in the way of `_relay`."""

    def __init__(self, tracker_port: int) -> None:
        self.connections = 0
        self.tracker_port = tracker_port  # the target of the next connection
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._start(self._accept)

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:  # the list grows until the first thread, which accepts connections, has ended
            for sock in self._sockets:
                _end(sock)
            thread.join(DEADLINE_S)
        for sock in (self._listener, *self._sockets):
            sock.close()

    def _relay(self, client: socket.socket, tracker: socket.socket) -> None:
        raise NotImplementedError

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            tracker = socket.create_connection(("127.0.0.1", self.tracker_port), DEADLINE_S)
            tracker.settimeout(None)
            self._sockets += [client, tracker]
            self.connections += 1
            self._start(self._serve, client, tracker)

    def _serve(self, client: socket.socket, tracker: socket.socket) -> None:
        try:
            self._relay(client, tracker)
        except (OSError, TransportClosed, NotEncrypted):
            pass  # client or tracker has closed the connection
        finally:
            _end(client)
            _end(tracker)

    def _start(self, target: Callable[..., None], *args: object) -> threading.Thread:
        thread = threading.Thread(target=target, args=args, name="relay")
        self._threads.append(thread)
        thread.start()
        return thread


class Alteration:
    """Which TLS records a tap changes: all or one of one direction, "to client" or "to tracker"."""

    def __init__(self, direction: str, number: int | None, change: Callable[[bytes], bytes]) -> None:
        self.changed: list[int] = []
        """The content types of the changed records."""
        self._direction = direction
        self._number = number
        self._change = change

    def apply(self, direction: str, number: int, record: bytes) -> bytes:
        """Return the record to pass on in place of this one."""
        if direction != self._direction or self._number not in (None, number):
            return record
        self.changed.append(record[0])
        return self._change(record)


class Tap(Relay):
    """Passes TLS records on. It may change them, but cannot read them."""

    def __init__(self, tracker_port: int, alteration: Alteration | None = None) -> None:
        self.alteration = alteration or Alteration("neither", None, bytes)
        super().__init__(tracker_port)

    def _relay(self, client: socket.socket, tracker: socket.socket) -> None:
        self._start(self._pass_on, tracker, client, "to client")
        self._pass_on(client, tracker, "to tracker")

    def _pass_on(self, source: socket.socket, target: socket.socket, direction: str) -> None:
        try:
            with source.makefile("rb") as records:
                number = 0
                while header := records.read(_HEADER_BYTES):
                    record = header + records.read(int.from_bytes(header[3:]))
                    target.sendall(self.alteration.apply(direction, number, record))
                    number += 1
        except OSError:
            pass
        finally:
            _end(target)


class ManInTheMiddle(Relay):
    """Decrypts all data, reads and perhaps changes it, and encrypts it again, with its own certificate.

    With `thief_of` it has the tracker's own key.
    """

    def __init__(
        self,
        tracker_port: int,
        *,
        to_tracker: Change = unchanged,
        to_client: Change = unchanged,
        thief_of: TlsIdentity | None = None,
    ) -> None:
        self.from_client: list[str] = []
        self.from_tracker: list[str] = []
        self.tracker_certificate = b""
        self.identity = thief_of or identity("the man in the middle")
        self._to_tracker = to_tracker
        self._to_client = to_client
        super().__init__(tracker_port)

    def _relay(self, client: socket.socket, tracker: socket.socket) -> None:
        wire = TlsWire(tracker)
        wire.handshake(DEADLINE_S)
        tracker.settimeout(None)
        self.tracker_certificate = wire.certificate or b""
        plain = TcpConnection(client, _MAX_BYTES)
        near = TlsConnection(plain, self.identity, plain.recv())
        near.handshake()
        near.on_output = lambda: None  # the reading thread must not send at the same time as the other
        self._start(self._pass_on, wire.receive, near.send_all, self.from_tracker, self._to_client, client)
        self._pass_on(near.recv, wire.send, self.from_client, self._to_tracker, tracker)

    def _pass_on(
        self,
        receive: Callable[[], bytes],
        send: Callable[[bytes], None],
        seen: list[str],
        change: Change,
        target: socket.socket,
    ) -> None:
        buffer = LineBuffer(_MAX_BYTES)
        try:
            while data := receive():
                for line in filter(None, buffer.feed(data)):
                    seen.append(line.decode())
                    send("".join(f"{changed}\r\n" for changed in change(seen[-1])).encode())
        except (OSError, TransportClosed):
            pass
        finally:
            _end(target)


_R = TypeVar("_R", bound=Relay)


@contextmanager
def running(relay: _R) -> Iterator[_R]:
    """End a relay with the block."""
    try:
        yield relay
    finally:
        relay.stop()


def _end(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
