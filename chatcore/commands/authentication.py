"""What a login to an account comes to, by whichever command (SASL, REGISTER)."""

from __future__ import annotations

from chatcore.commands.context import Context
from chatcore.commands.profiles import profile_of, settle
from chatcore.protocol import numerics as num
from chatcore.state.credentials import Credentials
from chatcore.state.events import Event
from chatcore.state.facts import AccountChanged
from chatcore.state.requests import WaitingRequested


def note_proven(ctx: Context, invitation: str = "") -> None:
    """Note that the client has proven a password, of an account or the server's, or else an invitation."""
    if ctx.registration.prove(invitation):
        ctx.services.note_proven(ctx.client, invitation)


def log_in(ctx: Context, proven: Credentials) -> None:
    """Log the client in to the account and reply 900; `publish_login` is to follow. The client's own thread."""
    client = ctx.client
    client.login, account = proven, proven.account or ""
    source = client.source or f"{ctx.registration.nick or '*'}!*@{client.host}"
    ctx.reply(num.RPL_LOGGEDIN, source, account, f"You are now logged in as {account}")


def publish_login(ctx: Context, *before: Event) -> None:
    """Publish `before` and, once the client is in, that it has logged in, and what it says of itself by that."""
    client = ctx.client
    if client.is_registered:
        changed = AccountChanged(client.id, client.account, client.account_id)
        waiting = WaitingRequested(client.id)
        settle(ctx, profile_of(ctx), lambda metadata: ctx.publish(*before, changed, *metadata, waiting))
    elif before:
        ctx.publish(*before)
