"""Capabilities, password and name on one connection. The handshake never asks the person anything.

https://modern.ircdocs.horse/#connection-registration,
https://ircv3.net/specs/extensions/capability-negotiation and https://ircv3.net/specs/extensions/sasl-3.2

The password comes first, and is proven, never sent (`proof`). Until the server has proven that it knows the password
too, it is told nothing else, and nothing it says is believed. The proofs are bound to its certificate: after them, the
other end of this encrypted connection is known to be the tracker, and everything received came from it.

Messages that depend on no answer are sent ahead, as the round trip may be long. With password and name known, there are
three flights: the start of the proof, its end, and the name.
"""

from __future__ import annotations

from collections.abc import Collection

from chatcore.protocol import numerics
from chatcore.protocol.capabilities import PASSWORD
from chatcore.protocol.message import Message
from chatcore.protocol.names import user_ident
from chatcore.protocol.sasl import SCRAM_PLUS
from chatcore.terminal.connecting.connection import Connection
from chatcore.terminal.connecting.conversation import Conversation, words_of
from chatcore.terminal.connecting.exchange import FAILURES, Exchange
from chatcore.terminal.connecting.proof import Credential, end_point_of
from chatcore.terminal.connecting.turned_away import (
    NO_SAFE_WAY,
    NOT_ACCEPTED,
    NickRefused,
    Refused,
    WrongPassword,
)
from chatcore.terminal.session.multiline import CAPABILITY, Limits, limits_of
from chatcore.terminal.session.session import ARRIVAL, REGISTRATION, RESUME, TRACKERS

WANTED = (
    *("server-time", "message-tags", "account-tag", "echo-message", "batch", "labeled-response"),
    *("draft/chathistory", "draft/channel-rename", CAPABILITY, "soju.im/search", RESUME, REGISTRATION),
    *("draft/message-redaction", "draft/read-marker", TRACKERS),
)

_NOT_YET = (numerics.ERR_NOTREGISTERED, numerics.ERR_UNKNOWNCOMMAND, numerics.ERR_INVALIDCAPCMD)
_NICK_REFUSALS = (
    numerics.ERR_NONICKNAMEGIVEN,
    numerics.ERR_ERRONEUSNICKNAME,
    numerics.ERR_NICKNAMEINUSE,
    numerics.ERR_YOUREBANNEDCREEP,
    numerics.ERR_UNKNOWNERROR,
)


class Handshake:
    """The beginning of one visit. The methods are for the main thread, in the order in which they are defined.

    All raise Refused if the server ends the connection or does not answer. An `is_insecure` handshake sends the
    password, if there is one, in the clear (PASS), and believes everything.
    """

    def __init__(self, connection: Connection, *, is_insecure: bool = False, wanted: Collection[str] = WANTED) -> None:
        """`wanted` are the capabilities to enable, where the tracker offers them."""
        self.connection = connection
        self.is_resumed = False
        """Whether the tracker has resumed the visit that the token stands for."""
        self._is_insecure = is_insecure
        self._wanted = wanted
        self._conversation = Conversation(connection, is_believed=is_insecure)
        self._negotiation = self._conversation.negotiation
        self._end_point = b""
        self._exchange: Exchange | None = None  # that has begun
        self._has_shown_token = False
        self._has_requested = False
        self._has_said_user = False
        self._pings = 0

    @property
    def capabilities(self) -> frozenset[str]:
        """The wanted capabilities that are enabled; complete once a name was claimed."""
        return self._negotiation.enabled & frozenset(self._wanted)

    @property
    def wants_password(self) -> bool:
        """Whether the server says that a password is required. If it does not say so, that proves nothing."""
        return PASSWORD in self._negotiation.offered

    @property
    def limits(self) -> Limits:
        """The tracker's limits for multi-line messages."""
        return limits_of(self._negotiation.offered.get(CAPABILITY, "") if CAPABILITY in self.capabilities else "")

    def greet(self, credential: Credential | None = None, token: str = "") -> None:
        """Ask what the server supports. Raises Refused if no password can be proven to it, WrongPassword.

        A `credential` or a `token` that is already known is sent along, to save a round trip.
        """
        if not self._is_insecure:
            self._end_point = end_point_of(self.connection.certificate or b"")
        self._conversation.begin_stage()
        ahead: list[Message] = []
        if token:
            ahead = [*self._negotiation.request([RESUME]), Message("RESUME", (token,))]
            self._has_shown_token = True
        elif credential is not None and credential.password and not self._is_insecure:
            ahead = self._begin(credential)
        self._conversation.send(self._negotiation.ask(), *ahead)
        while not self._negotiation.is_listed:
            if self._conversation.next().command in _NOT_YET:
                break
        if not self._is_insecure and SCRAM_PLUS not in self._negotiation.offered.get("sasl", "").split(","):
            raise Refused(NO_SAFE_WAY)

    def resume(self, token: str) -> str | None:
        """Resume a visit by its token; return the nick the token stands for, None if it is no longer valid.

        Anybody who learns the token can take our place, so only the tracker may see it. Call before or after `prove`.
        """
        self._conversation.begin_stage()
        if not self._has_shown_token:
            if RESUME not in self._negotiation.offered:
                return None
            self._conversation.send(*self._requests(), Message("RESUME", (token,)))
        while True:
            answer = self._conversation.next()
            if answer.command == "RESUME" and answer.params[:1] == ("SUCCESS",) and len(answer.params) > 1:
                self._conversation.is_believed = self.is_resumed = True
                return answer.params[1]
            if answer.command in _NOT_YET or _is_over(answer):
                return None

    def prove(self, credential: Credential) -> None:
        """Get the password accepted, unless it is empty.

        Raises WrongPassword, and Refused if it is the server that does not know the password.
        """
        self._conversation.begin_stage()
        if self._is_insecure:
            self._give(credential.password)
        elif credential.password:
            if self._exchange is None:
                self._conversation.send(*self._begin(credential))
            assert self._exchange is not None
            self._exchange.complete(self._requests())
        self._conversation.is_believed = True

    def confirm(self) -> None:
        """Wait until the tracker has accepted the proof; from then on we count as present. Raises WrongPassword."""
        if self._exchange is not None:
            self._conversation.begin_stage()
            self._exchange.await_success()

    def claim(self, nick: str) -> Message:
        """Register under a name; return the welcome. Raises NickRefused, after which another name can be claimed.

        On a second attempt USER precedes NICK, so that a refused name does not become the user part of our source.
        """
        self._conversation.begin_stage()
        user, name = Message("USER", (user_ident(nick), "0", "*", nick)), Message("NICK", (nick,))
        arrival = Message("PING", (ARRIVAL,))  # its PONG marks the end of the welcome
        if self._has_said_user:
            self._conversation.send(user, name, arrival)
        else:
            self._conversation.send(*self._requests(), name, user, Message("CAP", ("END",)), arrival)
            self._has_said_user = True
        while (answer := self._conversation.next()).command != numerics.RPL_WELCOME:
            _raise_if_refused(answer)
            if _is_over(answer):  # the visit has just expired
                self.is_resumed = False
        return answer

    def last_words(self) -> str | None:
        """Return the text of the tracker's ERROR, None if it sent none. Only once the connection has ended."""
        return self._conversation.last_words()

    def _begin(self, credential: Credential) -> list[Message]:
        """Return the messages that begin the proof. Raises WrongPassword for a password that is impossible."""
        self._exchange = Exchange(self._conversation, credential, self._end_point)
        return self._exchange.beginning()

    def _give(self, password: str) -> None:
        """Send the password, if there is one, in the clear. Raises WrongPassword."""
        self._pings += 1
        ping = Message("PING", (f"handshake-{self._pings}",))
        given = [Message("PASS", (password,))] if password else []
        self._conversation.send(*given, *self._requests(), ping)
        # A server that does not answer PING yet (451) will check the password only later.
        while not (_is_pong(answer := self._conversation.next(), ping) or answer.command in _NOT_YET):
            if answer.command == numerics.ERR_PASSWDMISMATCH:
                raise WrongPassword(words_of(answer))

    def _requests(self) -> list[Message]:
        """Return the request for the wanted capabilities that are offered; nothing after the first time."""
        if self._has_requested:
            return []
        self._has_requested = True
        return self._negotiation.request(name for name in self._wanted if name in self._negotiation.offered)


def _raise_if_refused(answer: Message) -> None:
    if answer.command in _NICK_REFUSALS:
        is_ban = answer.command == numerics.ERR_YOUREBANNEDCREEP
        is_taken = answer.command == numerics.ERR_NICKNAMEINUSE
        raise NickRefused(words_of(answer), is_ban=is_ban, is_taken=is_taken)
    if answer.command == numerics.ERR_PASSWDMISMATCH:
        raise WrongPassword(words_of(answer))
    if answer.command in FAILURES:
        raise WrongPassword(NOT_ACCEPTED)


def _is_over(answer: Message) -> bool:
    return answer.command == "FAIL" and answer.params[:1] == ("RESUME",)


def _is_pong(answer: Message, ping: Message) -> bool:
    return answer.command.upper() == "PONG" and answer.params[-1:] == ping.params
