"""NAMES: who is in a room, as its readers were told."""

from __future__ import annotations

from chatcore.protocol import numerics as num
from chatcore.protocol.capabilities import MULTI_PREFIX, USERHOST_IN_NAMES
from chatcore.protocol.modes import INVISIBLE, IRC_OPERATOR, PREFIXES, prefixes
from chatcore.protocol.wrap import bytes_left, join_words
from chatcore.server.outgoing.membership import Reader, Room
from chatcore.server.outgoing.rendering.context import Appliers, RenderContext
from chatcore.state import requests


def apply_names_requested(ctx: RenderContext, event: requests.NamesRequested) -> None:
    """NAMES: with one end for all the requested channels."""
    reader = ctx.view.readers[event.client]
    for channel in event.channels:
        room = ctx.view.room(channel)
        if room is not None:
            NameLists(ctx, room).give(reader)
    ctx.reply(reader, num.RPL_ENDOFNAMES, event.given, "End of names")


class NameLists:
    """A room's members at one moment. Names that several readers receive in the same form are made once."""

    def __init__(self, ctx: RenderContext, room: Room) -> None:
        self._ctx = ctx
        self._room = room
        self._symbol = "@" if room.is_secret else "="
        self._names: dict[tuple[int, bool], list[str]] = {}
        self._texts: dict[tuple[int, bool, int], list[str]] = {}

    def give(self, reader: Reader) -> None:
        """Give one reader the names it may see."""
        for text in self._texts_for(reader):
            self._ctx.reply(reader, num.RPL_NAMREPLY, self._symbol, self._room.name, text)

    def _texts_for(self, reader: Reader) -> list[str]:
        shown = reader.capabilities & (MULTI_PREFIX | USERHOST_IN_NAMES)
        sees_all = reader in self._room.members or IRC_OPERATOR.letter in reader.modes
        left = bytes_left(self._ctx.server, num.RPL_NAMREPLY, reader.nick, self._symbol, self._room.name)
        key = shown, sees_all, left
        if key not in self._texts:
            if key[:2] not in self._names:
                self._names[key[:2]] = self._names_for(shown, sees_all=sees_all)
            self._texts[key] = [*join_words(self._names[key[:2]], " ", left)]
        return self._texts[key]

    def _names_for(self, capabilities: int, *, sees_all: bool) -> list[str]:
        shown = len(PREFIXES) if capabilities & MULTI_PREFIX else 1
        with_host = capabilities & USERHOST_IN_NAMES
        return [
            prefixes(letters)[:shown] + (member.source if with_host else member.nick)
            for member, letters in self._room.members.items()
            if sees_all or INVISIBLE.letter not in member.modes
        ]


APPLIERS: Appliers = {
    requests.NamesRequested: apply_names_requested,
}
