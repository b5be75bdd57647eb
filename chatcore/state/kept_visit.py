"""The last state of a visit that can be resumed on another connection (docs/resume.md). Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

from chatcore.protocol.modes import IRC_OPERATOR
from chatcore.state.client import Client
from chatcore.state.credentials import Credentials


class KeptVisit(NamedTuple):
    """What is restored when a visit is resumed. `visit` is its name (`Client.visit`), `host` its last host.

    `proof` identifies the credentials of its account, so that a changed password is noticed. `modes` are letters of
    user modes; nobody comes back as an IRC operator.
    """

    visit: str
    nick: str
    user: str
    realname: str
    host: str
    account: str | None = None
    proof: str = ""
    away: str | None = None
    modes: str = ""


class Seat(NamedTuple):
    """A room's name, its instance, and whether it was closed (+i, +k, +s)."""

    room: str
    instance: int
    was_closed: bool


def kept(client: Client, nick: str = "") -> KeptVisit:
    """Return what is to be restored of a client; `nick` is the one it is about to have. The client's own thread."""
    return KeptVisit(
        client.visit,
        nick or client.nick,
        client.user,
        client.realname,
        client.host,
        client.account,
        proof_of(client.login),
        client.away,
        lasting_modes(client.modes),
    )


def lasting_modes(modes: Iterable[str]) -> str:
    """Return the letters of the user modes that are restored."""
    return "".join(sorted(set(modes) - {IRC_OPERATOR.letter}))


def proof_of(login: Credentials | None) -> str:
    """Return a hash that identifies credentials and reveals nothing about them; '' for none."""
    if login is None:
        return ""
    return hashlib.sha256(b"%b %b %b" % (login.account_id.encode(), login.salt, login.stored_key)).hexdigest()
