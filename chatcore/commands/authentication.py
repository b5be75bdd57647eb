"""What a login to an account comes to, by whichever command (SASL, REGISTER)."""

from __future__ import annotations

from chatcore.commands.context import Context
from chatcore.protocol import numerics as num
from chatcore.state.credentials import Credentials
from chatcore.state.events import Event
from chatcore.state.facts import AccountChanged
from chatcore.state.requests import WaitingRequested


def note_proven(ctx: Context) -> None:
    """Note that the client has proven a password, of an account or the server's."""
    if not ctx.registration.is_proven:
        ctx.registration.is_proven = True
        ctx.services.note_proven(ctx.client)


def log_in(ctx: Context, proven: Credentials) -> tuple[Event, ...]:
    """Log the client in to the account and reply 900; return what is to be published, which is nothing before it is in.

    The client's own thread.
    """
    client = ctx.client
    client.login, account = proven, proven.account or ""
    source = client.source or f"{ctx.registration.nick or '*'}!*@{client.host}"
    ctx.reply(num.RPL_LOGGEDIN, source, account, f"You are now logged in as {account}")
    if not client.is_registered:
        return ()
    return (AccountChanged(client.id, account, proven.account_id), WaitingRequested(client.id))
