"""The exchange of messages before a visit, over one connection: one at a time, with a deadline for each stage.

It knows CAP, whose answers may come at any time, and ERROR, which says why a server ends the connection.
"""

from __future__ import annotations

from time import monotonic

from chatcore.errors import TransportClosed
from chatcore.protocol.goodbye import shown
from chatcore.protocol.message import Message
from chatcore.terminal.connecting.connection import Connection
from chatcore.terminal.connecting.negotiation import Negotiation
from chatcore.terminal.connecting.turned_away import NOT_AN_ANSWER, Ended, NoAnswer, Refused

ANSWER_TIMEOUT_S = 30.0
"""For each stage, however much arrives meanwhile."""


class Conversation:
    """One connection's login. For the thread that logs in."""

    def __init__(self, connection: Connection, *, is_believed: bool) -> None:
        self.connection = connection
        self.negotiation = Negotiation()
        self.is_believed = is_believed
        """Whether the server's words may be shown as the tracker's own."""
        self._deadline = 0.0
        self._error: str | None = None

    def begin_stage(self) -> None:
        """Restart the deadline."""
        self._deadline = monotonic() + ANSWER_TIMEOUT_S

    def send(self, *messages: Message) -> None:
        """Send messages, if there are any, without waiting."""
        if messages:
            self.connection.send(*messages)

    def next(self) -> Message:
        """Return the next message other than ERROR, after handling CAP. Raises Refused."""
        try:
            while (message := self._receive()).command.upper() == "ERROR":
                self._error = words_of(message)
        except TransportClosed as error:
            said = self._error
            if said and not self.is_believed:
                said = f"the server there ended the connection. It says: {said}"
            raise Ended(said or str(error), self._error or "") from error
        except TimeoutError as error:
            raise NoAnswer("the tracker does not answer") from error
        if message.command == "CAP":
            self.negotiation.take(message)
            if self.negotiation.is_absurd:
                raise Refused(NOT_AN_ANSWER)
        return message

    def last_words(self) -> str | None:
        """Return the text of the tracker's ERROR, None if it sent none. Only once the connection has ended."""
        self.begin_stage()
        try:
            while True:
                self.next()
        except Ended:
            return None if self._error is None else shown(self._error)

    def _receive(self) -> Message:
        left_s = self._deadline - monotonic()
        if left_s <= 0:
            raise TimeoutError
        return self.connection.receive(left_s)


def words_of(message: Message) -> str:
    """Return the text of a message that is meant for people."""
    return message.params[-1] if message.params else ""
