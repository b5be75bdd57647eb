"""Arrivals, departures, and changes of names."""

from __future__ import annotations

from chatcore.protocol import numerics as num
from chatcore.protocol.capabilities import SETNAME
from chatcore.protocol.goodbye import goodbye, goodbye_to_all, tracker_ending
from chatcore.protocol.names import casefold
from chatcore.server.outgoing.membership import Reader
from chatcore.server.outgoing.rendering.context import Appliers, RenderContext
from chatcore.server.outgoing.rendering.monitor import tell_acquaintances, tell_watchers
from chatcore.state import facts, requests


def apply_connected(ctx: RenderContext, event: facts.Connected) -> None:
    """Add the reader of a client that has come in."""
    reader = add_reader(ctx, event)
    if reader is not None:
        ctx.view.by_nick[casefold(event.nick)] = reader
        ctx.view.identify(reader)
        reader.metadata = ctx.view.profiles.of(reader.account_id)
        tell_watchers(ctx, num.RPL_MONONLINE, reader)


def add_reader(ctx: RenderContext, event: facts.Connected) -> Reader | None:
    """Return the reader for a client that has come in; None if its connection is gone."""
    connection = ctx.host.enter(event)
    if connection is None:
        return None
    reader = ctx.view.readers[event.client] = Reader(event, connection)
    if not reader.is_remote:
        connection.on_output = lambda: ctx.on_output(reader)
    return reader


def apply_renamed(ctx: RenderContext, event: facts.Renamed) -> None:
    """NICK: once to everybody who shares a room."""
    reader = ctx.view.readers[event.client]
    line = ctx.line(reader, "NICK", event.nick)
    ctx.tell((reader, *ctx.view.neighbours(reader)), line)
    for room in reader.rooms:
        room.history.add_event(line)
    is_other = casefold(event.nick) != casefold(reader.nick)
    if is_other:
        tell_watchers(ctx, num.RPL_MONOFFLINE, reader)
    if ctx.view.by_nick.get(casefold(reader.nick)) is reader:
        del ctx.view.by_nick[casefold(reader.nick)]
    reader.rename(event.nick)
    ctx.view.by_nick[casefold(event.nick)] = reader
    if is_other:
        tell_watchers(ctx, num.RPL_MONONLINE, reader)


def apply_realname_changed(ctx: RenderContext, event: facts.RealnameChanged) -> None:
    """SETNAME: to readers with setname (https://ircv3.net/specs/extensions/setname)."""
    reader = ctx.view.readers[event.client]
    reader.realname = event.realname
    line = ctx.line(reader, "SETNAME", event.realname)
    ctx.tell([reader], line, SETNAME)
    tell_acquaintances(ctx, reader, line, SETNAME)


def apply_quit(ctx: RenderContext, event: facts.Quit) -> None:
    """QUIT: once to everybody who shares a room, and the goodbye to the reader that leaves."""
    reader = ctx.view.readers[event.client]
    ctx.reply(reader, *goodbye(event.reason))
    line = ctx.line(reader, "QUIT", event.reason)
    ctx.tell(ctx.view.neighbours(reader), line)
    for room in tuple(reader.rooms):
        ctx.fanout.settle(room)
        room.history.add_event(line)
        ctx.view.leave(reader, room, may_return=event.may_return)
    reader.is_closing = True
    ctx.view.unidentify(reader)
    if not event.may_return:
        ctx.view.forget_visit(reader.visit)
    ctx.markers.end_visit(reader.visit, may_return=event.may_return)
    if ctx.view.by_nick.get(casefold(reader.nick)) is reader:
        del ctx.view.by_nick[casefold(reader.nick)]
    tell_watchers(ctx, num.RPL_MONOFFLINE, reader)
    for folded in reader.watched:
        ctx.view.unwatch(folded, reader)
    ctx.host.leave(event, reader.nick)
    if reader.is_remote:  # it has no thread here that would close it
        del ctx.view.readers[event.client]


def apply_visit_forgotten(ctx: RenderContext, event: requests.VisitForgotten) -> None:
    """Forget a visit that will not be resumed, without telling anybody."""
    ctx.view.forget_visit(event.visit)
    ctx.markers.end_visit(event.visit)


def apply_closed(ctx: RenderContext, event: requests.Closed) -> None:
    """Close a connection that the client's thread is done with.

    While the engine is unreachable, the client's departure comes later: it is here until all trackers see it leave.
    """
    reader = ctx.view.readers.get(event.client)
    if reader is None:
        return
    ctx.closed.append(reader)
    if reader.is_closing:
        del ctx.view.readers[event.client]
    else:
        reader.is_remote = True


def apply_stopped(ctx: RenderContext, event: facts.Stopped) -> None:
    """Say goodbye to everybody."""
    for reader in ctx.view.readers.values():
        ctx.reply(reader, *goodbye_to_all(event.reason))
        reader.is_closing = True
    ctx.ending = tracker_ending(event.reason)


def apply_room_laid_down(ctx: RenderContext, event: requests.RoomLaidDown) -> None:
    """Make a room dormant once its last member has left."""
    room = ctx.view.room(event.channel)
    if room is not None:
        room.is_laid_down = True


APPLIERS: Appliers = {
    facts.Connected: apply_connected,
    facts.Renamed: apply_renamed,
    facts.RealnameChanged: apply_realname_changed,
    facts.Quit: apply_quit,
    requests.VisitForgotten: apply_visit_forgotten,
    requests.RoomLaidDown: apply_room_laid_down,
    requests.Closed: apply_closed,
    facts.Stopped: apply_stopped,
}
