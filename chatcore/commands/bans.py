"""Bans from the tracker, for IRC operators: KLINE, UNKLINE, STATS k. The console has the same bans."""

from __future__ import annotations

from chatcore.commands.bounds import MAX_REASON_CHARS
from chatcore.commands.context import Context
from chatcore.commands.operators import check_operator
from chatcore.errors import ChatError, CommandError
from chatcore.protocol import numerics as num
from chatcore.protocol.message import Message
from chatcore.state.notes import Noted, NoteKind

MAX_LISTED = 500


def handle_kline(ctx: Context, message: Message) -> None:
    """KLINE: ban a username, address or network and disconnect its clients; without parameters, list the bans."""
    check_operator(ctx)
    if not message.params:
        _list_bans(ctx)
        return
    ban, reason = message.params[0], " ".join(message.params[1:])[:MAX_REASON_CHARS]
    client, services = ctx.client, ctx.services
    if services.bans.covers(ban, client.nick, client.host):
        raise CommandError("FAIL", "KLINE", "COVERS_YOU", ban, "That would ban you as well, so nothing was done")
    try:
        is_new = services.bans.add(ban)
    except ChatError as error:
        raise CommandError("FAIL", "KLINE", "NOT_BANNED", ban, str(error)) from None
    if not is_new:
        raise CommandError("FAIL", "KLINE", "BANNED_ALREADY", ban, "That is already banned")
    covered = services.covered(ban)
    _tell(ctx, f"{ban} is banned; {len(covered)} disconnected")
    address = covered[0].host if len(covered) == 1 else client.host
    if address != client.host and not services.bans.covers(ban, "", address):
        _tell(ctx, f"They came from {address}: KLINE {address} keeps that address out, too")
    ctx.publish(Noted(NoteKind.BAN, (ban, client.nick), reason or None))
    for who in covered:
        services.disconnect(who, f"Banned ({client.nick} ({reason}))" if reason else f"Banned ({client.nick})")


def asks_bans(message: Message) -> bool:
    """Return whether KLINE only asks for the list."""
    return not message.params


def handle_unkline(ctx: Context, message: Message) -> None:
    """UNKLINE: lift a ban."""
    check_operator(ctx)
    ban = message.params[0]
    try:
        was_banned = ctx.services.bans.remove(ban)
    except ChatError as error:
        raise CommandError("FAIL", "UNKLINE", "NOT_LIFTED", ban, str(error)) from None
    if not was_banned:
        raise CommandError("FAIL", "UNKLINE", "NOT_BANNED", ban, "That is not banned")
    _tell(ctx, f"{ban} is no longer banned")
    ctx.publish(Noted(NoteKind.UNBAN, (ban, ctx.client.nick)))


def handle_stats(ctx: Context, message: Message) -> None:
    """STATS: k lists the bans; other letters list nothing."""
    letter = message.params[0][:1]
    if letter in ("k", "K"):
        check_operator(ctx)
        _list_bans(ctx, letter)
    else:
        ctx.reply(num.RPL_ENDOFSTATS, letter, "End of STATS report")


def _list_bans(ctx: Context, letter: str = "k") -> None:
    bans = ctx.services.bans.all()
    for ban in bans[:MAX_LISTED]:
        ctx.reply(num.RPL_STATSKLINE, "K", ban, "is banned from this tracker")
    rest = f": the first {MAX_LISTED} of {len(bans)}" if len(bans) > MAX_LISTED else ""
    ctx.reply(num.RPL_ENDOFSTATS, letter, f"End of STATS report{rest}")


def _tell(ctx: Context, text: str) -> None:
    ctx.reply("NOTICE", ctx.client.nick, text)
