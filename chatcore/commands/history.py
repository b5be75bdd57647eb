"""CHATHISTORY: what was said before (https://ircv3.net/specs/extensions/chathistory)."""

from __future__ import annotations

from chatcore.commands.context import Context
from chatcore.errors import CommandError
from chatcore.protocol.message import Message
from chatcore.state.events import HistoryRequested


def handle_chathistory(ctx: Context, message: Message) -> None:
    """CHATHISTORY LATEST <channel> * <limit>: the last messages of a channel that the client is in."""
    subcommand = message.params[0].upper()
    if subcommand != "LATEST" or len(message.params) < 4:
        raise CommandError("FAIL", "CHATHISTORY", "INVALID_PARAMS", subcommand, "LATEST <channel> * <limit>")
    _, name, reference, limit = message.params[:4]
    if reference != "*" or not (limit.isascii() and limit.isdigit() and int(limit) > 0):
        raise CommandError("FAIL", "CHATHISTORY", "INVALID_PARAMS", subcommand, "LATEST <channel> * <limit>")
    channel = ctx.registry.channel(name)
    if channel is None or channel not in ctx.client.channels:
        raise CommandError("FAIL", "CHATHISTORY", "INVALID_TARGET", subcommand, name, "You are not in that room")
    ctx.publish(HistoryRequested(ctx.client.id, channel.name, min(int(limit), ctx.config.history)))
