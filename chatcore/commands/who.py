"""WHO with WHOX, and WHOIS (https://modern.ircdocs.horse/#who-message, https://ircv3.net/specs/extensions/whox)."""

from __future__ import annotations

from collections.abc import Callable

from chatcore.commands.context import Context
from chatcore.commands.profiles import key_values
from chatcore.commands.refusals import no_such_nick
from chatcore.commands.targets import find_person
from chatcore.protocol import numerics as num
from chatcore.protocol.capabilities import METADATA_3, MULTI_PREFIX
from chatcore.protocol.message import Message
from chatcore.protocol.modes import BOT, prefixes
from chatcore.protocol.names import is_channel, mask_matches, printable_host
from chatcore.protocol.wrap import bytes_left, join_words
from chatcore.state.client import Client

MAX_REPLIES = 500
_NO_IP = "255.255.255.255"  # https://ircv3.net/specs/extensions/whox


def handle_who(ctx: Context, message: Message) -> None:
    """WHO: list the members of a channel, or the clients that match a mask."""
    mask = message.params[0] if message.params else "*"
    options = message.params[1] if len(message.params) > 1 else ""
    flags, percent, fields = options.partition("%")
    fields, _, token = fields.partition(",")
    found = _channel_members(ctx, mask) if is_channel(mask) else _matching(ctx, mask)
    if "o" in flags:
        found = [row for row in found if row[1].is_operator]
    for channel, client, letters in found[:MAX_REPLIES]:
        if percent:
            values = [write(ctx, channel, client, letters) for field, write in _FIELDS.items() if field in fields]
            values = [token[:3] or "0", *values[1:]] if "t" in fields else values
            ctx.reply(num.RPL_WHOSPCRPL, *values)
        else:
            values = [_FIELDS[field](ctx, channel, client, letters) for field in "cuhsnf"]
            ctx.reply(num.RPL_WHOREPLY, *values, f"0 {client.realname}")
    rest = f": the first {MAX_REPLIES} of {len(found)}" if len(found) > MAX_REPLIES else ""
    ctx.reply(num.RPL_ENDOFWHO, mask, f"End of WHO list{rest}")


def handle_whois(ctx: Context, message: Message) -> None:
    """WHOIS: show everything that the asker may know about somebody."""
    nick = message.params[0] if len(message.params) == 1 else message.params[1]
    target = find_person(ctx, nick)
    if target is None:
        ctx.reply(*no_such_nick(nick).reply)
        ctx.reply(num.RPL_ENDOFWHOIS, nick, "End of WHOIS list")
        return
    name = target.nick
    ctx.reply(num.RPL_WHOISUSER, name, target.user, printable_host(target.shown_host), "*", target.realname)
    left = bytes_left(ctx.config.server_name, num.RPL_WHOISCHANNELS, ctx.client.nick, name)
    for channels in join_words(_channel_words(ctx, target), " ", left):
        ctx.reply(num.RPL_WHOISCHANNELS, name, channels)
    ctx.reply(num.RPL_WHOISSERVER, name, ctx.config.server_name, ctx.config.server_info)
    if target.is_operator:
        ctx.reply(num.RPL_WHOISOPERATOR, name, "is an IRC operator")
    if BOT.letter in target.modes:
        ctx.reply(num.RPL_WHOISBOT, name, "is a bot")
    if target.account is not None:
        ctx.reply(num.RPL_WHOISACCOUNT, name, target.account, "is logged in as")
    if target.away is not None:
        ctx.reply(num.RPL_AWAY, name, target.away)
    if ctx.client.capabilities & METADATA_3:
        for line in key_values(name, target.said_of_itself, num.RPL_WHOISKEYVALUE):
            ctx.reply(*line)
    if _sees_address(ctx, target):
        ctx.reply(num.RPL_WHOISHOST, name, f"is connecting from {target.address}")
    idle = int(ctx.services.monotonic() - target.active_at)
    ctx.reply(num.RPL_WHOISIDLE, name, str(idle), str(int(target.connected_at)), "seconds idle, signon time")
    ctx.reply(num.RPL_ENDOFWHOIS, nick, "End of WHOIS list")


Row = tuple[str, Client, str]


def _channel_members(ctx: Context, name: str) -> list[Row]:
    channel = ctx.registry.channel(name)
    if channel is None:
        return []
    with channel.lock:
        if not channel.is_visible_to_locked(ctx.client):
            return []
        inside = ctx.client in channel.members
        members = list(channel.members.items())
    return [
        (channel.name, client, letters)
        for client, letters in members
        if inside or not client.is_invisible or ctx.client.is_operator
    ]


def _matching(ctx: Context, mask: str) -> list[Row]:
    """Return the clients that match a mask. An exact nick also finds an invisible client."""
    exact = ctx.registry.client(mask)
    if exact is not None:
        return [("*", exact, "")]
    clients = sorted(ctx.registry.clients(), key=lambda client: client.nick)
    return [("*", client, "") for client in clients if _is_visible(ctx, client) and _matches(ctx, mask, client)]


def _is_visible(ctx: Context, client: Client) -> bool:
    return (
        not client.is_invisible
        or client is ctx.client
        or ctx.client.is_operator
        or not client.channels.isdisjoint(ctx.client.channels)
    )


def _matches(ctx: Context, mask: str, client: Client) -> bool:
    parts = [client.nick, client.user, client.shown_host, client.realname]
    if _sees_address(ctx, client):
        parts.append(client.host)
    return mask == "0" or any(mask_matches(mask, part) for part in parts)


def _sees_address(ctx: Context, client: Client) -> bool:
    return not ctx.config.hide_addresses or client is ctx.client or ctx.client.is_operator


def _ip(ctx: Context, client: Client) -> str:
    return printable_host(client.host) if _sees_address(ctx, client) else _NO_IP


def _flags(ctx: Context, client: Client, letters: str) -> str:
    held = prefixes(letters)
    shown = held if ctx.client.capabilities & MULTI_PREFIX else held[:1]
    marks = ("*" if client.is_operator else "") + (BOT.letter if BOT.letter in client.modes else "")
    return ("H" if client.away is None else "G") + marks + shown


_FIELDS: dict[str, Callable[[Context, str, Client, str], str]] = {
    "t": lambda ctx, channel, client, letters: "0",
    "c": lambda ctx, channel, client, letters: channel,
    "u": lambda ctx, channel, client, letters: client.user,
    "i": lambda ctx, channel, client, letters: _ip(ctx, client),
    "h": lambda ctx, channel, client, letters: printable_host(client.shown_host),
    "s": lambda ctx, channel, client, letters: ctx.config.server_name,
    "n": lambda ctx, channel, client, letters: client.nick,
    "f": lambda ctx, channel, client, letters: _flags(ctx, client, letters),
    "d": lambda ctx, channel, client, letters: "0",
    "l": lambda ctx, channel, client, letters: str(int(ctx.services.monotonic() - client.active_at)),
    "a": lambda ctx, channel, client, letters: client.account or "0",
    "o": lambda ctx, channel, client, letters: "n/a",
    "r": lambda ctx, channel, client, letters: client.realname,
}
"""The fields of WHOX, in the order of its reply."""


def _channel_words(ctx: Context, target: Client) -> list[str]:
    """Return the channels of `target` that the asker may know of, with prefixes."""
    words = []
    for channel in ctx.registry.channels_of(target):
        with channel.lock:
            letters = channel.members.get(target)
            hidden = target.is_invisible and ctx.client not in channel.members and not ctx.client.is_operator
            if letters is not None and not hidden and channel.is_visible_to_locked(ctx.client):
                words.append(prefixes(letters)[:1] + channel.name)
    return words
