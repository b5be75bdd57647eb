"""Who a client is to the archive, and who a nick means there: for all commands that ask what was said before."""

from __future__ import annotations

from collections.abc import Mapping

from chatcore.commands.context import Context
from chatcore.protocol.names import casefold
from chatcore.state.client import Client
from chatcore.state.history import Called, Seeker
from chatcore.state.history_identity import account_identity, visit_identity


def seeker_of(ctx: Context) -> Seeker:
    """Return the client as the archive knows those who ask. The client's own thread, without a lock."""
    as_of = ctx.position  # before the rooms: they are those of then, or of later
    login = ctx.client.login
    account_id = login.account_id if login is not None else ""
    rooms = _rooms(ctx)
    instances = {room: instance for room, (instance, _) in rooms.items()}
    return Seeker(own_identity(ctx), account_id, instances, as_of, called_before(rooms), ctx.client.id)


def identity_of(ctx: Context, nick: str) -> str:
    """Return who has this nick or, if nobody has, whose account has this name; '' if there is neither.

    A nick that somebody has needs no look at the accounts. Raises AccountsUnavailable.
    """
    holder = ctx.registry.client(nick)
    if holder is not None:
        return _identity(holder)
    account = ctx.services.keys.account(nick)
    return account_identity(account.account_id) if account is not None else ""


def partner_of(ctx: Context, seeker: Seeker, nick: str) -> str:
    """Return whose conversation with the client is meant by a nick; '' if nobody's.

    If nobody has it, and no account, it is who was called that when the client last talked with them. Waits for the
    archive. Raises AccountsUnavailable, ArchiveUnavailable.
    """
    identity = identity_of(ctx, nick)
    if identity:
        return identity
    named = (known for known in ctx.services.archive.conversations(seeker) if casefold(known.name) == casefold(nick))
    return next((known.identity for known in named), "")


def own_identity(ctx: Context) -> str:
    """Return who the client is to history."""
    return _identity(ctx.client)


def _identity(client: Client) -> str:
    """Return the account that somebody has logged in to, or else the visit: as delivery's view does."""
    login = client.login
    return (
        account_identity(login.account_id) if login is not None and login.account_id else visit_identity(client.visit)
    )


def called_before(rooms: Mapping[str, tuple[int, Called]]) -> dict[str, Called]:
    """Return those of rooms that had other names."""
    return {room: called for room, (_, called) in rooms.items() if called.former}


def _rooms(ctx: Context) -> dict[str, tuple[int, Called]]:
    """Return the instances of the rooms that the client is in and what they are called, by casefolded name."""
    found = {}
    for channel in ctx.registry.channels_of(ctx.client):
        with channel.lock:
            if ctx.client in channel.members:  # not put out since, with the room made again
                found[channel.key_name] = channel.instance, Called(channel.name, channel.former_names)
    return found
