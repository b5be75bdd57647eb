"""Who may come in, and under which nick: the checks for registration, the room endpoint and ssh.

Each of them reports the result in its own protocol; the checks and their order are decided only here.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import NamedTuple

from chatcore.commands.refusals import LOG_REFUSAL
from chatcore.commands.services import Services, Verdict
from chatcore.errors import ChatError
from chatcore.protocol.invitations import Refusal, parse_invitation
from chatcore.protocol.names import casefold
from chatcore.state.client import Client
from chatcore.state.credentials import Credentials
from chatcore.state.registry import Registry

OWNED_NICK = "That username is registered: log in to its account, with SASL or --account"
WRONG_PASSWORD = "Wrong or missing password"
TAKEN_NICK = "That username is taken"


class Bar(Enum):
    """What keeps a client out."""

    BAN = auto()
    LOG = auto()
    ACCOUNT = auto()
    HOLDER = auto()


class Barred(ChatError):
    """A client may not come in, or not under that nick. The text says why, for a person."""

    def __init__(self, bar: Bar, words: str) -> None:
        super().__init__(words)
        self.bar = bar


class Proof(NamedTuple):
    """What came of a password: whether it is right, and by which invitation or for which account, if it is one's.

    `refusal` is why that lets in nobody, though its secret was right or nobody here knows it, in words. That was no
    guess.
    """

    verdict: Verdict
    invitation: str = ""
    refusal: str = ""
    login: Credentials | None = None

    @property
    def lets_in(self) -> bool:
        """Return whether it lets the client in."""
        return self.verdict.is_right and not self.refusal


def check_password(services: Services, client: Client, password: str) -> Proof:
    """Compare the server password, and invitations. With a right one the client counts as present. Its own thread.

    What cannot be right is no guess: nothing at all, and an invitation that was not made here.
    """
    if not password:
        return Proof(Verdict(is_right=False))
    if unknown := unknown_invitation(services, password):
        return Proof(Verdict(is_right=False), unknown, Refusal.UNKNOWN)
    return _guess(services, client, lambda: _compare(services, password))


def check_login(services: Services, client: Client, name: str, password: str) -> Proof:
    """Do as `check_password` does for somebody who gives a name too: the password may also be that account's.

    Whichever it is, that is one guess, and takes as long, also if there is no such account; an invitation takes a
    millisecond more. Raises AccountsUnavailable.
    """
    credentials = services.keys.login(name)
    if not password:
        return Proof(Verdict(is_right=False))
    if unknown := unknown_invitation(services, password):
        return Proof(Verdict(is_right=False), unknown, Refusal.UNKNOWN)

    def compare() -> _Comparison:
        is_derived = services.keys.is_proof(credentials, password)  # whatever else is right: this takes long
        shared = _compare(services, password)
        return (True, credentials) if is_derived else shared

    return _guess(services, client, compare)


_Comparison = tuple[bool, Credentials | None]
"""Whether a password is right; the credentials that it has proven, if they are an account's or an invitation's."""


def _compare(services: Services, password: str) -> _Comparison:
    """Compare a password with that of the server, and with invitations. Only within `Services.guess`."""
    if services.keys.is_password(password):
        return True, None
    invited = proven_invitation(services, password)
    return invited is not None, invited


def _guess(services: Services, client: Client, compare: Callable[[], _Comparison]) -> Proof:
    """Return the result of one guess. After a right one the client counts as present."""
    proven: list[Credentials] = []

    def is_right() -> bool:
        is_right, credentials = compare()
        proven.extend([credentials] if is_right and credentials is not None else [])
        return is_right

    verdict = services.guess(client, is_right)
    invitation = proven[0].invitation if proven else ""
    refusal = services.invitations.refusal(invitation, client.block) if invitation else ""
    login = proven[0] if proven and proven[0].account is not None else None
    proof = Proof(verdict, invitation, refusal, login)
    if proof.lets_in:
        services.note_proven(client, invitation)
    return proof


def unknown_invitation(services: Services, password: str) -> str:
    """Return the id of the invitation that a password is, if there is none of that id; '' if there is, or it is none.

    Such a one was made elsewhere, or is forgotten. Nobody finds another's 130 random bits, and people with yesterday's
    link, perhaps all of an office, must not shut each other out.
    """
    invitation = parse_invitation(password)
    is_known = invitation is None or services.invitations.credentials(invitation.identity) is not None
    return "" if invitation is None or is_known else invitation.id


def proven_invitation(services: Services, password: str) -> Credentials | None:
    """Return the credentials of the invitation that a password is; None if it is none that is known.

    Only within `Services.guess`. Takes a millisecond.
    """
    invitation = parse_invitation(password)
    found = services.invitations.credentials(invitation.identity) if invitation else None
    return found if invitation and found and services.keys.is_proof(found, invitation.text) else None


def check_entry(services: Services, registry: Registry, client: Client, nick: str) -> None:
    """Check that nothing keeps a client from coming in under this nick, whoever holds it.

    Raises Barred, AccountsUnavailable. The client's own thread, which may wait for an owner's nick.
    """
    banned = services.ban_on(nick, client.host)
    if banned:
        raise Barred(Bar.BAN, banned)
    if not services.is_log_writable:
        raise Barred(Bar.LOG, LOG_REFUSAL)
    check_owner(services, registry, client, nick)


def check_owner(services: Services, registry: Registry, client: Client, nick: str) -> None:
    """Raise Barred if the nick is another account's; free the owner's own nick from whoever holds it."""
    if not is_logged_in_as(client, nick):
        if services.keys.account(nick) is None:
            return
        raise Barred(Bar.ACCOUNT, OWNED_NICK)
    holder = registry.client(nick)
    if holder is not None and holder is not client and not is_logged_in_as(holder, nick):
        client.credit.turn.give()
        services.evict(holder, "That username belongs to an account")


def await_free(services: Services, registry: Registry, client: Client, nick: str) -> None:
    """Wait until it is known whether the nick's holder, if any, is still there.

    Raises Barred if so: a client that comes back after a lost connection must not lose its nick to itself.
    """
    holder = registry.client(nick)
    if holder is not None and services.is_there(holder, client):
        raise Barred(Bar.HOLDER, TAKEN_NICK)


def is_logged_in_as(client: Client, nick: str) -> bool:
    """Return whether the nick belongs to the account that the client has logged in to."""
    return client.account is not None and casefold(client.account) == casefold(nick)
