"""The repair after an event could not be applied, or only half, because of a fault in the program.

With as little code as possible, the view is made to agree with the event about who is here, where, and under which
nick. Every client that the event names has to leave and, if it changed a room itself, so do the room's members and
everybody who still joins. In the end registry and view agree, because neither has any of it. Delivery's thread only.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from chatcore.protocol.goodbye import goodbye, goodbye_to_all, tracker_ending
from chatcore.protocol.names import casefold
from chatcore.server.outgoing.host import FAULT
from chatcore.server.outgoing.membership import Reader, Room
from chatcore.server.outgoing.rendering.context import RenderContext
from chatcore.server.outgoing.rendering.registration import add_reader
from chatcore.server.outgoing.view import View
from chatcore.state import facts, requests
from chatcore.state.events import Event, clients_of

Move = facts.Joined | facts.Parted | facts.Kicked
"""Events that change who is in a room, for which the view can be corrected."""

RoomChange = facts.TopicChanged | facts.ModesChanged | facts.MetadataChanged | facts.RoomRestored | facts.RoomRenamed
"""Events that change a room itself, after which its members have to leave."""

_MAX_NAMED = 5
_logger = logging.getLogger(__name__)


def recover(ctx: RenderContext, event: Event) -> None:
    """Repair the view, end the visits affected, and tell the operator. Never raises."""
    kind = type(event).__name__
    clients = clients_of(event)
    try:
        clients |= _repair(ctx, event)
    except Exception:  # the visits end all the same
        _logger.exception("what was left of %s could not be repaired", kind)
    end_visits(ctx, kind, clients)


def end_visits(ctx: RenderContext, what: str, clients: Iterable[int]) -> None:
    """End the visits affected by a fault, and tell the operator."""
    names = []
    for client in clients:
        ctx.host.lose(client, FAULT)
        reader = ctx.view.readers.get(client)
        if reader is not None:
            names.append(reader.nick)
    more = f" and {len(names) - _MAX_NAMED} more" if len(names) > _MAX_NAMED else ""
    whom = f"; disconnected: {', '.join(sorted(names)[:_MAX_NAMED])}{more}" if names else ""
    ctx.host.tell(f"A fault in this program: {what} could not be passed on{whom}")


def _repair(ctx: RenderContext, event: Event) -> set[int]:
    """Repair the view; return who has to leave besides the clients in the event."""
    _try(ctx.fanout.settle_all)  # membership is about to change
    if isinstance(event, facts.Connected) and event.client not in ctx.view.readers:
        add_reader(ctx, event)
    if isinstance(event, facts.RoomRenamed):
        _call_it(ctx.view, event)
    for client in clients_of(event):
        reader = ctx.view.readers.get(client)
        if reader is not None and (not reader.is_closing or isinstance(event, facts.Quit)):
            _set_right(ctx, event, reader)
    if isinstance(event, facts.Quit):
        _see_off(ctx, event)
    elif isinstance(event, requests.Closed):
        _close(ctx, event)
    elif isinstance(event, facts.Stopped):
        _stop(ctx, event)
    elif isinstance(event, RoomChange) and event.channel:
        room = _find(ctx, event)
        room.is_broken = True
        ctx.view.book.end(
            room.instance
        )  # forget the room on disk: after a kill -9 its modes, and so who may enter, would be unknown
        return {member.id for member in room.members}
    return set()


def _find(ctx: RenderContext, event: RoomChange) -> Room:
    """Return the event's room, which exists or was about to begin."""
    if isinstance(event, facts.RoomRestored):
        return ctx.view.begin(event.channel, event.instance, 0)
    if isinstance(event, facts.RoomRenamed):
        return ctx.view.rooms[event.name]
    return ctx.view.rooms[event.channel]


def _call_it(view: View, event: facts.RoomRenamed) -> None:
    """Make a room known only under its new name."""
    room = view.rooms.pop(event.channel, None) or view.rooms[event.name]
    room.name = event.name
    view.rooms[event.name] = room


def _set_right(ctx: RenderContext, event: Event, reader: Reader) -> None:
    """Put the reader where the event says it is, and tell readers who may have seen something else."""
    rooms = _rooms_of(ctx.view, reader)
    others = {member: None for name in rooms for member in ctx.view.rooms[name].members if member is not reader}
    told: tuple[str, ...] = ()
    if isinstance(event, facts.Joined):
        rooms[ctx.view.begin(event.channel, event.instance, event.created_at).name] = event.letters
    elif isinstance(event, facts.Parted) or (isinstance(event, facts.Kicked) and event.target == reader.id):
        if event.channel in rooms:
            del rooms[event.channel]
            told = ("PART", event.channel)
            others = {member: None for member in ctx.view.rooms[event.channel].members if member is not reader}
    elif isinstance(event, facts.MetadataChanged) and not event.channel:
        ctx.view.change_metadata(reader, event.key, event.value, ctx.line_id)
    elif isinstance(event, facts.Renamed) and reader.nick != event.nick:
        told = ("NICK", event.nick)
    elif isinstance(event, facts.Quit):
        rooms = {}
        told = ("QUIT", event.reason) if not reader.is_closing else ()
    line = _try(ctx.line, reader, *told) if told else None
    if isinstance(event, facts.Renamed):
        reader.rename(event.nick)
    _put(ctx.view, reader, rooms, is_leaving=isinstance(event, facts.Quit))
    if line is not None:
        _try(ctx.tell, others, line)


def _rooms_of(view: View, reader: Reader) -> dict[str, str]:
    """Return the names of all rooms that the reader is in by any index, with its mode letters. Searches all rooms."""
    return {
        room.name: room.members.get(reader, "")
        for room in view.rooms.values()
        if reader in room.members or room in reader.rooms
    }


def _put(view: View, reader: Reader, rooms: Mapping[str, str], *, is_leaving: bool) -> None:
    """Put the reader in exactly these rooms, with these mode letters, whatever half a change has left behind.

    Unless it is leaving, restore its entries by nick, identity and monitored nicks, too. Searches everything.
    """
    _take_out(view, reader)
    before = [room for room in view.rooms.values() if room.members.pop(reader, None) is not None]
    if reader.account_id:
        for room in before:
            room.history.leave(reader.account_id)
    reader.rooms.clear()
    if not is_leaving:
        view.by_nick[casefold(reader.nick)] = reader
        view.identify(reader)
        for folded in reader.watched:
            view.watchers.setdefault(folded, {})[reader] = None
    for name, letters in rooms.items():
        room = view.rooms[name]
        room.members[reader] = letters
        reader.rooms[room] = None
        if reader.account_id:
            room.history.enter(reader.account_id)
    for room in tuple(view.rooms.values()):
        room.shared = sum(len(member.rooms) > 1 for member in room.members)
        if not room.members:
            view.end(room)
        elif room in before or room in reader.rooms:
            view.note_letters(room, reader)


def _take_out(view: View, reader: Reader) -> None:
    """Remove the reader from every index."""
    view.by_nick = {nick: found for nick, found in view.by_nick.items() if found is not reader}
    for index in (view.present, view.watchers):
        for key in [key for key, readers in index.items() if reader in readers]:
            del index[key][reader]
            if not index[key]:
                del index[key]


def _see_off(ctx: RenderContext, event: facts.Quit) -> None:
    """Finish a QUIT after the reader has left all rooms."""
    reader = ctx.view.readers.get(event.client)
    if reader is not None and not reader.is_closing:
        _say_goodbye(ctx, reader, goodbye(event.reason))
    if reader is not None:
        ctx.view.forget_visit(reader.visit)
        ctx.markers.end_visit(reader.visit)
    ctx.host.leave(event, reader.nick if reader is not None else "")


def _close(ctx: RenderContext, event: requests.Closed) -> None:
    reader = ctx.view.readers.pop(event.client, None)
    if reader is not None and reader not in ctx.closed:
        ctx.closed.append(reader)


def _stop(ctx: RenderContext, event: facts.Stopped) -> None:
    ctx.ending = tracker_ending(event.reason)
    for reader in ctx.view.readers.values():
        if not reader.is_closing:
            _say_goodbye(ctx, reader, goodbye_to_all(event.reason))


def _say_goodbye(ctx: RenderContext, reader: Reader, last: requests.Reply) -> None:
    _try(ctx.reply, reader, *last)
    reader.is_closing = True


def _try(tell: Callable[..., Any], *what: Any) -> Any:
    """Try to tell others something; return None if even that fails, because the repair must go on."""
    try:
        return tell(*what)
    except Exception:
        _logger.exception("the failure could not be told, either")
