"""The connection to the tracker: one blocking socket, encrypted (`wire`), a thread that reads it and one that writes.

Gives and takes whole messages and knows nothing of what they mean, but for PING, which it answers itself:
however long a person thinks, the tracker sees that we live. Once there is a receiver it sends PINGs of its own, to see
the same of the tracker. Nobody but the writer ever waits for the other side to take
something, so whoever answers there can neither keep us from reading nor from leaving.
"""

from __future__ import annotations

import socket
import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue

from chatcore.errors import ConfigError, ProtocolError, TlsFailed, TransportClosed
from chatcore.protocol.framing import OVERLONG, LineBuffer
from chatcore.protocol.message import Message, parse, serialize
from chatcore.terminal.connecting.awake import Awake
from chatcore.terminal.connecting.pulse import Pulse, Sign
from chatcore.terminal.connecting.turned_away import NotEncrypted
from chatcore.terminal.connecting.wire import PlainWire, TlsWire, Wire, reason_of
from chatcore.terminal.waiting import wait_until

CONNECT_TIMEOUT_S = 10.0
HURRIED_CONNECT_TIMEOUT_S = 4.0
"""Where there are others to try."""

CLOSE_TIMEOUT_S = 5.0
HURRIED_CLOSE_TIMEOUT_S = 0.5
MAX_LINE_BYTES = 8191 + 512
"""https://ircv3.net/specs/extensions/message-tags#size-limit, for what a server sends."""

MAX_UNREAD_BYTES = 1 << 23
MAX_UNSENT_PONGS = 1000
"""So much may wait to be received, and to be sent. A server that has not proven who it is cannot fill our memory."""

_MESSAGE_BYTES = 1000  # of memory that a short message takes, at most

BROKE = "the connection to the tracker broke"
TAKES_NOTHING = "the tracker takes nothing any more of what is sent to it"
SAYS_NOTHING = "the tracker no longer answers"

_OVERLONG_LINE = Message("NOTICE", ("*", "(a line of the tracker's was too long, and is left out)"))

_PULSE = "still-there"
_TICK_S = 1.0

# Seconds, but for the last; some systems know only some of them. The last is for what nobody acknowledges.
_KEEPALIVE = {"TCP_KEEPIDLE": 15, "TCP_KEEPALIVE": 15, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 2, "TCP_USER_TIMEOUT": 25_000}

Receiver = Callable[[Message | None], None]


def connect(
    host: str, port: int, address: str, *, may_be_plain: bool = False, timeout_s: float = CONNECT_TIMEOUT_S
) -> Connection:
    """Connect to the tracker and encrypt the connection; if it `may_be_plain`, go without where that fails.

    `address` names the tracker in what is raised: ConfigError when it cannot be reached, NotEncrypted.
    """
    sock = _open_socket(host, port, address, timeout_s)
    try:
        wire = TlsWire(sock)
        wire.handshake(timeout_s)
        return Connection(sock, wire)
    except NotEncrypted as error:
        sock.close()
        if not may_be_plain:
            raise NotEncrypted(f"{address} {error}", error.error) from error
    except BaseException:
        sock.close()
        raise
    sock = _open_socket(host, port, address, timeout_s)
    return Connection(sock, PlainWire(sock))


def _open_socket(host: str, port: int, address: str, timeout_s: float) -> socket.socket:
    try:
        return socket.create_connection((host, port), timeout=timeout_s)
    except (OSError, UnicodeError) as error:
        reason = (getattr(error, "strerror", None) or str(error) or "no answer").lower()
        raise ConfigError(f"cannot reach a tracker at {address}: {reason}") from error


class Connection:
    """A connection that is open until the tracker ends it, it breaks, or `close` is called.

    `send` and `give_up` may be called by any thread; the other methods by the main thread only.
    """

    def __init__(self, sock: socket.socket, wire: Wire) -> None:
        """Take over a connected socket and what its bytes go through."""
        self.fault: Exception | None = None
        """What a receiver raised; it ended the connection."""
        self.end_reason = BROKE
        """Why the connection ended, if the tracker did not say it itself."""
        self._socket = sock
        self._wire = wire
        self._socket.settimeout(None)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # a line is sent when it is typed
        self._find_dead_peers()
        self._outgoing: SimpleQueue[bytes | None] = SimpleQueue()  # None: there is no more
        self._unsent_pongs = 0  # since something was sent
        self._is_shut = False
        self._arrival = threading.Condition()  # guards the five below
        self._inbox: deque[Message] = deque()
        self._unread_bytes = 0  # of the inbox, since it was empty
        self._receiver: Receiver | None = None
        self._wake: Callable[[], None] | None = None
        self._has_ended = False
        self._pulse = Pulse(Awake())  # the reader's
        self._reader = threading.Thread(target=self._read, name="reader", daemon=True)
        self._writer = threading.Thread(target=self._write, name="writer", daemon=True)
        self._reader.start()
        self._writer.start()

    @property
    def has_ended(self) -> bool:
        return self._has_ended

    @property
    def certificate(self) -> bytes | None:
        """The server's certificate (DER), None on a connection without TLS."""
        return self._wire.certificate

    def send(self, *messages: Message) -> None:
        """Send messages in one piece, soon. A connection that has ended swallows them; receiving tells of it."""
        data = "".join(serialize(message) + "\r\n" for message in messages).encode(errors="replace")
        if not self._is_shut:
            self._pulse.say()
            self._outgoing.put(data)  # takes no lock that a Ctrl+C could leave taken, as a Condition would

    def receive(self, timeout_s: float) -> Message:
        """Return the next message. Raises TransportClosed after the last, TimeoutError when it is late."""
        with self._arrival:
            wait_until(self._arrival, lambda: bool(self._inbox) or self._has_ended, timeout_s)
            if self._inbox:
                message = self._inbox.popleft()
                if not self._inbox:
                    self._unread_bytes = 0
                return message
            if self._has_ended:
                raise TransportClosed(self.end_reason)
            raise TimeoutError

    def deliver_to(self, receiver: Receiver) -> None:
        """From now on, have the reader thread call `receiver` with each message, and with None at the end.

        What has arrived before is handed over first, in this thread. The receiver must not call `receive`.
        """
        with self._arrival:
            while self._inbox:
                receiver(self._inbox.popleft())
            if self._has_ended:
                receiver(None)
            self._receiver = receiver

    def wake_at_end(self, wake: Callable[[], None]) -> None:
        """Have `wake` called when the connection ends while its messages are not delivered to a receiver."""
        with self._arrival:
            self._wake = wake
            if self._has_ended:
                wake()

    def quit(self) -> None:
        """Tell the tracker that we leave; read on until it has ended the connection, for a while; close."""
        try:
            self.send(Message("QUIT"))
            with self._arrival:
                wait_until(self._arrival, lambda: self._has_ended, CLOSE_TIMEOUT_S)
        except KeyboardInterrupt:
            self.send(Message("QUIT"))  # the signal may have come before it was sent; twice does no harm
            self._outgoing.put(None)
            self._writer.join(HURRIED_CLOSE_TIMEOUT_S)
            raise
        finally:
            self.close()

    def give_up(self, reason: str) -> None:
        """End the connection for this reason; who receives is told."""
        self.end_reason = reason
        self._shutdown()

    def close(self) -> None:
        """End the connection. Can be called again."""
        self._shutdown()
        for thread in (self._reader, self._writer):
            thread.join(HURRIED_CLOSE_TIMEOUT_S)  # what a Ctrl+C left locked must not keep us here
        self._socket.close()

    def _read(self) -> None:
        """Read until the end: the whole of the reader thread."""
        buffer = LineBuffer(MAX_LINE_BYTES)
        try:
            while data := self._receive():
                for line in buffer.feed(data):
                    self._take(line)
        except TlsFailed as error:
            self.end_reason = f"{BROKE}: something was changed on the way ({reason_of(error)})"
        except (ProtocolError, TransportClosed) as error:
            self.end_reason = f"{BROKE}: {error}"
        except OSError:
            pass
        except Exception as error:  # noqa: BLE001 - the main thread raises it when the terminal is restored
            self.fault = error
        finally:
            self._shutdown()
            self._deliver(None)

    def _receive(self) -> bytes:
        """Return what comes next, b'' at the end; meanwhile see whether the tracker still lives."""
        while True:
            try:
                data = self._wire.receive(_TICK_S)
            except TimeoutError:
                self._feel_pulse()
            else:
                self._pulse.hear()
                return data

    def _feel_pulse(self) -> None:
        """Ask or give up, if nothing has been heard for long. Without a receiver, whoever waits has deadlines."""
        if self._receiver is None:
            self._pulse.hear()
            return
        sign = self._pulse.feel()
        if sign is Sign.ASK:
            self.send(Message("PING", (_PULSE,)))
        elif sign is Sign.DEAD:
            self.give_up(SAYS_NOTHING)

    def _write(self) -> None:
        """Send until the end: the whole of the writer thread."""
        try:
            while (data := self._outgoing.get()) is not None:
                self._wire.send(data)
                self._unsent_pongs = 0
        except (OSError, TransportClosed):
            self._shutdown()

    def _take(self, line: bytes | None) -> None:
        if line is OVERLONG:
            self._deliver(_OVERLONG_LINE, _MESSAGE_BYTES)
            return
        try:
            message = parse(line.decode(errors="replace"))
        except ProtocolError:
            return
        if message.command.upper() == "PING":
            self._unsent_pongs += 1
            if self._unsent_pongs > MAX_UNSENT_PONGS:
                self.give_up(TAKES_NOTHING)
            self.send(Message("PONG", message.params))
        elif message.command.upper() != "PONG" or message.params[-1:] != (_PULSE,):
            self._deliver(message, len(line) + _MESSAGE_BYTES)

    def _deliver(self, message: Message | None, size: int = 0) -> None:
        """Hand on one message under the lock, so that `deliver_to` cannot come between two."""
        with self._arrival:
            self._has_ended = message is None
            if self._receiver is not None:
                self._receiver(message)
            elif message is not None:
                self._inbox.append(message)
                self._unread_bytes += size
                if self._unread_bytes > MAX_UNREAD_BYTES:
                    raise ProtocolError("the tracker sends more than anybody reads")
            elif self._wake is not None:
                self._wake()
            self._arrival.notify_all()

    def _shutdown(self) -> None:
        self._is_shut = True
        self._outgoing.put(None)
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it has ended already

    def _find_dead_peers(self) -> None:
        """Let the system find out when the tracker's machine has vanished without a word."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEPALIVE.items():
            if hasattr(socket, name):
                self._socket.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
