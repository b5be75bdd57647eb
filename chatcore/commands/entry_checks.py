"""Who may come in, and under which nick: the checks for registration, the room endpoint and ssh.

Each caller reports the result in its own protocol; only this module decides what is checked, and in which order.
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
    """Raised if a client may not come in, or not under that nick. The text tells a person why."""

    def __init__(self, bar: Bar, words: str) -> None:
        super().__init__(words)
        self.bar = bar


class Proof(NamedTuple):
    """The result of checking a password: whether it is right, and the invitation or account that it belongs to, if any.

    `refusal` says why an invitation is not accepted although its secret is right, or because it is unknown here. Such
    an attempt does not count as a guess.
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
    """Compare a password with the server's and with invitations; if it is right, count the client as present.

    An empty password, or an invitation that was not made here, does not count as a guess. The client's own thread.
    """
    if not password:
        return Proof(Verdict(is_right=False))
    if unknown := unknown_invitation(services, password):
        return Proof(Verdict(is_right=False), unknown, Refusal.UNKNOWN)
    return _guess(services, client, lambda: _compare(services, password))


def check_login(services: Services, client: Client, name: str, password: str) -> Proof:
    """Do the same as `check_password` for a client that also gives a name: the password may be that account's, too.

    All comparisons count as one guess and take the same time, even if there is no such account; an invitation takes a
    millisecond more. Raises AccountsUnavailable.
    """
    credentials = services.keys.login(name)
    if not password:
        return Proof(Verdict(is_right=False))
    if unknown := unknown_invitation(services, password):
        return Proof(Verdict(is_right=False), unknown, Refusal.UNKNOWN)

    def compare() -> _Comparison:
        is_derived = services.keys.is_proof(credentials, password)  # always: the time it takes must not tell anything
        shared = _compare(services, password)
        return (True, credentials) if is_derived else shared

    return _guess(services, client, compare)


_Comparison = tuple[bool, Credentials | None]
"""Whether a password is right, and the account's or invitation's credentials that it proves, if any."""


def _compare(services: Services, password: str) -> _Comparison:
    """Compare a password with the server's and with invitations. Call only within `Services.guess`."""
    if services.keys.is_password(password):
        return True, None
    invited = proven_invitation(services, password)
    return invited is not None, invited


def _guess(services: Services, client: Client, compare: Callable[[], _Comparison]) -> Proof:
    """Return the result of one guess; if it is right, count the client as present."""
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
    """Return the invitation's id if a password is an invitation that is unknown here; otherwise ''.

    Such an invitation was made elsewhere, or is forgotten. Nobody can guess its 130 random bits, and people with an old
    link, perhaps a whole office, must not shut each other out.
    """
    invitation = parse_invitation(password)
    is_known = invitation is None or services.invitations.credentials(invitation.identity) is not None
    return "" if invitation is None or is_known else invitation.id


def proven_invitation(services: Services, password: str) -> Credentials | None:
    """Return the invitation's credentials if a password is a known invitation; otherwise None.

    Call only within `Services.guess`. Takes a millisecond.
    """
    invitation = parse_invitation(password)
    found = services.invitations.credentials(invitation.identity) if invitation else None
    return found if invitation and found and services.keys.is_proof(found, invitation.text) else None


def check_entry(services: Services, registry: Registry, client: Client, nick: str) -> None:
    """Check that nothing keeps a client from coming in under this nick, apart from another client that holds it.

    Raises Barred, AccountsUnavailable. The client's own thread, which may wait for an owner's nick.
    """
    banned = services.ban_on(nick, client.host)
    if banned:
        raise Barred(Bar.BAN, banned)
    if not services.is_log_writable:
        raise Barred(Bar.LOG, LOG_REFUSAL)
    check_owner(services, registry, client, nick)


def check_owner(services: Services, registry: Registry, client: Client, nick: str) -> None:
    """Raise Barred if the nick is another account's; if it is the client's own account, evict another holder."""
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

    Raises Barred if so. A client that comes back after a lost connection gets its nick back this way.
    """
    holder = registry.client(nick)
    if holder is not None and services.is_there(holder, client):
        raise Barred(Bar.HOLDER, TAKEN_NICK)


def is_logged_in_as(client: Client, nick: str) -> bool:
    """Return whether the nick belongs to the account that the client has logged in to."""
    return client.account is not None and casefold(client.account) == casefold(nick)
