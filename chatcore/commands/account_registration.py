"""REGISTER and VERIFY: people make their own accounts (https://ircv3.net/specs/extensions/account-registration).

Only if the operator allows it (`registration`). An account is made for the nick that the client has at the moment. No
e-mail address is required, and one that is given is neither checked nor stored, so there is never anything to verify.
"""

from __future__ import annotations

from typing import NoReturn

from chatcore.commands.authentication import log_in, note_proven, reply_login
from chatcore.commands.context import Context
from chatcore.commands.refusals import LOG_REFUSAL
from chatcore.errors import AccountsUnavailable, ChatError, CommandError
from chatcore.protocol.message import Message
from chatcore.protocol.names import casefold
from chatcore.state.credentials import Credentials

_CLOSED = "Only the operator of this tracker makes accounts: ask for one there"
_NO_ACCOUNTS = "No account can be made at the moment, try again soon"


def handle_register(ctx: Context, message: Message) -> None:
    """REGISTER: make an account for the client's nick, and log in to it."""
    account, email, password = message.params[:3]
    name = _free_name(ctx, account)
    try:
        _check_chosen(ctx, name, password)
        made = _make(ctx, name, password)
    except AccountsUnavailable:
        _refuse("REGISTER", "TEMPORARILY_UNAVAILABLE", name, _NO_ACCOUNTS)
    note_proven(ctx)
    kept = "" if email == "*" else "; your e-mail address is not needed and was not stored"
    ctx.reply("REGISTER", "SUCCESS", name, f"Account {name} created: log in to it from now on{kept}")
    reply_login(ctx, made)
    log_in(ctx, made, is_new=True)


def handle_verify(ctx: Context, message: Message) -> None:
    """VERIFY: refuse, because there is nothing to verify."""
    account = message.params[0]
    _check_open(ctx, "VERIFY", account)
    _refuse("VERIFY", "INVALID_CODE", account, "There is nothing to verify here: REGISTER makes an account at once")


def _check_open(ctx: Context, command: str, account: str) -> None:
    """Check that the client may make an account now, and is not logged in yet. Raises CommandError."""
    policy = ctx.config.registration
    if policy == "closed":
        _refuse(command, "DISALLOWED", account, _CLOSED)
    if policy != "before-connect" and not ctx.client.is_registered:
        _refuse(command, "COMPLETE_CONNECTION_REQUIRED", account, "Come in first, then make an account")
    if ctx.registration.invitation and not ctx.client.is_registered:  # only entering uses the invitation up
        _refuse(command, "COMPLETE_CONNECTION_REQUIRED", account, "Come in first, then make an account")
    if ctx.client.login is not None:
        words = f"You are already logged in as {ctx.client.account}"
        _refuse(command, "ALREADY_AUTHENTICATED", account, words)


def _free_name(ctx: Context, account: str) -> str:
    """Return the name of the account that the client may make: its nick. Raises CommandError."""
    _check_open(ctx, "REGISTER", account)
    nick = ctx.client.nick or ctx.registration.nick
    if not nick:
        if refused := ctx.registration.refused_nick:
            raise _taken(refused)
        _refuse("REGISTER", "NEED_NICK", "*", "Choose a username first (NICK): the account will have that name")
    if ctx.services.keys.needs_password and not (ctx.client.is_registered or ctx.registration.is_proven):
        _refuse("REGISTER", "PASSWORD_REQUIRED", account, "Give the password of the chat first (PASS)")
    if account != "*" and casefold(account) != casefold(nick):
        words = f"You can make an account only for your current username, {nick}: change that first (NICK)"
        _refuse("REGISTER", "ACCOUNT_NAME_MUST_BE_NICK", account, words)
    banned = ctx.services.ban_on(nick, ctx.client.host)
    if banned:
        _refuse("REGISTER", "DISALLOWED", nick, banned)
    return nick


def _check_chosen(ctx: Context, name: str, password: str) -> None:
    """Check that an account with this name and password could be made. Raises CommandError, AccountsUnavailable."""
    if not ctx.services.is_log_writable:
        _refuse("REGISTER", "TEMPORARILY_UNAVAILABLE", name, LOG_REFUSAL)
    if ctx.services.keys.account(name) is not None or not _is_free(ctx, name):
        raise _taken(name)
    if problem := ctx.services.registrar.password_problem(password):
        _refuse("REGISTER", "UNACCEPTABLE_PASSWORD", name, _sentence(problem))
    if weakness := ctx.services.registrar.password_weakness(password, name):
        _refuse("REGISTER", "WEAK_PASSWORD", name, _sentence(weakness))


def _make(ctx: Context, name: str, password: str) -> Credentials:
    """Make the account; wait for a turn to derive a key, and for the disk. Raises CommandError, AccountsUnavailable."""
    try:
        made = ctx.services.registrar.make(ctx.client, name, password, lambda: _is_free(ctx, name))
    except AccountsUnavailable:
        raise
    except ChatError as error:
        _refuse("REGISTER", "TEMPORARILY_UNAVAILABLE", name, str(error))
    if made is None:
        raise _taken(name)
    return made


def _taken(name: str) -> CommandError:
    words = f"{name} is already taken: log in, or choose another username"
    return CommandError("FAIL", "REGISTER", "ACCOUNT_EXISTS", name, words)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _is_free(ctx: Context, name: str) -> bool:
    """Return whether nobody else has the nick. Before registration the client itself may not have it yet."""
    return ctx.registry.client(name) in (None, ctx.client)


def _refuse(command: str, code: str, account: str, words: str) -> NoReturn:
    raise CommandError("FAIL", command, code, account, words)
