"""MONITOR: be told when people come and go (https://ircv3.net/specs/extensions/monitor)."""

from __future__ import annotations

from chatcore.commands.bounds import MAX_MONITORED
from chatcore.commands.context import Context
from chatcore.errors import CommandError
from chatcore.protocol import numerics as num
from chatcore.protocol.message import Message
from chatcore.protocol.names import casefold
from chatcore.protocol.wrap import bytes_left, join_words
from chatcore.state.requests import MonitorChanged, MonitorRequested


def handle_monitor(ctx: Context, message: Message) -> None:
    """MONITOR +, -, C, L and S."""
    handler = _SUBCOMMANDS.get(message.params[0].upper())
    if handler is None:
        raise CommandError(num.ERR_UNKNOWNERROR, "MONITOR", "MONITOR + - C L or S")
    handler(ctx, message.params[1].split(",") if len(message.params) > 1 else [])


def asks_monitored(message: Message) -> bool:
    """Return whether MONITOR changes nothing."""
    return message.params[0].upper() not in _CHANGES


def _add(ctx: Context, nicks: list[str]) -> None:
    monitored = ctx.client.monitored
    added = []
    for index, nick in enumerate(nicks):
        folded = casefold(nick)
        if not nick or folded in monitored:
            continue
        if len(monitored) >= MAX_MONITORED:
            ctx.reply(num.ERR_MONLISTFULL, str(MAX_MONITORED), ",".join(nicks[index:]), "Monitor list is full")
            break
        monitored[folded] = nick
        added.append(nick)
    if added:
        ctx.publish(MonitorChanged(ctx.client.id, tuple(added), ()))


def _remove(ctx: Context, nicks: list[str]) -> None:
    removed = tuple(nick for nick in nicks if ctx.client.monitored.pop(casefold(nick), None) is not None)
    if removed:
        ctx.publish(MonitorChanged(ctx.client.id, (), removed))


def _clear(ctx: Context, nicks: list[str]) -> None:
    _remove(ctx, list(ctx.client.monitored))


def _list(ctx: Context, nicks: list[str]) -> None:
    left = bytes_left(ctx.config.server_name, num.RPL_MONLIST, ctx.client.nick)
    for line in join_words(ctx.client.monitored.values(), ",", left):
        ctx.reply(num.RPL_MONLIST, line)
    ctx.reply(num.RPL_ENDOFMONLIST, "End of MONITOR list")


def _status(ctx: Context, nicks: list[str]) -> None:
    if ctx.client.monitored:
        ctx.publish(MonitorRequested(ctx.client.id, tuple(ctx.client.monitored.values())))


_CHANGES = ("+", "-", "C")
_SUBCOMMANDS = {"+": _add, "-": _remove, "C": _clear, "L": _list, "S": _status}
