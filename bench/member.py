"""One IRC client of the load: its socket, what it still has to write, and what it has received."""

from __future__ import annotations

from collections import deque

from bench.wire import connect


class LoadError(Exception):
    """The figure would be worthless: a client was refused, or messages were lost, doubled or out of order."""


class Member:
    """A client in one room. It never blocks once it is connected. Not for use by two threads."""

    def __init__(self, nick: str, room: str, address: tuple[str, int], *, sends: bool, is_tls: bool = False) -> None:
        """Connect. Raises LoadError when nobody answers there."""
        self.nick = nick
        self.room = room
        self.sends = sends
        self.samples = False
        """Measures the delay of what it receives."""
        self.acknowledges = False
        """What it receives lets the sender send the next message: one member of each room."""
        self.joined = False
        self.answered = False
        """It has its PONG to the last PING of a barrier."""
        self.gone = False
        self.template = b""
        """A message to send, with places for the time and the number."""
        self.sent = 0
        self.acknowledged = 0
        self.received = 0
        """Messages of the room that have arrived."""
        self.line_length = 0
        """Length of such a message on the wire; see Crowd."""
        self.carry = b""
        """The beginning of a line whose end has not arrived."""
        self.pending = b""
        """What the socket did not take yet."""
        self.remarks: deque[bytes] = deque(maxlen=3)
        """The last lines that were not messages: they explain a failure."""
        try:
            self.sock = connect(address, is_tls=is_tls)
        except OSError as error:
            raise self.failure(f"cannot connect to {address[0]} port {address[1]}: {error}") from error

    def write(self, data: bytes) -> bool:
        """Send `data`, or False: what the socket does not take now is kept in `pending` for `flush`.

        Raises LoadError when the connection is gone.
        """
        data = self.pending + data
        try:
            self.pending = data[self.sock.send(data) :]
        except BlockingIOError:
            self.pending = data
        except OSError as error:
            raise self.failure(f"connection lost while sending: {error}") from error
        return not self.pending

    def flush(self) -> bool:
        """Send what is pending, or False when the socket does not take it all. Raises LoadError as `write`."""
        return self.write(b"")

    def acknowledge(self, number: int) -> None:
        """The witness has message `number` of this sender. Raises LoadError when another one was due."""
        if number != self.acknowledged:
            raise self.failure(f"message {number} arrived at the witness where {self.acknowledged} was due")
        self.acknowledged += 1

    def failure(self, what: str) -> LoadError:
        """An exception that names this client and what the server said last."""
        said = " | ".join(line.decode("utf-8", "replace") for line in self.remarks)
        return LoadError(f"client {self.nick} in {self.room}: {what}" + (f"; the server said: {said}" if said else ""))
