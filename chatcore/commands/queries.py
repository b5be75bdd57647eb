"""Questions about who and what is here: NAMES, LIST, WHOWAS, USERHOST, ISON.

https://modern.ircdocs.horse/#user-based-queries and #channel-operations.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from chatcore.commands.context import Context
from chatcore.commands.refusals import too_many_targets
from chatcore.commands.targets import split_targets
from chatcore.errors import CommandError
from chatcore.protocol import numerics as num
from chatcore.protocol.message import Message, parse_count
from chatcore.protocol.names import is_channel, mask_matches, printable_host
from chatcore.protocol.wrap import bytes_left, join_words
from chatcore.state.channel import Channel
from chatcore.state.requests import NamesRequested

MAX_LISTED = 1000
"""Rooms in one answer: with long topics, about half of what a client's outbox may hold."""

_MAX_USERHOSTS = 5
_LIST_FILTER = re.compile(r"([CT]?)([<>])([0-9]{1,9})")
ELIST = "CMNTU"  # the kinds of filters in RPL_ISUPPORT


def handle_names(ctx: Context, message: Message) -> None:
    """NAMES: list the members of channels. Delivery writes the reply, because it knows what the client was told."""
    if not message.params:
        ctx.reply(num.RPL_ENDOFNAMES, "*", "End of names")
        return
    visible = []
    asked = split_targets(ctx, message.command, message.params[0])
    for index, name in enumerate(asked):
        channel = ctx.registry.channel(name)
        if channel is not None:
            with channel.lock:
                if channel.is_visible_to_locked(ctx.client):
                    visible.append(channel.name)
                    asked[index] = channel.name
    ctx.publish(NamesRequested(ctx.client.id, ",".join(asked), tuple(visible)))


def handle_list(ctx: Context, message: Message) -> None:
    """LIST: list all channels, or those named or matched by filters, with member counts and topics."""
    words = message.params[0].split(",") if message.params and message.params[0] else []
    if len(words) > ctx.config.limits.max_targets:
        raise too_many_targets(message.params[0], ctx.config.limits.max_targets)
    tests = [_list_test(ctx, word) for word in words if not is_room_name(word)]
    if any(is_room_name(word) for word in words):
        channels = [found for name in words if is_room_name(name) and (found := ctx.registry.channel(name))]
    else:
        channels = sorted(ctx.registry.channels(), key=lambda channel: channel.key_name)
    rows = []
    for channel in channels:
        with channel.lock:
            shown = channel.members and channel.is_visible_to_locked(ctx.client)
            if shown and all(test(channel) for test in tests):
                rows.append((len(channel.members), channel.name, channel.topic.text if channel.topic else ""))
    end = "End of the list of rooms"
    if len(rows) > MAX_LISTED:
        end = f"{end}: the largest {MAX_LISTED} of {len(rows)}; LIST *tea* (/rooms tea) finds those with tea in them"
        rows.sort(key=lambda row: row[0], reverse=True)
    ctx.reply(num.RPL_LISTSTART, "Channel", "Users  Name")
    for count, name, topic in rows[:MAX_LISTED]:
        ctx.reply(num.RPL_LIST, name, str(count), topic)
    ctx.reply(num.RPL_LISTEND, end)


def handle_whowas(ctx: Context, message: Message) -> None:
    """WHOWAS: show who had a nick before."""
    nick = message.params[0]
    count = message.params[1] if len(message.params) > 1 else ""
    found = ctx.registry.whowas.find(nick, parse_count(count))
    if not found:
        ctx.reply(num.ERR_WASNOSUCHNICK, nick, "Nobody of that name has been here")
    for departed in found:
        host = printable_host(departed.host)
        ctx.reply(num.RPL_WHOWASUSER, departed.nick, departed.user, host, "*", departed.realname)
        left = datetime.fromtimestamp(departed.left_at, UTC)
        ctx.reply(num.RPL_WHOISSERVER, departed.nick, ctx.config.server_name, f"{left:%Y-%m-%d %H:%M:%S} UTC")
    ctx.reply(num.RPL_ENDOFWHOWAS, nick, "End of WHOWAS")


def handle_userhost(ctx: Context, message: Message) -> None:
    """USERHOST: show nick, operator, away, user and host of up to five people."""
    words = []
    for nick in message.params[:_MAX_USERHOSTS]:
        client = ctx.registry.client(nick)
        if client is not None:
            operator = "*" if client.is_operator else ""
            away = "+" if client.away is None else "-"
            words.append(f"{client.nick}{operator}={away}{client.user}@{client.shown_host}")
    _reply_words(ctx, num.RPL_USERHOST, words)


def handle_ison(ctx: Context, message: Message) -> None:
    """ISON: show which of these nicks are here."""
    nicks = " ".join(message.params).split()
    found = [client.nick for nick in nicks if (client := ctx.registry.client(nick))]
    _reply_words(ctx, num.RPL_ISON, found)


def _reply_words(ctx: Context, numeric: str, words: list[str]) -> None:
    """Reply with as many whole words as fit one line: half a nick could be somebody else's."""
    left = bytes_left(ctx.config.server_name, numeric, ctx.client.nick)
    ctx.reply(numeric, next(iter(join_words(words, " ", left)), ""))


def is_room_name(word: str) -> bool:
    """Return whether a word of LIST names a room; otherwise it is a filter."""
    return is_channel(word) and not set(word) & set("*?")


def _list_test(ctx: Context, word: str) -> Callable[[Channel], bool]:
    """Return the test of one ELIST filter (https://modern.ircdocs.horse/#elist-parameter)."""
    found = _LIST_FILTER.fullmatch(word)
    if found is None:
        if word.startswith("!"):
            return lambda channel: not mask_matches(word[1:], channel.name)
        if set(word) & set("*?"):
            return lambda channel: mask_matches(word, channel.name)
        raise CommandError(num.ERR_UNKNOWNERROR, "LIST", f"Not a filter: {word}")
    kind, sign, value = found[1], found[2], int(found[3])
    now = ctx.services.now()

    def measure(channel: Channel) -> float | None:
        if not kind:
            return len(channel.members)
        if kind == "C":
            return (now - channel.created_at) / 60
        return (now - channel.topic.set_at) / 60 if channel.topic else None

    def test(channel: Channel) -> bool:
        measured = measure(channel)
        return measured is not None and (measured < value if sign == "<" else measured > value)

    return test
