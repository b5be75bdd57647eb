"""A SASL exchange in IRC lines: it carries a `proof` over one connection. https://ircv3.net/specs/extensions/sasl-3.2

The first messages depend on no answer and can be sent ahead: the mechanism, who we are, and a nonce.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

from chatcore.protocol import numerics
from chatcore.protocol.message import Message
from chatcore.protocol.names import casefold
from chatcore.protocol.sasl import CHUNK_CHARS, MAX_MESSAGE_CHARS, SCRAM_PLUS, SERVER_IDENTITY, chunks
from chatcore.terminal.connecting.conversation import Conversation, words_of
from chatcore.terminal.connecting.proof import Credential, Proof
from chatcore.terminal.connecting.turned_away import (
    INVITATION_NOT_ACCEPTED,
    NO_SAFE_WAY,
    NO_SUCH_ACCOUNT,
    NOT_ACCEPTED,
    NOT_AN_ANSWER,
    NOT_CHECKED,
    NOT_PROVEN,
    Refused,
    WrongPassword,
)

CAPABILITY = "sasl"
FAILURES = (
    numerics.ERR_SASLFAIL,
    numerics.ERR_SASLTOOLONG,
    numerics.ERR_SASLABORTED,
    numerics.ERR_SASLALREADY,
    numerics.RPL_SASLMECHS,
)
_LETTING_IN = (numerics.RPL_SASLSUCCESS, numerics.RPL_LOGGEDIN, numerics.RPL_WELCOME)


class Exchange:
    """One SASL exchange. The constructor raises WrongPassword for a password that is impossible."""

    def __init__(self, conversation: Conversation, credential: Credential, end_point: bytes) -> None:
        self._conversation = conversation
        self._credential = credential
        self._proof = Proof(credential, end_point)
        self._has_succeeded = False

    def beginning(self) -> list[Message]:
        """Return the first messages, including CAP REQ."""
        requests = self._conversation.negotiation.request([CAPABILITY])
        return [*requests, Message("AUTHENTICATE", (SCRAM_PLUS,)), *_parts(self._proof.first())]

    def complete(self, beside: Sequence[Message]) -> None:
        """Prove the password and check the server's proof, after `beginning` was sent. Raises WrongPassword, Refused.

        `beside` is sent along with the proof. The chat's password needs no further answer, as the tracker has proven
        itself by then; for an account or an invitation, wait for the tracker's verdict.
        """
        try:
            self._challenge()
        except WrongPassword as error:  # nothing has been proven yet: the mechanism was refused
            raise Refused(NO_SAFE_WAY) from error
        self._conversation.send(*_parts(self._proof.final(self._challenge())), *beside)
        self._proof.check(self._challenge())
        self._conversation.send(*_parts(""))
        if self._credential.identity != SERVER_IDENTITY:
            self.await_success()

    def await_success(self) -> None:
        """Wait, once, for the tracker's verdict, and check that we are logged in to the account that was named.

        If there is no such account, the tracker has checked the chat's password instead.
        """
        name, account = self._credential.account, ""
        if self._has_succeeded:
            return
        while (answer := self._conversation.next()).command != numerics.RPL_SASLSUCCESS:
            if answer.command in FAILURES:
                raise WrongPassword(words_of(answer) if self._credential.is_invitation else NOT_ACCEPTED)
            if answer.command == numerics.RPL_LOGGEDIN:
                account = (*answer.params, "", "", "")[2]
        self._has_succeeded = True
        if name and casefold(account) != casefold(name):
            raise Refused(NO_SUCH_ACCOUNT.format(name=name))

    def _challenge(self) -> str:
        """Return the server's next SASL message. Raises WrongPassword if it refuses, Refused."""
        encoded = ""
        while True:
            answer = self._conversation.next()
            if answer.command in FAILURES:
                raise WrongPassword(INVITATION_NOT_ACCEPTED if self._credential.is_invitation else NOT_ACCEPTED)
            if CAPABILITY in self._conversation.negotiation.refused:
                raise Refused(NO_SAFE_WAY)
            if answer.command == numerics.ERR_UNKNOWNERROR:  # precedes the refusal: the password is not to blame
                raise Refused(NOT_CHECKED.format(words=words_of(answer)))
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


def _parts(message: str) -> list[Message]:
    """Split a SASL message into lines; a full last chunk is followed by an empty one."""
    return [Message("AUTHENTICATE", (chunk,)) for chunk in chunks(message.encode())]


def _decode(encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, ValueError) as error:  # UnicodeDecodeError is one
        raise Refused(NOT_AN_ANSWER) from error
