"""What somebody comes in with: the chat's password, that of an account, or an invitation. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from chatcore.protocol.invitations import Invitation, parse_invitation
from chatcore.protocol.sasl import SERVER_IDENTITY


@dataclass(frozen=True, slots=True)
class Credential:
    """A password, '' for none, and in whose name it is proven. `account` is '' if it is none's. Its repr hides it."""

    password: str = field(default="", repr=False)
    identity: str = SERVER_IDENTITY
    account: str = ""


def credential_of(password: str, account: str | None = None) -> Credential:
    """Return what a password proves: an account's, if one is named, or else the chat's, which may be an invitation."""
    if account:
        return Credential(password, account, account)
    invitation = parse_invitation(password)
    return Credential(password) if invitation is None else invited(invitation)


def invited(invitation: Invitation) -> Credential:
    """Return what an invitation proves."""
    return Credential(invitation.text, invitation.identity)
