"""Registration and leaving: PASS, NICK, USER, SETNAME, PING, PONG, QUIT.

https://modern.ircdocs.horse/#connection-messages. The password comes first. A nick is claimed only once everything else
is there; until then NICK merely checks it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import NoReturn

from chatcore.commands.admitting import admitted
from chatcore.commands.bounds import MAX_REALNAME_CHARS, MAX_REASON_CHARS
from chatcore.commands.context import Context, Local
from chatcore.commands.entry_checks import (
    TAKEN_NICK,
    WRONG_PASSWORD,
    Bar,
    Barred,
    await_free,
    check_entry,
    check_owner,
    check_password,
    is_logged_in_as,
)
from chatcore.commands.invitations import Redeemed
from chatcore.commands.powers import speech_refusal_locked
from chatcore.commands.refusals import ACCOUNTS_REFUSAL, refuse_invitation, refuse_login
from chatcore.commands.resumption import take_up
from chatcore.commands.services import Verdict
from chatcore.commands.welcome import welcome
from chatcore.errors import CommandError, Leave
from chatcore.protocol import numerics as num
from chatcore.protocol.message import Message
from chatcore.protocol.names import casefold, nick_problem, user_ident
from chatcore.state.facts import RealnameChanged, Renamed
from chatcore.state.notes import LoginProblem, login_refused
from chatcore.state.steps import Quitting, Renaming

_SUFFIXES = tuple(f"-{number}" for number in range(2, 10))
"""Added to a nick whose owner is here more than once."""


def handle_pass(ctx: Context, message: Message) -> None:
    """PASS: note a right password, or end the connection if it is wrong. Ignored if the server has no password."""
    if ctx.client.is_registered:
        raise CommandError(num.ERR_ALREADYREGISTERED, "You are already registered")
    if not ctx.services.keys.needs_password:
        return
    proof = check_password(ctx.services, ctx.client, message.params[0])
    if proof.refusal:
        _refuse_invited(ctx, proof.invitation, proof.refusal)
    if not proof.verdict.is_right:
        refuse_password(ctx, proof.verdict)
    ctx.registration.prove(proof.invitation)


def refuse_password(ctx: Context, verdict: Verdict) -> NoReturn:
    """Answer a wrong or missing password, note it for the operator, and raise Leave."""
    refuse_login(ctx, verdict, LoginProblem.PASSWORD, WRONG_PASSWORD.lower(), (num.ERR_PASSWDMISMATCH, WRONG_PASSWORD))
    raise Leave(verdict.refusal or WRONG_PASSWORD)


def _refuse_invited(ctx: Context, invitation: str, refusal: str, nick: str = "") -> NoReturn:
    refuse_invitation(ctx, invitation, refusal, (num.ERR_PASSWDMISMATCH, refusal), nick)
    raise Leave(refusal)


def handle_nick(ctx: Context, message: Message) -> None:
    """NICK: choose or change the nick."""
    nick = message.params[0] if message.params else ""
    if not nick:
        raise CommandError(num.ERR_NONICKNAMEGIVEN, "No username given")
    problem = nick_problem(nick, ctx.config.max_name_length)
    if problem:
        raise CommandError(num.ERR_ERRONEUSNICKNAME, nick, problem)
    is_stranger = ctx.services.keys.needs_password and not ctx.registration.is_proven
    banned = None if is_stranger else ctx.services.ban_on(nick, ctx.client.host)
    if banned:
        raise CommandError(num.ERR_ERRONEUSNICKNAME, nick, banned)
    if ctx.client.is_registered:
        _ask_to_rename(ctx, nick)
        return
    if ctx.registration.resumed and ctx.registration.nick:
        return  # the resumed visit has its nick
    if not is_stranger and not _may_be_owner(ctx, nick):
        with _barring(ctx, nick):
            await_free(ctx.services, ctx.registry, ctx.client, nick)
    ctx.registration.nick = nick  # a stranger learns nothing more about it
    complete_registration(ctx)


def handle_user(ctx: Context, message: Message) -> None:
    """USER: give the username and real name, for WHOIS."""
    if ctx.client.is_registered:
        raise CommandError(num.ERR_ALREADYREGISTERED, "You are already registered")
    if not message.params[3]:
        raise CommandError(num.ERR_NEEDMOREPARAMS, "USER", "The real name cannot be empty")
    if ctx.registration.resumed:
        return  # the resumed visit has it
    ctx.registration.user = user_ident(message.params[0])
    ctx.client.realname = message.params[3][:MAX_REALNAME_CHARS]
    complete_registration(ctx)


def complete_registration(ctx: Context) -> None:
    """Claim the nick and let the client in, once it has sent all of password, NICK, USER and CAP END."""
    wanted = ctx.registration
    client = ctx.client
    if not wanted.nick or not wanted.user or wanted.is_negotiating:
        return
    if ctx.services.keys.needs_password and not wanted.is_proven:
        _refuse_unproven(ctx)
    client.user = wanted.user
    client.shown_host = ctx.services.shown_host(client)
    chosen, wanted.nick = wanted.nick, ""
    nick = chosen
    with _barring(ctx, nick):
        check_entry(ctx.services, ctx.registry, client, nick)
        if wanted.resumed is not None:
            take_up(ctx)
        while not _arrive(ctx, chosen, nick):
            nick = _await_nick(ctx, chosen)
    # A ban is saved before its clients are looked up, so either the look-up finds this client, or this check the ban.
    if banned := ctx.services.ban_on(nick, client.host):
        raise Leave(banned)


def _await_nick(ctx: Context, nick: str) -> str:
    """Wait until a nick is free, and return it, or a variation of it for an owner who is here more than once.

    Raises Barred if somebody else keeps the nick, AccountsUnavailable.
    """
    client = ctx.client
    try:
        await_free(ctx.services, ctx.registry, client, nick)
    except Barred:
        if not is_logged_in_as(client, nick) or not (other := _variation(ctx, nick)):
            raise
        return other
    return nick


def _variation(ctx: Context, nick: str) -> str:
    """Return a free nick that is this one with a suffix; '' if there is none. Raises AccountsUnavailable."""
    longest = ctx.config.max_name_length
    for suffix in _SUFFIXES:
        other = nick[: longest - len(suffix)] + suffix
        is_free = ctx.registry.client(other) is None and ctx.services.keys.account(other) is None
        if is_free and not nick_problem(other, longest) and not ctx.services.ban_on(other, ctx.client.host):
            return other
    return ""


def _arrive(ctx: Context, chosen: str, nick: str) -> bool:
    """Take the nick and let the client in; return False if somebody has it."""
    redeemed, lines = _redeem(ctx, nick), welcome(ctx, nick)
    if nick != chosen:  # after the welcome, because clients show nothing before it
        lines.append(("NOTICE", nick, f"You are already here as {chosen}, so this connection is {nick}"))
    has_come = False
    try:
        has_come = ctx.carry(admitted(ctx, nick), Local(tuple(lines)))
    finally:
        if not has_come:
            _take_back(ctx, nick, redeemed)
    return has_come


def _take_back(ctx: Context, nick: str, redeemed: Redeemed) -> None:
    """Withdraw the token and the counted invitation use of a client that did not come in after all."""
    ctx.services.resumption.withdraw(ctx.client)
    if redeemed.is_new:
        ctx.services.invitations.give_back(ctx.registration.invitation, nick, ctx.client.block)


def _redeem(ctx: Context, nick: str) -> Redeemed:
    """Count a client that is about to come in by an invitation. Raises Leave if the invitation is no longer valid.

    The count is written to a file at once: a kill -9 may cost a use, but never gives one back.
    """
    invitation = ctx.registration.invitation
    if not invitation:
        return Redeemed("")
    redeemed = ctx.services.invitations.redeem(invitation, nick, ctx.client.block)
    if redeemed.refusal:
        _refuse_invited(ctx, invitation, redeemed.refusal, nick)
    return redeemed


def handle_setname(ctx: Context, message: Message) -> None:
    """SETNAME: change the client's real name (https://ircv3.net/specs/extensions/setname)."""
    realname = message.params[0]
    if not realname or len(realname) > MAX_REALNAME_CHARS:
        text = f"A real name has from 1 to {MAX_REALNAME_CHARS} characters"
        raise CommandError("FAIL", "SETNAME", "INVALID_REALNAME", text)
    ctx.client.realname = realname
    ctx.publish(RealnameChanged(ctx.client.id, realname))


def handle_ping(ctx: Context, message: Message) -> None:
    """PING: answer, after everything that this client's earlier commands caused."""
    if not message.params or not message.params[0]:
        raise CommandError(num.ERR_NOORIGIN, "No origin given")
    ctx.reply("PONG", ctx.config.server_name, message.params[0])


def handle_pong(ctx: Context, message: Message) -> None:
    """PONG: do nothing. That the line arrived was noted when it was read."""


def handle_quit(ctx: Context, message: Message) -> None:
    """QUIT: leave the tracker. All rooms see the same reason, so it is dropped if the client may not speak in one."""
    text = message.params[0][:MAX_REASON_CHARS] if message.params else ""
    if text and ctx.client.is_registered and not ctx.carry(Quitting(text)):
        text = ""
    raise Leave(f"Quit: {text}" if text else "Quit")


def say_last(ctx: Context, step: Quitting, local: Local | None) -> bool:
    """Check that the client may give this reason in all its rooms; return False if not."""
    with ctx.registry.hold_channels_of(ctx.client) as channels:
        refusals = [speech_refusal_locked(ctx, channel, step.text) for channel in channels]
    return not any(refusals)


def _refuse_unproven(ctx: Context) -> NoReturn:
    if ctx.registration.is_unheard:
        raise Leave(ACCOUNTS_REFUSAL)
    if refusal := ctx.registration.refusal:  # told before: going on regardless is not a guess
        ctx.reply(num.ERR_PASSWDMISMATCH, refusal)
        raise Leave(refusal)
    refuse_password(ctx, Verdict(is_right=False))  # a missing password is not a guess


def _ask_to_rename(ctx: Context, nick: str) -> None:
    client = ctx.client
    if nick == client.nick:
        return
    if casefold(nick) != casefold(client.nick):
        with _barring(ctx, nick):
            check_owner(ctx.services, ctx.registry, client, nick)
        holder = ctx.registry.client(nick)
        if holder is not None:
            ctx.services.probe(holder)
            raise _taken(nick)
    if not ctx.services.may_change_nick(client):
        raise CommandError(num.ERR_NICKTOOFAST, nick, "You are changing your username too often, wait a moment")
    ctx.carry(Renaming(nick))


def rename(ctx: Context, step: Renaming, local: Local | None) -> None:
    """Change the client's nick, unless a room or another client prevents it. Raises CommandError."""
    client, nick = ctx.client, step.nick
    with ctx.registry.hold_channels_of(client) as channels:
        for channel in channels:
            if refusal := channel.rename_refusal_locked(client, nick):
                raise CommandError(*refusal)
        if not ctx.registry.rename(client, nick, lambda: ctx.publish(Renamed(client.id, nick))):
            raise _taken(nick)


def _taken(nick: str) -> CommandError:
    return CommandError(num.ERR_NICKNAMEINUSE, nick, TAKEN_NICK)


@contextlib.contextmanager
def _barring(ctx: Context, nick: str) -> Iterator[None]:
    """Translate Barred: raise CommandError for a nick that the client cannot have, Leave if it may not come in."""
    try:
        yield
    except Barred as barred:
        if barred.bar is Bar.BAN:
            ctx.reply(num.ERR_YOUREBANNEDCREEP, str(barred))
            ctx.publish(login_refused(LoginProblem.BAN, nick, ctx.client.address, "banned"))
        if barred.bar in (Bar.BAN, Bar.LOG):
            raise Leave(str(barred)) from None
        ctx.registration.refused_nick = nick
        raise CommandError(num.ERR_NICKNAMEINUSE, nick, str(barred)) from None


def _may_be_owner(ctx: Context, nick: str) -> bool:
    """Return whether the client has logged in to the nick's account, or may still do so before CAP END.

    If so, it does not matter yet who holds the nick: most clients send NICK before they log in.
    """
    if is_logged_in_as(ctx.client, nick):
        return True
    return ctx.registration.is_negotiating and ctx.services.keys.account(nick) is not None
