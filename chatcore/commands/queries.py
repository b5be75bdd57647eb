"""Asking who and what is here: NAMES, LIST, WHO, WHOIS (https://modern.ircdocs.horse/#user-based-queries)."""

from __future__ import annotations

from chatcore.commands.context import Context
from chatcore.commands.refusals import no_such_nick
from chatcore.commands.targets import split_targets
from chatcore.protocol import numerics as num
from chatcore.protocol.message import Message
from chatcore.protocol.modes import prefixes
from chatcore.protocol.names import is_channel, mask_matches
from chatcore.state.client import Client
from chatcore.state.events import NamesRequested

MAX_WHO_REPLIES = 500


def handle_names(ctx: Context, message: Message) -> None:
    """NAMES: who is in channels; written by delivery, which knows what the client has been told."""
    if not message.params:
        ctx.reply(num.RPL_ENDOFNAMES, "*", "End of names")
        return
    names = split_targets(ctx, message.command, message.params[0])
    found = [(ctx.registry.channel(name), name) for name in names]
    ctx.publish(*(NamesRequested(ctx.client.id, channel.name if channel else name) for channel, name in found))


def handle_list(ctx: Context, message: Message) -> None:
    """LIST: the channels, how many are in each, and their topics."""
    if message.params and is_channel(message.params[0]):
        names = split_targets(ctx, message.command, message.params[0])
        channels = [found for name in names if (found := ctx.registry.channel(name))]
    else:
        channels = sorted(ctx.registry.channels(), key=lambda channel: channel.key_name)
    ctx.reply(num.RPL_LISTSTART, "Channel", "Users  Name")
    for channel in channels:
        with channel.lock:
            if channel.members:
                topic = channel.topic.text if channel.topic else ""
                ctx.reply(num.RPL_LIST, channel.name, str(len(channel.members)), topic)
    ctx.reply(num.RPL_LISTEND, "End of the list of rooms")


def handle_who(ctx: Context, message: Message) -> None:
    """WHO: the members of a channel, or the clients whose nick matches a mask."""
    mask = message.params[0] if message.params else "*"
    if is_channel(mask):
        channel = ctx.registry.channel(mask)
        if channel is not None:
            with channel.lock:
                members = list(channel.members.items())
                inside = ctx.client in channel.members
            for client, letters in members:
                if inside or not client.is_invisible:
                    _reply_who(ctx, channel.name, client, letters)
    else:
        found = [client for client in ctx.registry.clients() if _is_visible(ctx, client) and _matches(mask, client)]
        for client in found[:MAX_WHO_REPLIES]:
            _reply_who(ctx, "*", client, "")
    ctx.reply(num.RPL_ENDOFWHO, mask, "End of WHO list")


def handle_whois(ctx: Context, message: Message) -> None:
    """WHOIS: all there is to know of somebody."""
    nick = message.params[-1] if len(message.params) < 3 else message.params[1]
    target = ctx.registry.client_at(nick)
    if target is None:
        ctx.reply(*no_such_nick(nick).reply)
        ctx.reply(num.RPL_ENDOFWHOIS, nick, "End of WHOIS list")
        return
    name = target.nick
    ctx.reply(num.RPL_WHOISUSER, name, target.user, target.source.rpartition("@")[2], "*", target.realname)
    shared = _channel_words(ctx, target)
    if shared:
        ctx.reply(num.RPL_WHOISCHANNELS, name, " ".join(shared))
    ctx.reply(num.RPL_WHOISSERVER, name, ctx.config.server_name, ctx.config.server_info)
    if target.away is not None:
        ctx.reply(num.RPL_AWAY, name, target.away)
    ctx.reply(num.RPL_WHOISHOST, name, f"is connecting from {target.address}")
    idle = max(0, int(ctx.tracker.now() - target.active_at))
    ctx.reply(num.RPL_WHOISIDLE, name, str(idle), str(int(target.connected_at)), "seconds idle, signon time")
    ctx.reply(num.RPL_ENDOFWHOIS, name, "End of WHOIS list")


def _channel_words(ctx: Context, target: Client) -> list[str]:
    """Return the channels of somebody, with prefixes: all of them unless the person is invisible to the asker."""
    words = []
    for channel in sorted(target.channels, key=lambda channel: channel.key_name):
        with channel.lock:
            letters = channel.members.get(target)
            if letters is not None and (not target.is_invisible or ctx.client in channel.members):
                words.append(prefixes(letters)[:1] + channel.name)
    return words


def _is_visible(ctx: Context, client: Client) -> bool:
    return not client.is_invisible or client is ctx.client or not client.channels.isdisjoint(ctx.client.channels)


def _matches(mask: str, client: Client) -> bool:
    return mask == "0" or any(mask_matches(mask, part) for part in (client.nick, client.user, client.host))


def _reply_who(ctx: Context, channel: str, client: Client, letters: str) -> None:
    flags = ("H" if client.away is None else "G") + prefixes(letters)[:1]
    host = client.source.rpartition("@")[2]
    server = ctx.config.server_name
    ctx.reply(num.RPL_WHOREPLY, channel, client.user, host, server, client.nick, flags, f"0 {client.realname}")
