"""Getting in: the password, the capabilities and the name, on one connection. Asks nobody anything.

https://modern.ircdocs.horse/#connection-registration and
https://ircv3.net/specs/extensions/capability-negotiation
"""

from __future__ import annotations

from collections.abc import Sequence

from chatcore.errors import ChatError, TransportClosed
from chatcore.protocol import numerics
from chatcore.protocol.message import Message
from chatcore.protocol.names import user_ident
from chatcore.terminal.connection import Connection

WANTED = ("server-time", "message-tags", "echo-message", "batch", "draft/chathistory")

ANSWER_TIMEOUT_S = 30.0

_NOT_YET = (numerics.ERR_NOTREGISTERED, numerics.ERR_UNKNOWNCOMMAND, numerics.ERR_INVALIDCAPCMD)
_NICK_REFUSALS = (
    numerics.ERR_NONICKNAMEGIVEN,
    numerics.ERR_ERRONEUSNICKNAME,
    numerics.ERR_NICKNAMEINUSE,
    numerics.ERR_YOUREBANNEDCREEP,
)


class WrongPassword(ChatError):
    """The password was not accepted. Its text is what the tracker said."""


class NickRefused(ChatError):
    """The name was not accepted. Its text is what the tracker said; another one can be tried."""


class Refused(ChatError):
    """The tracker does not let us in, or is none. Its text is the reason."""


class Ended(Refused):
    """The tracker has ended the connection."""


class Handshake:
    """The beginning of one visit. The methods are for the main thread, in the order in which they stand here.

    All raise Refused when the tracker ends the connection or does not answer.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.capabilities: frozenset[str] = frozenset()
        self._pings = 0
        self._has_said_user = False
        self._error: str | None = None

    def prove(self, password: str) -> None:
        """Have the password checked; an empty one is not sent. Raises WrongPassword."""
        ping = self._ping()
        self.connection.send(*([Message("PASS", (password,))] if password else []), ping)
        # A server that answers a PING only later (451) checks the password then, too.
        while not (_is_pong(answer := self._next(), ping) or answer.command in _NOT_YET):
            if answer.command == numerics.ERR_PASSWDMISMATCH:
                raise WrongPassword(answer.params[-1])

    def negotiate(self) -> None:
        """Switch on those of the WANTED capabilities that the tracker offers."""
        self.connection.send(Message("CAP", ("LS", "302")))
        offered: set[str] = set()
        is_last = False
        while not is_last:
            answer = self._next()
            if answer.command in _NOT_YET:
                return
            if answer.command == "CAP" and answer.params[1:2] == ("LS",):
                offered.update(word.partition("=")[0] for word in answer.params[-1].split())
                is_last = answer.params[2] != "*"
        self._request([name for name in WANTED if name in offered])

    def claim(self, nick: str) -> Message:
        """Register under a name; return the welcome. Raises NickRefused, after which another can be claimed.

        The name is tried before USER is sent, so that a refused one does not become the user part of our source.
        """
        if not self._has_said_user:
            ping = self._ping()
            self.connection.send(Message("NICK", (nick,)), ping)
            while not (_is_pong(answer := self._next(), ping) or answer.command in _NOT_YET):
                _raise_if_refused(answer)
            self.connection.send(Message("USER", (user_ident(nick), "0", "*", nick)), Message("CAP", ("END",)))
            self._has_said_user = True
        else:
            self.connection.send(Message("NICK", (nick,)))
        while (answer := self._next()).command != numerics.RPL_WELCOME:
            _raise_if_refused(answer)
        return answer

    def last_words(self) -> str | None:
        """Return what the tracker's ERROR said, None if it ended the connection without one. It has ended."""
        try:
            while True:
                self._next()
        except Ended:
            return self._error

    def _ping(self) -> Message:
        self._pings += 1
        return Message("PING", (f"handshake-{self._pings}",))

    def _next(self) -> Message:
        """Return the next message that is no ERROR."""
        try:
            while (message := self.connection.receive(ANSWER_TIMEOUT_S)).command.upper() == "ERROR":
                self._error = message.params[-1] if message.params else ""
        except TransportClosed as error:
            raise Ended(self._error or str(error)) from error
        except TimeoutError as error:
            raise Refused("the tracker does not answer") from error
        return message

    def _request(self, wanted: Sequence[str]) -> None:
        if not wanted:
            return
        self.connection.send(Message("CAP", ("REQ", " ".join(wanted))))
        while (answer := self._next()).command != "CAP" or answer.params[1:2] not in (("ACK",), ("NAK",)):
            pass
        if answer.params[1] == "ACK":
            self.capabilities = frozenset(wanted)


def _raise_if_refused(answer: Message) -> None:
    if answer.command in _NICK_REFUSALS:
        raise NickRefused(answer.params[-1])
    if answer.command == numerics.ERR_PASSWDMISMATCH:
        raise WrongPassword(answer.params[-1])


def _is_pong(answer: Message, ping: Message) -> bool:
    return answer.command.upper() == "PONG" and answer.params[-1:] == ping.params
