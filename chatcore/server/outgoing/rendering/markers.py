"""MARKREAD to all clients of the person who has read (https://ircv3.net/specs/extensions/read-marker)."""

from __future__ import annotations

from chatcore.protocol.capabilities import READ_MARKER
from chatcore.protocol.names import casefold, is_channel
from chatcore.protocol.timestamp import format_time
from chatcore.server.outgoing.lines import seconds
from chatcore.server.outgoing.markers import Marker
from chatcore.server.outgoing.membership import Reader, Room
from chatcore.server.outgoing.rendering.context import Appliers, RenderContext
from chatcore.state import requests
from chatcore.state.history_identity import account_identity, is_visit


def apply_marker_requested(ctx: RenderContext, event: requests.MarkerRequested) -> None:
    """Send the current marker to the client that asked, and to its owner's other clients if it has moved on."""
    reader = ctx.view.readers[event.client]
    place, name = _place(ctx, reader, event)
    marker = Marker(event.time_ms or 0, name)
    has_grown = event.time_ms is not None and ctx.markers.advance(reader.identity, place, marker, _now_ms(ctx))
    time_ms = ctx.markers.find(reader.identity, place, _now_ms(ctx))
    _give(ctx, reader, event.target, time_ms)
    if has_grown:
        for other in ctx.view.present[reader.identity]:
            if other is not reader and other.capabilities & READ_MARKER:
                _give(ctx, other, event.target, time_ms)


def give_marker(ctx: RenderContext, reader: Reader, room: Room) -> None:
    """Tell a reader that has joined a room how far its owner has read there."""
    if reader.capabilities & READ_MARKER:
        time_ms = ctx.markers.find(reader.identity, casefold(room.name), _now_ms(ctx))
        _give(ctx, reader, room.name, time_ms)


def give_all_markers(ctx: RenderContext, reader: Reader) -> None:
    """Tell somebody who has come in or logged in how far they have read: no JOIN tells that for conversations."""
    if reader.capabilities & READ_MARKER and not reader.is_remote:
        for place, marker in ctx.markers.of(reader.identity, _now_ms(ctx)):
            name = marker.name if is_channel(place) else _name_of(ctx, reader, place, marker.name)
            if name:
                _give(ctx, reader, name, marker.time_ms)


def _place(ctx: RenderContext, reader: Reader, event: requests.MarkerRequested) -> tuple[str, str]:
    """Return a target's place for markers, and its name while it is not here.

    A person's place is an identity: the nick's holder, else the account of that name, else the partner who had that
    nick. So a change of nick does not change the conversation, and another holder of the nick is another one.
    """
    target = event.target
    if is_channel(target):
        return casefold(target), target
    here = ctx.view.find_nick(target)
    if here is not None:
        return here.identity, here.account or here.nick
    if event.account_id:
        return account_identity(event.account_id), event.account
    for identity, dialog in ctx.view.dialogs.partners(reader.identity):
        if casefold(dialog.nicks[identity]) == casefold(target):
            return identity, dialog.nicks[identity]
    return casefold(target), target


def _name_of(ctx: RenderContext, reader: Reader, place: str, name: str) -> str:
    """Return the current name of somebody who had this name; '' if the name is nobody's or somebody else's.

    Only people who have talked with them are told their present nick: others need not know that they are here.
    """
    if ctx.view.dialogs.find(reader.identity, place) is not None:
        return ctx.view.name_of(place, name)
    holder = ctx.view.find_nick(name)
    if holder is None:
        return "" if is_visit(place) else name
    return name if holder.identity == place else ""


def _give(ctx: RenderContext, reader: Reader, name: str, time_ms: int | None) -> None:
    value = "*" if time_ms is None else f"timestamp={format_time(seconds(time_ms))}"
    ctx.reply(reader, "MARKREAD", name, value)


def _now_ms(ctx: RenderContext) -> int:
    return int(ctx.time * 1000)


APPLIERS: Appliers = {
    requests.MarkerRequested: apply_marker_requested,
}
