"""The identities of clients and nicks in the archive, for all commands that read history."""

from __future__ import annotations

from collections.abc import Mapping

from chatcore.commands.context import Context
from chatcore.protocol.names import casefold
from chatcore.state.client import Client
from chatcore.state.history import Called, Seeker
from chatcore.state.history_identity import account_identity, visit_identity


def seeker_of(ctx: Context) -> Seeker:
    """Return the client as a reader of the archive. The client's own thread, without a lock."""
    as_of = ctx.position  # read before the rooms, which may be newer but not older
    login = ctx.client.login
    account_id = login.account_id if login is not None else ""
    rooms = _rooms(ctx)
    instances = {room: instance for room, (instance, _) in rooms.items()}
    return Seeker(own_identity(ctx), account_id, instances, as_of, called_before(rooms), ctx.client.id)


def identity_of(ctx: Context, nick: str) -> str:
    """Return the identity of the nick's holder or else of the account with this name; '' if there is neither.

    If somebody holds the nick, the accounts are not read. Raises AccountsUnavailable.
    """
    holder = ctx.registry.client(nick)
    if holder is not None:
        return _identity(holder)
    account = ctx.services.keys.account(nick)
    return account_identity(account.account_id) if account is not None else ""


def partner_of(ctx: Context, seeker: Seeker, nick: str) -> str:
    """Return the identity that a nick means in the client's private conversations; '' if it means nobody.

    A nick without holder and account means the partner who had it when the client last talked with them. Waits for
    the archive. Raises AccountsUnavailable, ArchiveUnavailable.
    """
    identity = identity_of(ctx, nick)
    if identity:
        return identity
    named = (known for known in ctx.services.archive.conversations(seeker) if casefold(known.name) == casefold(nick))
    return next((known.identity for known in named), "")


def own_identity(ctx: Context) -> str:
    """Return the client's identity in history."""
    return _identity(ctx.client)


def _identity(client: Client) -> str:
    """Return the identity of a client's account or, without a login, of its visit, as delivery's view does."""
    login = client.login
    return (
        account_identity(login.account_id) if login is not None and login.account_id else visit_identity(client.visit)
    )


def called_before(rooms: Mapping[str, tuple[int, Called]]) -> dict[str, Called]:
    """Return the names of those rooms that were renamed."""
    return {room: called for room, (_, called) in rooms.items() if called.former}


def _rooms(ctx: Context) -> dict[str, tuple[int, Called]]:
    """Return the instances and the names of the rooms that the client is in, by casefolded name."""
    found = {}
    for channel in ctx.registry.channels_of(ctx.client):
        with channel.lock:
            if ctx.client in channel.members:  # it may have been kicked since, and the room created anew
                found[channel.key_name] = channel.instance, Called(channel.name, channel.former_names)
    return found
