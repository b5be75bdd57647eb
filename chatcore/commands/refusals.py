"""Refusals that several commands share."""

from __future__ import annotations

from chatcore.commands.context import Context
from chatcore.commands.services import Verdict
from chatcore.errors import CommandError, Leave
from chatcore.protocol import numerics as num
from chatcore.state.notes import LoginProblem, login_refused
from chatcore.state.requests import Reply

ACCOUNTS_REFUSAL = "Accounts cannot be read just now, try again in a moment"
LOG_REFUSAL = "Nothing is accepted while the log cannot be written"


def refuse_login(ctx: Context, verdict: Verdict, problem: LoginProblem, reason: str, reply: Reply) -> None:
    """Answer wrong credentials, after a delay that grows with the address's failures, and note `reason` in the log.

    Credentials that were not compared do not count as wrong. Raises Leave after too many failures.
    """
    if verdict.refusal:
        reply = (*reply[:-1], verdict.refusal)
    ctx.client.credit.pause(verdict.hold_s)
    _refuse(ctx, problem, verdict.noted(reason), reply, is_counted=not verdict.refusal)


def refuse_invitation(ctx: Context, invitation: str, refusal: str, reply: Reply, nick: str = "") -> None:
    """Answer an invitation that is no longer valid, which is not a guess, and note its id in the log.

    `nick` is the nick under which the client was about to come in. Raises Leave after too many, because each attempt is
    a line in the log.
    """
    ctx.registration.refusal = refusal
    _refuse(ctx, LoginProblem.INVITATION, invitation_reason(invitation, refusal), reply, nick)


def _refuse(
    ctx: Context, problem: LoginProblem, reason: str, reply: Reply, nick: str = "", *, is_counted: bool = True
) -> None:
    limit = ctx.config.limits.max_failed_logins
    ctx.registration.failed_logins += is_counted
    ctx.reply(*reply)
    nick = nick or ctx.client.nick or ctx.registration.nick or "*"
    ctx.publish(login_refused(problem, nick, ctx.client.address, reason))
    if limit and ctx.registration.failed_logins >= limit:
        raise Leave("Too many failed logins")


def invitation_reason(invitation: str, refusal: str) -> str:
    """Return the reason for the log why the invitation with this id is refused."""
    return refusal.partition(":")[0].replace("That invitation", f"invitation {invitation}", 1)


def no_such_nick(target: str) -> CommandError:
    """Refuse a nick or address that nobody here has."""
    return CommandError(num.ERR_NOSUCHNICK, target or "*", "Nobody here has that username or address")


def no_such_channel(name: str) -> CommandError:
    """Refuse a channel that does not exist."""
    return CommandError(num.ERR_NOSUCHCHANNEL, name or "*", "There is no such room")


def not_on_channel(name: str) -> CommandError:
    """Refuse a client that is not a member of the channel."""
    return CommandError(num.ERR_NOTONCHANNEL, name, "You are not in that room")


def not_operator(name: str) -> CommandError:
    """Refuse a client that is not an operator of the channel."""
    return CommandError(num.ERR_CHANOPRIVSNEEDED, name, "Only the room's operators (@) may do that")


def not_a_member(nick: str, name: str) -> CommandError:
    """Refuse a person who is not a member of the channel."""
    return CommandError(num.ERR_USERNOTINCHANNEL, nick, name, "They are not in that room")


def too_many_targets(given: str, limit: int) -> CommandError:
    """Refuse too many comma-separated targets."""
    return CommandError(num.ERR_TOOMANYTARGETS, given.partition(",")[0], f"At most {limit} targets at once")
