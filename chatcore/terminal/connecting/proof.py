"""The client's side of SCRAM-SHA-256-PLUS, by which both sides prove that they know the password.

RFC 5802 and RFC 7677, by scramp, bound to the server's certificate by `tls-server-end-point` (RFC 5929). A man in the
middle has another certificate, so neither side's proof is valid through him. Knows no socket: takes the server's
messages and returns ours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from scramp import ScramClient, ScramException

from chatcore.protocol.invitations import Invitation, parse_invitation
from chatcore.protocol.sasl import END_POINT, SCRAM_PLUS, SERVER_IDENTITY
from chatcore.terminal.connecting.turned_away import (
    ABSURD_ITERATIONS,
    KNOWS_NO_PASSWORD,
    NOT_ACCEPTED,
    NOT_AN_ANSWER,
    UNUSABLE_CERTIFICATE,
    UNUSABLE_PASSWORD,
    Refused,
    WrongPassword,
)
from chatcore.transport.end_point import end_point_binding

LEAST_ITERATIONS = 4096  # RFC 7677, section 4
MOST_ITERATIONS = 1_000_000  # a second or two; more would only keep us busy
_ITERATIONS = re.compile(r"(?:^|,)i=([^,]*)")


@dataclass(frozen=True, slots=True)
class Credential:
    """A password ('' for none) and the identity it proves. `account` is '' unless it is an account's.

    Its repr shows no password.
    """

    password: str = field(default="", repr=False)
    identity: str = SERVER_IDENTITY
    account: str = ""

    @property
    def is_invitation(self) -> bool:
        return self.identity not in (SERVER_IDENTITY, self.account)


def credential_of(password: str, account: str | None = None) -> Credential:
    """Return the credential for a password: the account's, if one is named, or else the chat's or an invitation."""
    if account:
        return Credential(password, account, account)
    invitation = parse_invitation(password)
    return Credential(password) if invitation is None else invited(invitation)


def invited(invitation: Invitation) -> Credential:
    """Return the credential for an invitation."""
    return Credential(invitation.text, invitation.identity)


class Proof:
    """One SCRAM exchange. Call the methods in the order in which they are defined."""

    def __init__(self, credential: Credential, end_point: bytes) -> None:
        """`end_point` is what `end_point_of` returned. Raises WrongPassword for an impossible password."""
        binding = (END_POINT, end_point)
        try:
            self._scram = ScramClient([SCRAM_PLUS], credential.identity, credential.password, channel_binding=binding)
        except ScramException as error:
            raise WrongPassword(UNUSABLE_PASSWORD) from error

    def first(self) -> str:
        """Return the client's first message: a name and a nonce."""
        return str(self._scram.get_client_first())

    def final(self, server_first: str) -> str:
        """Return the client's final message, the proof. Deriving the key takes some ms.

        Raises Refused for a challenge no tracker would send, before anything is derived from the password.
        """
        _raise_if_refused(server_first)
        _check_iterations(server_first)
        try:
            self._scram.set_server_first(server_first)
            return str(self._scram.get_client_final())
        except ScramException as error:  # a nonce that does not extend ours is a replay
            raise Refused(NOT_AN_ANSWER) from error

    def check(self, server_final: str) -> None:
        """Check the server's proof. Raises Refused if it does not know the password, WrongPassword if we do not."""
        _raise_if_refused(server_final)
        try:
            self._scram.set_server_final(server_final)
        except ScramException as error:
            raise Refused(KNOWS_NO_PASSWORD) from error


def end_point_of(certificate: bytes) -> bytes:
    """Return the hash of a server's certificate (DER) that a proof is bound to. Raises Refused."""
    try:
        return end_point_binding(certificate)
    except ValueError as error:
        raise Refused(UNUSABLE_CERTIFICATE) from error


def _raise_if_refused(server_message: str) -> None:
    if server_message.startswith("e="):  # RFC 5802, section 7; a tracker says 904 instead
        raise WrongPassword(NOT_ACCEPTED)


def _check_iterations(server_first: str) -> None:
    found = _ITERATIONS.search(server_first)
    if found is None:
        return  # scramp refuses it
    text = found[1]
    count = int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0
    if not LEAST_ITERATIONS <= count <= MOST_ITERATIONS:
        told = ABSURD_ITERATIONS.format(count=text[:20], least=LEAST_ITERATIONS, most=MOST_ITERATIONS)
        raise Refused(told)
