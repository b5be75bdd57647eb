"""Subscriptions to keys of metadata: METADATA SUB, UNSUB, SUBS and, for the present values, SYNC."""

from __future__ import annotations

from collections.abc import Iterable

from chatcore.commands.bounds import MAX_SUBSCRIPTIONS
from chatcore.commands.context import Context
from chatcore.commands.metadata_targets import INVALID_KEY, failure, is_key, is_own, no_target, shown
from chatcore.commands.profiles import key_values
from chatcore.protocol import numerics as num
from chatcore.protocol.names import casefold, is_channel
from chatcore.protocol.wrap import bytes_left, join_words
from chatcore.state.metadata import ALL
from chatcore.state.requests import MetadataRequested, SubscriptionsChanged


def subscribe(ctx: Context, target: str, keys: list[str]) -> None:
    """METADATA SUB: subscribe to keys. The client is told to request the values itself, because there may be many."""
    _check_own(ctx, target)
    subscribed, done = dict.fromkeys(ctx.client.subscriptions), []
    for key in keys:
        if not is_key(key):
            ctx.reply("WARN", "METADATA", "INVALID_KEY", shown(key), INVALID_KEY)
        elif key not in subscribed and len(subscribed) >= MAX_SUBSCRIPTIONS:
            ctx.reply(*failure("LIMIT_REACHED", "SUB", key, str(MAX_SUBSCRIPTIONS), "Too many subscriptions").reply)
            break
        else:
            subscribed[key] = None
            done.append(key)
    _reply_keys(ctx, num.RPL_METADATASUBOK, done)
    _take_subscriptions(ctx, tuple(subscribed), has_new=len(subscribed) > len(ctx.client.subscriptions))


def unsubscribe(ctx: Context, target: str, keys: list[str]) -> None:
    """METADATA UNSUB: end subscriptions."""
    _check_own(ctx, target)
    for key in keys:
        if not is_key(key):
            ctx.reply("WARN", "METADATA", "INVALID_KEY", shown(key), INVALID_KEY)
    _reply_keys(ctx, num.RPL_METADATAUNSUBOK, [key for key in keys if is_key(key)])
    _take_subscriptions(ctx, tuple(key for key in ctx.client.subscriptions if key not in keys), has_new=False)


def _take_subscriptions(ctx: Context, keys: tuple[str, ...], *, has_new: bool) -> None:
    client = ctx.client
    if keys == client.subscriptions:
        return
    client.subscriptions = keys
    if client.is_registered:
        if has_new:
            ctx.reply(num.ERR_METADATASYNCLATER, ALL, "0", f"METADATA {ALL} SYNC brings the values")
        ctx.publish(SubscriptionsChanged(client.id, keys))


def list_subscriptions(ctx: Context, target: str, params: list[str]) -> None:
    """METADATA SUBS: list the client's subscriptions."""
    _check_own(ctx, target)
    left = bytes_left(ctx.config.server_name, num.RPL_METADATASUBS, ctx.client.nick or "*")
    lines = join_words(ctx.client.subscriptions, " ", left)
    ctx.answer_in_batch(("metadata-subs",), [(num.RPL_METADATASUBS, *line.split()) for line in lines])


def sync(ctx: Context, target: str, params: list[str]) -> None:
    """METADATA SYNC: request the present values. Delivery sends them, because it also sends the changes."""
    client = ctx.client
    if not client.is_registered:
        _check_own(ctx, target)
        wanted = {key: value for key, value in client.said_of_itself.items() if key in client.subscriptions}
        ctx.answer_in_batch(("metadata", "*"), [*key_values("*", wanted)])
    elif is_channel(target):
        with ctx.registry.hold([target]) as held:
            channel = held.get(casefold(target))
            if channel is None or client not in channel.members:
                raise no_target(target, "You are not in that room")
            ctx.publish(MetadataRequested(client.id, channel.name))
    else:
        person = None if target == ALL else client if is_own(ctx, target) else ctx.registry.client(target)
        if person is None and target != ALL:
            raise no_target(target, "Nobody here has that username")
        ctx.publish(MetadataRequested(client.id, person.nick if person is not None else ALL))


def _check_own(ctx: Context, target: str) -> None:
    if not is_own(ctx, target):
        raise no_target(target, "You can see and change only your own subscriptions")


def _reply_keys(ctx: Context, numeric: str, keys: Iterable[str]) -> None:
    for line in join_words(keys, " ", bytes_left(ctx.config.server_name, numeric, ctx.client.nick or "*")):
        ctx.reply(numeric, *line.split())
