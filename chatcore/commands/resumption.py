"""RESUME: resume a visit whose connection was lost (docs/resume.md).

A valid token replaces the password and the login that the visit came in with.
"""

from __future__ import annotations

from collections.abc import Callable

from chatcore.commands.context import Context
from chatcore.commands.refusals import refuse_login
from chatcore.commands.services import Verdict
from chatcore.errors import AccountsUnavailable, CommandError, Leave
from chatcore.protocol import numerics as num
from chatcore.protocol.capabilities import RESUME
from chatcore.protocol.message import Message
from chatcore.state.credentials import Credentials
from chatcore.state.kept_visit import KeptVisit
from chatcore.state.notes import LoginProblem
from chatcore.state.requests import Reply

Handler = Callable[[Context, Message], None]

_OVER = "There is no visit to resume: go on as a new visitor"
_ENDED = "The visit that you were resuming has ended: connect again as a new visitor"


def handle_resume(ctx: Context, message: Message) -> None:
    """RESUME: resume a visit by its token, before registration is complete."""
    client, registration = ctx.client, ctx.registration
    if client.is_registered:
        raise _failure("REGISTRATION_IS_COMPLETED", "You are already registered")
    if not client.capabilities & RESUME:
        raise _failure("NOT_NEGOTIATED", "Request the capability chatcore/resume first")
    if registration.resumed is not None:
        raise _failure("INVALID_TOKEN", "You are already resuming a visit")
    token, found = message.params[0], list[tuple[KeptVisit, Credentials | None]]()
    problems = list[AccountsUnavailable]()

    def is_right() -> bool:
        try:
            kept = ctx.services.resumption.find(token, client)
        except AccountsUnavailable as problem:  # that does not make the token wrong
            problems.append(problem)
            return True
        found.extend([kept] if kept is not None else [])
        return bool(found) or ctx.services.resumption.was_good(token)

    verdict = ctx.services.guess(client, is_right)
    if problems:
        raise problems[0]
    if not found:
        _refuse(ctx, verdict)
        return
    _accept(ctx, *found[0])


def noting(handler: Handler) -> Handler:
    """Return a handler that also records the client's new state if its visit may be resumed."""

    def handle(ctx: Context, message: Message) -> None:
        handler(ctx, message)
        note(ctx)

    return handle


def note(ctx: Context) -> None:
    """Record the client's new state, if its visit may be resumed."""
    if ctx.client.capabilities & RESUME and ctx.client.is_registered:
        ctx.services.resumption.note(ctx.client)


def take_up(ctx: Context) -> None:
    """Make the client the resumed visit, after waiting for the visit's old connection to end.

    Raises Leave if that connection does not end, or if the visit has ended since RESUME, so that its token proves
    nothing any more; AccountsUnavailable.
    """
    client, registration = ctx.client, ctx.registration
    assert registration.resumed is not None
    last = ctx.services.resumption.take(client, registration.resumed)
    if last is None:
        ctx.reply(*_failure("INVALID_TOKEN", _ENDED).reply)
        raise Leave(_ENDED)
    registration.resumed = last
    client.visit, client.user, client.realname = last.visit, last.user, last.realname
    client.modes = frozenset(last.modes)
    if client.away is None:
        client.away = last.away


def token_lines(ctx: Context, nick: str) -> list[Reply]:
    """Return the line that tells a client its next token. The client has this nick, or is about to get it."""
    token = ctx.services.resumption.give(ctx.client, nick)
    return [("RESUME", "TOKEN", token)] if token else []


def away_lines(ctx: Context) -> list[Reply]:
    """Return the line that tells a client that it is still away, as the resumed visit was."""
    resumed = ctx.registration.resumed
    is_away = resumed is not None and resumed.away is not None
    return [(num.RPL_NOWAWAY, "You have been marked as being away")] if is_away else []


def _accept(ctx: Context, kept: KeptVisit, login: Credentials | None) -> None:
    """Give the client the visit's identity, with which registration goes on."""
    client, registration = ctx.client, ctx.registration
    if login is not None:
        client.login = login
    if registration.prove():
        ctx.services.note_proven(client)
    registration.resumed = kept
    registration.nick, registration.user = kept.nick, kept.user
    client.realname = kept.realname
    ctx.reply("RESUME", "SUCCESS", kept.nick)


def _refuse(ctx: Context, verdict: Verdict) -> None:
    """Refuse a token. One that was valid once is not a guess, and is not logged."""
    refusal = _failure("INVALID_TOKEN", _OVER)
    if verdict.is_right:
        raise refusal
    refuse_login(ctx, verdict, LoginProblem.RESUME, "RESUME: no such token", refusal.reply)


def _failure(code: str, text: str) -> CommandError:
    return CommandError("FAIL", "RESUME", code, text)
