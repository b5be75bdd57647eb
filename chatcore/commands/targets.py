"""The targets of a command: comma-separated ones, a person, a channel that the client may know of."""

from __future__ import annotations

from collections.abc import Mapping

from chatcore.commands.context import Context
from chatcore.commands.refusals import no_such_channel, too_many_targets
from chatcore.errors import CommandError
from chatcore.protocol import numerics as num
from chatcore.protocol.modes import PREFIXES
from chatcore.protocol.names import casefold, is_channel
from chatcore.state.channel import Channel
from chatcore.state.client import Client

_PREFIXES = frozenset(PREFIXES.values())

TAKE_SEVERAL = ("JOIN", "KICK", "LIST", "NAMES", "NOTICE", "PART", "PRIVMSG", "TAGMSG")
"""The commands that take several targets, in RPL_ISUPPORT."""


def split_targets(ctx: Context, command: str, given: str) -> list[str]:
    """Return the targets in the given order, each once. Raises CommandError if there are none or too many."""
    limit = ctx.config.limits.max_targets
    if given.count(",") >= limit:
        raise too_many_targets(given, limit)
    targets = list({casefold(target): target for target in given.split(",") if target}.values())
    if not targets:
        raise CommandError(num.ERR_NEEDMOREPARAMS, command, "Not enough parameters: a name is missing")
    return targets


def split_status(target: str) -> tuple[str, str]:
    """Return the prefix before a channel's name, as in `@#lobby` (STATUSMSG), and the name; '' and all if it has none.

    https://modern.ircdocs.horse/#statusmsg-parameter
    """
    return (target[0], target[1:]) if target[:1] in _PREFIXES and is_channel(target[1:]) else ("", target)


def find_person(ctx: Context, target: str) -> Client | None:
    """Return the client with this nick or, where the asker may see addresses, this `ip:port`."""
    if ctx.config.hide_addresses and not ctx.client.is_operator:
        return ctx.registry.client(target)
    return ctx.registry.client_at(target)


def known_locked(ctx: Context, held: Mapping[str, Channel], name: str) -> Channel:
    """Return the held channel of that name. Raises CommandError if the client may not know of such a channel."""
    channel = held.get(casefold(name))
    if channel is None or not channel.is_visible_to_locked(ctx.client):
        raise no_such_channel(name)
    return channel
