"""Rooms: joining and leaving, topics, invitations."""

from __future__ import annotations

from types import MappingProxyType

from chatcore.protocol import numerics as num
from chatcore.protocol.capabilities import AWAY_NOTIFY, EXTENDED_JOIN, INVITE_NOTIFY, NO_IMPLICIT_NAMES
from chatcore.protocol.modes import OPERATOR
from chatcore.server.archive.journal.records import LOCKS
from chatcore.server.outgoing.host import FAULT
from chatcore.server.outgoing.lines import Line
from chatcore.server.outgoing.membership import Reader, Room
from chatcore.server.outgoing.rendering.context import Appliers, RenderContext
from chatcore.server.outgoing.rendering.markers import give_marker
from chatcore.server.outgoing.rendering.messaging import away_line, refuse_gone
from chatcore.server.outgoing.rendering.metadata import give_of_room, tell_of_newcomer
from chatcore.server.outgoing.rendering.modes import tell_address
from chatcore.server.outgoing.rendering.queries import NameLists
from chatcore.state import facts
from chatcore.state.channel import Topic


def apply_joined(ctx: RenderContext, event: facts.Joined) -> None:
    """JOIN: to all members; then the topic, the names and, if configured, recent messages to the new one."""
    reader = ctx.view.readers[event.client]
    before = ctx.view.room(event.channel)
    if before is not None and before.is_broken:
        ctx.host.lose(reader.id, FAULT)
    for room in (*reader.rooms, *([before] if before else ())):
        ctx.fanout.settle(room)
    room = ctx.view.enter(reader, event.channel, event.letters, event.instance, event.created_at)
    if before is None:
        room.address = ctx.host.open_room(room.name)
    line, extended = join_lines(ctx, reader, room)
    ctx.tell_variants(room.members, line, extended, EXTENDED_JOIN)
    room.history.add_event(line)
    if reader.away is not None:
        ctx.next_message()
        others = [member for member in room.members if member is not reader]
        ctx.tell(others, away_line(ctx, reader), AWAY_NOTIFY)
    tell_of_newcomer(ctx, reader, room)
    introduce(ctx, reader, room, NameLists(ctx, room))


def join_lines(ctx: RenderContext, reader: Reader, room: Room) -> tuple[Line, Line]:
    """Return the reader's JOIN in plain and in extended form."""
    extended = ctx.line(reader, "JOIN", room.name, reader.account or "*", reader.realname)
    return ctx.line(reader, "JOIN", room.name), extended


def introduce(ctx: RenderContext, reader: Reader, room: Room, names: NameLists) -> None:
    """Give a reader the lines that follow its own JOIN."""
    if reader.is_remote:
        return
    if room.topic is not None:
        ctx.reply(reader, num.RPL_TOPIC, room.name, room.topic.text)
        ctx.reply(reader, num.RPL_TOPICWHOTIME, room.name, room.topic.setter, str(room.topic.set_at))
    give_marker(ctx, reader, room)
    if not reader.capabilities & NO_IMPLICIT_NAMES:
        names.give(reader)
        ctx.reply(reader, num.RPL_ENDOFNAMES, room.name, "End of names")
    tell_address(ctx, reader, room)
    give_of_room(ctx, reader, room)


def apply_room_restored(ctx: RenderContext, event: facts.RoomRestored) -> None:
    """Restore a room without telling anybody: the next to enter finds it as it was."""
    room = ctx.view.bring_back(event.channel, event.instance, event.absent)
    room.topic = event.topic
    room.metadata = MappingProxyType(dict(event.metadata))
    room.set_locks(LOCKS.intersection(change.letter for change in event.modes))
    if not room.is_secret:
        room.address = ctx.host.open_room(room.name)


def apply_room_forgotten(ctx: RenderContext, event: facts.RoomForgotten) -> None:
    """Forget an empty room, without telling anybody."""
    ctx.view.book.end(event.instance)


def apply_parted(ctx: RenderContext, event: facts.Parted) -> None:
    """PART."""
    reader = ctx.view.readers[event.client]
    line = ctx.line(reader, "PART", event.channel, *([event.reason] if event.reason else []))
    _leave(ctx, reader, event.channel, line)


def apply_kicked(ctx: RenderContext, event: facts.Kicked) -> None:
    """KICK."""
    source, target = ctx.view.readers[event.source], ctx.view.readers[event.target]
    line = ctx.line(source, "KICK", event.channel, target.nick, event.reason)
    _leave(ctx, target, event.channel, line, source)


def apply_topic_changed(ctx: RenderContext, event: facts.TopicChanged) -> None:
    """TOPIC: an empty one removes the topic."""
    room = ctx.view.rooms[event.channel]
    room.topic = Topic(event.text, event.setter, event.set_at) if event.text else None
    ctx.view.book.set_topic(room.instance, room.topic)
    source = ctx.view.readers[event.source]
    line = ctx.line_of(source, f"TOPIC {room.name} :{event.text}")
    ctx.tell_room(room, line, source)
    room.history.add_event(line)


def apply_invited(ctx: RenderContext, event: facts.Invited) -> None:
    """INVITE: to the invited person, and to members with invite-notify who could have invited them."""
    target = ctx.view.readers.get(event.target)
    source = ctx.view.readers[event.source]
    room = ctx.view.room(event.channel)
    if target is None or target.is_closing:
        refuse_gone(ctx, source, target)
        return
    if room is None:
        return
    line = ctx.line(source, "INVITE", target.nick, event.channel)
    ctx.tell([target], line)
    operators = [
        member for member, letters in room.members.items() if OPERATOR.letter in letters and member is not source
    ]
    ctx.tell(operators, line, INVITE_NOTIFY)


def _leave(ctx: RenderContext, reader: Reader, channel: str, line: Line, doer: Reader | None = None) -> None:
    """Tell all members, including the leaving one, and the one who caused it; then end the membership."""
    room = ctx.view.rooms[channel]
    ctx.fanout.settle(room)
    ctx.tell_room(room, line, doer)
    room.history.add_event(line)
    ctx.view.leave(reader, room)


APPLIERS: Appliers = {
    facts.Joined: apply_joined,
    facts.RoomRestored: apply_room_restored,
    facts.RoomForgotten: apply_room_forgotten,
    facts.Parted: apply_parted,
    facts.Kicked: apply_kicked,
    facts.TopicChanged: apply_topic_changed,
    facts.Invited: apply_invited,
}
