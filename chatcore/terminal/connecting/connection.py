"""A connection to the tracker, by a socket (`socket_connection`) or inside the tracker (`inner`).

It sends and receives whole messages and knows nothing of their meaning, except that it answers PING by itself: however
long a person thinks, the tracker sees that the client is alive.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable

from chatcore.errors import ProtocolError, TransportClosed
from chatcore.protocol.framing import OVERLONG, LineBuffer
from chatcore.protocol.message import Message, parse, serialize
from chatcore.terminal.waiting import wait_until

CLOSE_TIMEOUT_S = 5.0
MAX_LINE_BYTES = 8191 + 512
"""The limit for lines from a server: https://ircv3.net/specs/extensions/message-tags#size-limit."""

MAX_UNREAD_BYTES = 1 << 23
"""The most that may wait to be received, so that an unauthenticated server cannot fill our memory."""

_MESSAGE_BYTES = 1000  # of memory, at most, for a short message

BROKE = "the connection to the tracker broke"
SAYS_NOTHING = "the tracker no longer answers"

_OVERLONG_LINE = Message("NOTICE", ("*", "(a line from the tracker was too long and was left out)"))

Receiver = Callable[[Message | None], None]


class Connection(ABC):
    """A connection that is open until the tracker ends it, it breaks, or `close` is called.

    Any thread may call `send` and `give_up`; the other methods are for the thread that runs the visit.
    """

    certificate: bytes | None = None
    """The server's certificate (DER), None on a connection without TLS."""

    def __init__(self) -> None:
        self.fault: Exception | None = None
        """The exception of a receiver that ended the connection."""
        self.end_reason = BROKE
        """Why the connection ended, unless the tracker gave a reason itself."""
        self._buffer = LineBuffer(MAX_LINE_BYTES)  # for the thread in which bytes arrive
        self._arrival = threading.Condition()  # guards the five below
        self._inbox: deque[Message] = deque()
        self._unread_bytes = 0  # received since the inbox was last empty
        self._receiver: Receiver | None = None
        self._wake: Callable[[], None] | None = None
        self._has_ended = False

    @property
    def has_ended(self) -> bool:
        return self._has_ended

    def send(self, *messages: Message) -> None:
        """Queue messages to be sent together. If the connection has ended, they are dropped."""
        self._send_bytes("".join(serialize(message) + "\r\n" for message in messages).encode(errors="replace"))

    def receive(self, timeout_s: float) -> Message:
        """Return the next message. Raises TransportClosed after the last, TimeoutError if none arrives in time."""
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
        """From now on, call `receiver` with each message as it arrives, and with None at the end.

        Messages that have already arrived are delivered first, in this thread. The receiver must not call `receive`.
        """
        with self._arrival:
            while self._inbox:
                receiver(self._inbox.popleft())
            if self._has_ended:
                receiver(None)
            self._receiver = receiver

    def wake_at_end(self, wake: Callable[[], None]) -> None:
        """Call `wake` if the connection ends while there is no receiver."""
        with self._arrival:
            self._wake = wake
            if self._has_ended:
                wake()

    def quit(self) -> None:
        """Send QUIT, wait a while for the tracker to end the connection, and close it."""
        try:
            self.send(Message("QUIT"))
            with self._arrival:
                wait_until(self._arrival, lambda: self._has_ended, CLOSE_TIMEOUT_S)
        except KeyboardInterrupt:
            self.send(Message("QUIT"))  # the signal may have come before the first one; two do no harm
            self._hurry()
            raise
        finally:
            self.close()

    def give_up(self, reason: str) -> None:
        """End the connection for this reason; the receiver is told."""
        self.end_reason = reason
        self._shut()

    @abstractmethod
    def close(self) -> None:
        """End the connection. Can be called again."""

    @abstractmethod
    def _send_bytes(self, data: bytes) -> None:
        """Queue lines to be sent."""

    @abstractmethod
    def _shut(self) -> None:
        """End both directions."""

    @abstractmethod
    def _hurry(self) -> None:
        """Wait briefly until everything queued has been sent."""

    def _feed(self, data: bytes) -> None:
        """Deliver the messages in received bytes. Raises ProtocolError, and whatever the receiver raises."""
        for line in self._buffer.feed(data):
            self._take_line(line)

    def _take_line(self, line: bytes | None) -> None:
        if line is OVERLONG:
            self._deliver(_OVERLONG_LINE, _MESSAGE_BYTES)
            return
        try:
            message = parse(line.decode(errors="replace"))
        except ProtocolError:
            return
        if message.command.upper() == "PING":
            self._answer(message)
        else:
            self._take(message, len(line) + _MESSAGE_BYTES)

    def _answer(self, ping: Message) -> None:
        self.send(Message("PONG", ping.params))

    def _take(self, message: Message, size: int) -> None:
        """Deliver a message of about this size in memory."""
        self._deliver(message, size)

    def _deliver(self, message: Message | None, size: int = 0) -> None:
        """Deliver one message under the lock, so that `deliver_to` cannot reorder messages."""
        with self._arrival:
            self._has_ended = message is None
            if self._receiver is not None:
                self._receiver(message)
            elif message is not None:
                self._inbox.append(message)
                self._unread_bytes += size
                if self._unread_bytes > MAX_UNREAD_BYTES:
                    raise ProtocolError("the tracker sends more than the client can take")
            elif self._wake is not None:
                self._wake()
            self._arrival.notify_all()
