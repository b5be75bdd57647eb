"""A connection over a blocking socket, encrypted (`wire`), with one thread that reads and one that writes.

Once there is a receiver, it sends PINGs of its own to see that the tracker is alive. Only the writer ever blocks on
sending, so the server cannot keep us from reading or from leaving.
"""

from __future__ import annotations

import socket
import threading
from queue import SimpleQueue

from chatcore.errors import ConfigError, ProtocolError, TlsFailed, TransportClosed
from chatcore.protocol.message import Message
from chatcore.terminal.connecting.awake import Awake
from chatcore.terminal.connecting.connection import BROKE, SAYS_NOTHING, Connection
from chatcore.terminal.connecting.pulse import Pulse, Sign
from chatcore.terminal.connecting.turned_away import NotEncrypted
from chatcore.terminal.connecting.wire import PlainWire, TlsWire, Wire, reason_of

CONNECT_TIMEOUT_S = 10.0
HURRIED_CONNECT_TIMEOUT_S = 4.0
"""Used if there are other trackers to try."""

HURRIED_CLOSE_TIMEOUT_S = 0.5
MAX_UNSENT_PONGS = 1000
"""The most that may wait to be sent, so that an unauthenticated server cannot fill our memory."""

TAKES_NOTHING = "the tracker no longer accepts anything"

_PULSE = "still-there"
_TICK_S = 1.0

# In seconds, except the last, in ms, which limits unacknowledged data. Not every system has all of them.
_KEEPALIVE = {"TCP_KEEPIDLE": 15, "TCP_KEEPALIVE": 15, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 2, "TCP_USER_TIMEOUT": 25_000}


def connect(
    host: str, port: int, address: str, *, may_be_plain: bool = False, timeout_s: float = CONNECT_TIMEOUT_S
) -> SocketConnection:
    """Connect to the tracker with TLS; if that fails and it `may_be_plain`, without TLS.

    `address` names the tracker in errors. Raises ConfigError if it cannot be reached, NotEncrypted.
    """
    sock = _open_socket(host, port, address, timeout_s)
    try:
        wire = TlsWire(sock)
        wire.handshake(timeout_s)
        return SocketConnection(sock, wire)
    except NotEncrypted as error:
        sock.close()
        if not may_be_plain:
            raise NotEncrypted(f"{address} {error}", error.error) from error
    except BaseException:
        sock.close()
        raise
    sock = _open_socket(host, port, address, timeout_s)
    return SocketConnection(sock, PlainWire(sock))


def _open_socket(host: str, port: int, address: str, timeout_s: float) -> socket.socket:
    try:
        return socket.create_connection((host, port), timeout=timeout_s)
    except (OSError, UnicodeError) as error:
        reason = (getattr(error, "strerror", None) or str(error) or "no answer").lower()
        raise ConfigError(f"cannot reach a tracker at {address}: {reason}") from error


class SocketConnection(Connection):
    """See Connection."""

    def __init__(self, sock: socket.socket, wire: Wire) -> None:
        """Take over a connected socket and its wire."""
        super().__init__()
        self.certificate = wire.certificate
        self._socket = sock
        self._wire = wire
        self._socket.settimeout(None)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # a line is sent when it is typed
        self._find_dead_peers()
        self._outgoing: SimpleQueue[bytes | None] = SimpleQueue()  # None marks the end
        self._unsent_pongs = 0  # since something was sent
        self._is_shut = False
        self._pulse = Pulse(Awake())  # the reader's
        self._reader = threading.Thread(target=self._read, name="reader", daemon=True)
        self._writer = threading.Thread(target=self._write, name="writer", daemon=True)
        self._reader.start()
        self._writer.start()

    def close(self) -> None:
        """See Connection.close."""
        self._shut()
        for thread in (self._reader, self._writer):
            thread.join(HURRIED_CLOSE_TIMEOUT_S)  # a lock that a Ctrl+C left taken must not keep us here
        self._socket.close()

    def _send_bytes(self, data: bytes) -> None:
        if not self._is_shut:
            self._pulse.say()
            self._outgoing.put(data)  # unlike a Condition, it has no lock that a Ctrl+C could leave taken

    def _hurry(self) -> None:
        self._outgoing.put(None)
        self._writer.join(HURRIED_CLOSE_TIMEOUT_S)

    def _read(self) -> None:
        """Read until the end. Runs in the reader thread."""
        try:
            while data := self._receive():
                self._feed(data)
        except TlsFailed as error:
            self.end_reason = f"{BROKE}: the data was altered in transit ({reason_of(error)})"
        except (ProtocolError, TransportClosed) as error:
            self.end_reason = f"{BROKE}: {error}"
        except OSError:
            pass
        except Exception as error:  # noqa: BLE001 - the main thread raises it when the terminal is restored
            self.fault = error
        finally:
            self._shut()
            self._deliver(None)

    def _receive(self) -> bytes:
        """Return the next bytes, b'' at the end; meanwhile check that the tracker is alive."""
        while True:
            try:
                data = self._wire.receive(_TICK_S)
            except TimeoutError:
                self._feel_pulse()
            else:
                self._pulse.hear()
                return data

    def _feel_pulse(self) -> None:
        """Ping or give up if nothing was received for long. Before there is a receiver, each stage has a deadline."""
        if self._receiver is None:
            self._pulse.hear()
            return
        sign = self._pulse.feel()
        if sign is Sign.ASK:
            self.send(Message("PING", (_PULSE,)))
        elif sign is Sign.DEAD:
            self.give_up(SAYS_NOTHING)

    def _write(self) -> None:
        """Send until the end. Runs in the writer thread."""
        try:
            while (data := self._outgoing.get()) is not None:
                self._wire.send(data)
                self._unsent_pongs = 0
        except (OSError, TransportClosed):
            self._shut()

    def _answer(self, ping: Message) -> None:
        self._unsent_pongs += 1
        if self._unsent_pongs > MAX_UNSENT_PONGS:
            self.give_up(TAKES_NOTHING)
        super()._answer(ping)

    def _take(self, message: Message, size: int) -> None:
        if message.command.upper() != "PONG" or message.params[-1:] != (_PULSE,):
            super()._take(message, size)

    def _shut(self) -> None:
        self._is_shut = True
        self._outgoing.put(None)
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it has already ended

    def _find_dead_peers(self) -> None:
        """Let the system detect that the tracker's machine has vanished."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEPALIVE.items():
            if hasattr(socket, name):
                self._socket.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
