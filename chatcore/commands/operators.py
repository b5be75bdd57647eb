"""IRC operators: OPER, KILL, WALLOPS (https://modern.ircdocs.horse/#operator-messages)."""

from __future__ import annotations

from chatcore.commands.bounds import MAX_REASON_CHARS
from chatcore.commands.context import Context, Local
from chatcore.commands.refusals import no_such_nick, refuse_login
from chatcore.errors import CommandError
from chatcore.protocol import numerics as num
from chatcore.protocol.message import Message
from chatcore.protocol.modes import IRC_OPERATOR, ModeChange
from chatcore.protocol.wrap import bytes_left, wrap_text
from chatcore.state.facts import Wallops
from chatcore.state.notes import LoginProblem, Noted, NoteKind
from chatcore.state.requests import UserModesChanged
from chatcore.state.steps import Opered


def handle_oper(ctx: Context, message: Message) -> None:
    """OPER: become an IRC operator with credentials from the configuration."""
    name, password = message.params[:2]
    client = ctx.client
    verdict = ctx.services.guess(client, lambda: ctx.services.keys.is_operator(name, password))
    if not verdict.is_right:
        refuse_login(
            ctx, verdict, LoginProblem.OPERATOR, f"OPER {name}", (num.ERR_PASSWDMISMATCH, "Wrong name or password")
        )
        return
    ctx.carry(Opered(name))


def make_operator(ctx: Context, step: Opered, local: Local | None) -> None:
    """Make the client an IRC operator."""
    client = ctx.client
    client.modes |= {IRC_OPERATOR.letter}
    ctx.reply(num.RPL_YOUREOPER, "You are now an IRC operator")
    ctx.publish(
        Noted(NoteKind.OPER, (client.nick, client.address), step.name),
        UserModesChanged(client.id, (ModeChange(True, IRC_OPERATOR.letter),)),
    )


def handle_kill(ctx: Context, message: Message) -> None:
    """KILL: disconnect somebody."""
    check_operator(ctx)
    nick, reason = message.params[0], message.params[1][:MAX_REASON_CHARS]
    target = ctx.registry.client(nick)
    if target is None:
        raise no_such_nick(nick)
    ctx.publish(Noted(NoteKind.KILL, (ctx.client.nick, target.nick), reason))
    ctx.services.disconnect(target, f"Killed ({ctx.client.nick} ({reason}))")


def handle_wallops(ctx: Context, message: Message) -> None:
    """WALLOPS: send a message to everybody with +w, in pieces if it does not fit one line with its source."""
    check_operator(ctx)
    pieces = wrap_text(message.params[0], bytes_left(ctx.client.source, "WALLOPS"))
    ctx.publish(*(Wallops(ctx.client.id, piece) for piece in pieces))


def check_operator(ctx: Context) -> None:
    """Raise CommandError if the client is not an IRC operator."""
    if not ctx.client.is_operator:
        raise CommandError(num.ERR_NOPRIVILEGES, "Only IRC operators may do that")
