"""MODE: of a room, and of oneself."""

from __future__ import annotations

from chatcore.protocol.modes import PREFIXES, format_modes, split_modes
from chatcore.protocol.wrap import bytes_left
from chatcore.server.archive.journal.records import LOCKS
from chatcore.server.outgoing.membership import Reader, Room
from chatcore.server.outgoing.rendering.context import Appliers, RenderContext
from chatcore.state import facts, requests
from chatcore.state.client_id import TRACKER


def apply_modes_changed(ctx: RenderContext, event: facts.ModesChanged) -> None:
    """MODE: of a channel."""
    room = ctx.view.rooms[event.channel]
    was_secret = room.is_secret
    locks, any_locks = room.locks, room.locks
    targets = iter(event.members)
    for change in event.changes:
        if change.letter in PREFIXES:
            member = ctx.view.readers[next(targets)]
            letters = room.members[member].replace(change.letter, "")
            room.members[member] = letters + change.letter if change.adding else letters
            ctx.view.note_letters(room, member)
        elif change.letter in LOCKS:
            locks = locks | {change.letter} if change.adding else locks - {change.letter}
            any_locks |= locks
    room.set_locks(any_locks)  # a MODE that removes the key contains it, so it is for those who were in the room
    source = None if event.source == TRACKER else ctx.view.readers[event.source]
    setter = ctx.server if source is None else source.source
    ctx.view.book.change_modes(room.instance, event.changes, setter, event.set_at)
    left = bytes_left(setter, "MODE", room.name)
    for changes in split_modes(event.changes, left):
        line = ctx.line(source, "MODE", room.name, *format_modes(changes))
        ctx.tell_room(room, line, source)
        room.history.add_event(line)
        ctx.next_message()
    room.set_locks(locks)
    if room.is_secret != was_secret:
        _change_address(ctx, room)


def _change_address(ctx: RenderContext, room: Room) -> None:
    """Close the room's own address if the room is now secret, because strangers must not learn of it; else open one."""
    if room.is_secret:
        room.address = ""
        ctx.host.close_room(room.name)
        return
    room.address = ctx.host.open_room(room.name)
    for member in room.members:
        tell_address(ctx, member, room)


def tell_address(ctx: RenderContext, reader: Reader, room: Room) -> None:
    if room.address:
        ctx.reply(reader, "NOTICE", room.name, f"{room.name} is also at {room.address}")


def apply_user_modes_changed(ctx: RenderContext, event: requests.UserModesChanged) -> None:
    """MODE: of the reader itself."""
    reader = ctx.view.readers[event.client]
    modes = reader.modes
    for change in event.changes:
        modes = modes | {change.letter} if change.adding else modes - {change.letter}
    reader.take_modes(modes)
    ctx.tell([reader], ctx.server_line(f":{reader.nick} MODE {reader.nick} {' '.join(format_modes(event.changes))}"))


APPLIERS: Appliers = {
    facts.ModesChanged: apply_modes_changed,
    requests.UserModesChanged: apply_user_modes_changed,
}
