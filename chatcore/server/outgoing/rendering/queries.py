"""NAMES: who is in a room, as its readers have been told."""

from __future__ import annotations

from chatcore.protocol import numerics as num
from chatcore.protocol.capabilities import MULTI_PREFIX, USERHOST_IN_NAMES
from chatcore.protocol.modes import INVISIBLE, IRC_OPERATOR, PREFIXES, prefixes
from chatcore.protocol.wrap import bytes_left, join_words
from chatcore.server.outgoing.rendering.context import Appliers, RenderContext
from chatcore.server.outgoing.view import Reader, Room
from chatcore.state import requests


def apply_names_requested(ctx: RenderContext, event: requests.NamesRequested) -> None:
    """NAMES; one end for all channels asked for."""
    reader = ctx.view.readers[event.client]
    for channel in event.channels:
        room = ctx.view.room(channel)
        if room is not None:
            give_names(ctx, reader, room)
    ctx.reply(reader, num.RPL_ENDOFNAMES, event.given, "End of names")


def give_names(ctx: RenderContext, reader: Reader, room: Room) -> None:
    shown = len(PREFIXES) if reader.capabilities & MULTI_PREFIX else 1
    with_host = reader.capabilities & USERHOST_IN_NAMES
    sees_all = reader in room.members or IRC_OPERATOR.letter in reader.modes
    names = [
        prefixes(letters)[:shown] + (member.source if with_host else member.nick)
        for member, letters in room.members.items()
        if sees_all or INVISIBLE.letter not in member.modes
    ]
    symbol = "@" if room.is_secret else "="
    left = bytes_left(ctx.server, num.RPL_NAMREPLY, reader.nick, symbol, room.name)
    for text in join_words(names, " ", left):
        ctx.reply(reader, num.RPL_NAMREPLY, symbol, room.name, text)


APPLIERS: Appliers = {
    requests.NamesRequested: apply_names_requested,
}
