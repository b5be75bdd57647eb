"""RENAME: give a room another name (https://ircv3.net/specs/extensions/channel-rename)."""

from __future__ import annotations

from chatcore.protocol.capabilities import CHANNEL_RENAME, EXTENDED_JOIN
from chatcore.protocol.names import casefold
from chatcore.server.outgoing.lines import Line
from chatcore.server.outgoing.membership import Reader, Room
from chatcore.server.outgoing.rendering.channel import introduce, join_lines
from chatcore.server.outgoing.rendering.context import Appliers, RenderContext
from chatcore.server.outgoing.rendering.queries import NameLists
from chatcore.state import facts
from chatcore.state.history_identity import account_identity, is_visit


def apply_room_renamed(ctx: RenderContext, event: facts.RoomRenamed) -> None:
    """RENAME: to members with the capability. Others leave the old name and join the new one, if it differs."""
    room = ctx.view.rooms[event.channel]
    ctx.fanout.settle(room)
    source = ctx.view.readers[event.source]
    had = room.name
    ctx.view.rename(room, event.name, ctx.line_id)
    ctx.markers.rename(_identities(room), casefold(had), room.name)
    if room.address:
        ctx.host.rename_room(had, room.name)
    line = Line(f":{source.source} RENAME {had} {room.name} :{event.reason}", ctx.time, ctx.serial, (), source.account)
    room.history.add_event(line)  # under the new name: people in a later room of the old name must not learn of it
    ctx.tell(room.members, line, CHANNEL_RENAME)
    if source not in room.members:  # an IRC operator from outside
        _answer(ctx, source, line, f"{had} is now called {room.name}")
    if casefold(had) == casefold(room.name):
        return
    names = NameLists(ctx, room)
    ctx.next_message()
    rejoining = [member for member in room.members if not (member.capabilities & CHANNEL_RENAME or member.is_remote)]
    for member in rejoining:
        ctx.fanout.to_one(member, ctx.line(member, "PART", had, *([event.reason] if event.reason else [])))
    ctx.next_message()
    for member in rejoining:
        ctx.tell_variants([member], *join_lines(ctx, member, room), EXTENDED_JOIN)
        introduce(ctx, member, room, names)


def _identities(room: Room) -> dict[str, None]:
    """Return the identities of members and of absent people who may return: all of them may know the new name."""
    absent = (seat if is_visit(seat) else account_identity(seat) for seat in sorted(room.absent))
    return dict.fromkeys((*(member.identity for member in room.members), *absent))


def _answer(ctx: RenderContext, reader: Reader, line: Line, words: str) -> None:
    if reader.capabilities & CHANNEL_RENAME:
        ctx.fanout.to_one(reader, line)
    else:
        ctx.reply(reader, "NOTICE", reader.nick, words)


APPLIERS: Appliers = {
    facts.RoomRenamed: apply_room_renamed,
}
