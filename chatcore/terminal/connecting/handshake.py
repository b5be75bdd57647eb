"""Getting in: the capabilities, the password and the name, on one connection. Asks nobody anything.

https://modern.ircdocs.horse/#connection-registration,
https://ircv3.net/specs/extensions/capability-negotiation and https://ircv3.net/specs/extensions/sasl-3.2

The password comes first, and is proven, never sent (`proof`). Until the server has proven that it knows it too, it is
told nothing else, and nothing that it says is believed. The proofs are bound to its certificate: once they are done,
the other end of this encrypted connection is the tracker, and everything received on it came from the tracker.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from time import monotonic

from chatcore.errors import TransportClosed
from chatcore.protocol import numerics
from chatcore.protocol.goodbye import shown
from chatcore.protocol.message import Message
from chatcore.protocol.names import casefold, user_ident
from chatcore.protocol.sasl import CHUNK_CHARS, MAX_MESSAGE_CHARS, SCRAM_PLUS, SERVER_IDENTITY, chunks
from chatcore.terminal.connecting.connection import Connection
from chatcore.terminal.connecting.proof import Proof, end_point_of
from chatcore.terminal.connecting.turned_away import (
    NO_SAFE_WAY,
    NO_SUCH_ACCOUNT,
    NOT_ACCEPTED,
    NOT_AN_ANSWER,
    NOT_CHECKED,
    NOT_PROVEN,
    Ended,
    NickRefused,
    NoAnswer,
    Refused,
    WrongPassword,
)
from chatcore.terminal.session.multiline import CAPABILITY, Limits, limits_of
from chatcore.terminal.session.session import REGISTRATION, RESUME

WANTED = (
    *("server-time", "message-tags", "account-tag", "echo-message", "batch", "labeled-response"),
    *("draft/chathistory", "draft/channel-rename", CAPABILITY, "soju.im/search", RESUME, REGISTRATION),
    *("draft/message-redaction", "draft/read-marker"),
)

ANSWER_TIMEOUT_S = 30.0
"""For each of the stages below, however much arrives meanwhile."""

_MAX_CAPABILITIES = 1000
_SASL_FAILURES = (
    numerics.ERR_SASLFAIL,
    numerics.ERR_SASLTOOLONG,
    numerics.ERR_SASLABORTED,
    numerics.ERR_SASLALREADY,
    numerics.RPL_SASLMECHS,
)
_LETTING_IN = (numerics.RPL_SASLSUCCESS, numerics.RPL_LOGGEDIN, numerics.RPL_WELCOME)
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

    All raise Refused if the server ends the connection or does not answer. An `is_insecure` handshake gives the
    password away (PASS) and believes everything.
    """

    def __init__(self, connection: Connection, *, is_insecure: bool = False, identity: str = SERVER_IDENTITY) -> None:
        self.connection = connection
        self._identity = identity
        self.capabilities: frozenset[str] = frozenset()
        self.is_resumed = False
        """Whether the tracker takes us for the visit that had the token."""
        self._is_insecure = is_insecure
        self._end_point = b""
        self._offered: dict[str, str] = {}
        self._is_believed = is_insecure
        self._deadline = 0.0
        self._pings = 0
        self._has_said_user = False
        self._error: str | None = None

    @property
    def limits(self) -> Limits:
        """What the tracker says of messages of several lines."""
        return limits_of(self._offered.get(CAPABILITY, "") if CAPABILITY in self.capabilities else "")

    def greet(self) -> None:
        """Ask what the server can do. Raises Refused if a password cannot be proven to it."""
        if not self._is_insecure:
            self._end_point = end_point_of(self.connection.certificate or b"")
        self._begin_stage()
        self.connection.send(Message("CAP", ("LS", "302")))
        is_last = False
        while not is_last:
            answer = self._next()
            if answer.command in _NOT_YET:
                break
            if answer.command == "CAP" and answer.params[1:2] == ("LS",):
                self._offered.update(_name_and_value(word) for word in answer.params[-1].split())
                is_last = answer.params[2:3] != ("*",)
                if len(self._offered) > _MAX_CAPABILITIES:
                    raise Refused(NOT_AN_ANSWER)
        if not self._is_insecure and SCRAM_PLUS not in self._offered.get("sasl", "").split(","):
            raise Refused(NO_SAFE_WAY)

    def resume(self, token: str) -> str | None:
        """Come back by a token; return the nick that it stands for, None if it stands for nothing any more.

        Whoever is told the token can take our place: only the tracker may be. Before `prove`, or after it.
        """
        self._begin_stage()
        wanted = [name for name in WANTED if name in self._offered]
        if RESUME not in wanted or not (self.capabilities or self._request(wanted)):
            return None
        self.capabilities = frozenset(wanted)
        self.connection.send(Message("RESUME", (token,)))
        while True:
            answer = self._next()
            if answer.command == "RESUME" and answer.params[:1] == ("SUCCESS",) and len(answer.params) > 1:
                self._is_believed = self.is_resumed = True
                return answer.params[1]
            if answer.command in _NOT_YET or _is_over(answer):
                return None

    def prove(self, password: str) -> None:
        """Have the password accepted, unless it is empty, and switch on the WANTED capabilities.

        Raises WrongPassword, and Refused if it is the server that does not know it.
        """
        self._begin_stage()
        if self._is_insecure:
            self._give(password)
        proof = Proof(password, self._end_point, self._identity) if password and not self._is_insecure else None
        wanted = [name for name in WANTED if name in self._offered]
        if self._request(wanted if proof is None else [*wanted, "sasl"]):
            self.capabilities = frozenset(wanted)
        elif proof is not None and not self._request(["sasl"]):
            raise Refused(NO_SAFE_WAY)
        if proof is not None:
            self._authenticate(proof)
        self._is_believed = True

    def claim(self, nick: str) -> Message:
        """Register under a name; return the welcome. Raises NickRefused, after which another can be claimed.

        The name is tried before USER is sent, so that a refused name does not become the user part of our source.
        """
        self._begin_stage()
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
            if _is_over(answer):  # it has ended in this moment
                self.is_resumed = False
        return answer

    def last_words(self) -> str | None:
        """Return the text of the tracker's ERROR, None if it sent none. Only once the connection has ended."""
        self._begin_stage()
        try:
            while True:
                self._next()
        except Ended:
            return None if self._error is None else shown(self._error)

    def _authenticate(self, proof: Proof) -> None:
        """Prove the password, and check the server's proof."""
        self.connection.send(Message("AUTHENTICATE", (SCRAM_PLUS,)))
        try:
            self._challenge()
        except WrongPassword as error:  # nothing has been proven yet: the mechanism was refused
            raise Refused(NO_SAFE_WAY) from error
        self._respond(proof.first())
        self._respond(proof.final(self._challenge()))
        proof.check(self._challenge())
        self._respond("")
        account = SERVER_IDENTITY
        while (answer := self._next()).command != numerics.RPL_SASLSUCCESS:
            if answer.command in _SASL_FAILURES:
                raise WrongPassword(NOT_ACCEPTED)
            if answer.command == numerics.RPL_LOGGEDIN:
                account = (*answer.params, "", "", "")[2]
        if casefold(account) != casefold(self._identity):
            raise Refused(NO_SUCH_ACCOUNT.format(name=self._identity))

    def _challenge(self) -> str:
        """Return the server's next SASL message. Raises WrongPassword if it refuses, Refused."""
        encoded = ""
        while True:
            answer = self._next()
            if answer.command in _SASL_FAILURES:
                raise WrongPassword(NOT_ACCEPTED)
            if answer.command == numerics.ERR_UNKNOWNERROR:  # sent before the refusal: it is not the password's fault
                raise Refused(NOT_CHECKED.format(words=_words(answer)))
            if answer.command in _LETTING_IN:
                raise Refused(NOT_PROVEN)
            if answer.command != "AUTHENTICATE" or not answer.params:
                continue
            chunk = answer.params[0]
            encoded += "" if chunk == "+" else chunk
            if len(encoded) > MAX_MESSAGE_CHARS:
                raise Refused(NOT_AN_ANSWER)
            if len(chunk) < CHUNK_CHARS:
                return _decode(encoded)

    def _respond(self, message: str) -> None:
        """Send a SASL message in parts; a full last part is followed by an empty one."""
        self.connection.send(*(Message("AUTHENTICATE", (chunk,)) for chunk in chunks(message.encode())))

    def _give(self, password: str) -> None:
        """Send the password as it is, if there is one. Raises WrongPassword."""
        ping = self._ping()
        self.connection.send(*([Message("PASS", (password,))] if password else []), ping)
        # A server that does not answer PING yet (451) checks the password only later, too.
        while not (_is_pong(answer := self._next(), ping) or answer.command in _NOT_YET):
            if answer.command == numerics.ERR_PASSWDMISMATCH:
                raise WrongPassword(_words(answer))

    def _request(self, names: Sequence[str]) -> bool:
        """Switch capabilities on; return whether the server did."""
        if not names:
            return True
        self.connection.send(Message("CAP", ("REQ", " ".join(names))))
        while (answer := self._next()).command != "CAP" or answer.params[1:2] not in (("ACK",), ("NAK",)):
            pass
        return answer.params[1] == "ACK"

    def _begin_stage(self) -> None:
        self._deadline = monotonic() + ANSWER_TIMEOUT_S

    def _ping(self) -> Message:
        self._pings += 1
        return Message("PING", (f"handshake-{self._pings}",))

    def _next(self) -> Message:
        """Return the next message that is not an ERROR."""
        try:
            while (message := self._receive()).command.upper() == "ERROR":
                self._error = _words(message)
        except TransportClosed as error:
            said = self._error
            if said and not self._is_believed:
                said = f"what answers there has ended the connection. It says: {said}"
            raise Ended(said or str(error), self._error or "") from error
        except TimeoutError as error:
            raise NoAnswer("the tracker does not answer") from error
        return message

    def _receive(self) -> Message:
        left_s = self._deadline - monotonic()
        if left_s <= 0:
            raise TimeoutError
        return self.connection.receive(left_s)


def _name_and_value(word: str) -> tuple[str, str]:
    name, _, value = word.partition("=")
    return name, value


def _decode(encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, ValueError) as error:  # UnicodeDecodeError is one
        raise Refused(NOT_AN_ANSWER) from error


def _raise_if_refused(answer: Message) -> None:
    if answer.command in _NICK_REFUSALS:
        raise NickRefused(_words(answer), is_ban=answer.command == numerics.ERR_YOUREBANNEDCREEP)
    if answer.command == numerics.ERR_PASSWDMISMATCH:
        raise WrongPassword(_words(answer))


def _is_over(answer: Message) -> bool:
    return answer.command == "FAIL" and answer.params[:1] == ("RESUME",)


def _words(answer: Message) -> str:
    return answer.params[-1] if answer.params else ""


def _is_pong(answer: Message, ping: Message) -> bool:
    return answer.command.upper() == "PONG" and answer.params[-1:] == ping.params
