"""Logging in to an account, whatever the command (SASL, REGISTER)."""

from __future__ import annotations

from chatcore.commands.context import Context, Local
from chatcore.commands.profiles import profile_of, settle
from chatcore.protocol import numerics as num
from chatcore.state.credentials import Credentials
from chatcore.state.facts import AccountChanged
from chatcore.state.notes import Noted, NoteKind
from chatcore.state.requests import WaitingRequested
from chatcore.state.steps import LoggedIn


def note_proven(ctx: Context, invitation: str = "") -> None:
    """Note that the client has proven a password (an account's or the server's) or an invitation."""
    if ctx.registration.prove(invitation):
        ctx.services.note_proven(ctx.client, invitation)


def reply_login(ctx: Context, proven: Credentials) -> None:
    """Reply 900: the client is about to be logged in to the account."""
    account = proven.account or ""
    source = ctx.client.source or f"{ctx.registration.nick or '*'}!*@{ctx.client.host}"
    ctx.reply(num.RPL_LOGGEDIN, source, account, f"You are now logged in as {account}")


def log_in(ctx: Context, proven: Credentials, *, is_new: bool = False) -> None:
    """Log the client in to the account, which it may have just made. The last act of a command."""
    if ctx.client.is_registered:
        ctx.carry(LoggedIn(proven, is_new))
        return
    ctx.client.login = proven
    if is_new:
        ctx.publish(_made(ctx, proven))


def take_login(ctx: Context, step: LoggedIn, local: Local | None) -> None:
    """Log in a registered client, and publish that with its metadata from now on."""
    client, proven = ctx.client, step.proven
    client.login = proven
    made = (_made(ctx, proven),) if step.is_new else ()
    changed = AccountChanged(client.id, proven.account, proven.account_id)
    waiting = WaitingRequested(client.id)
    settle(ctx, profile_of(ctx), lambda metadata: ctx.publish(*made, changed, *metadata, waiting))


def _made(ctx: Context, proven: Credentials) -> Noted:
    return Noted(NoteKind.REGISTER, (proven.account or "", ctx.client.address))
