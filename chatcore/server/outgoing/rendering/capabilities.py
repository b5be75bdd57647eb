"""Changes of a reader's capabilities."""

from __future__ import annotations

from chatcore.protocol.capabilities import RESUME
from chatcore.server.outgoing.rendering.context import Appliers, RenderContext
from chatcore.state import requests


def apply_capabilities_changed(ctx: RenderContext, event: requests.CapabilitiesChanged) -> None:
    """Take new capabilities, after settling: earlier lines are written with the capabilities of their time."""
    reader = ctx.view.readers[event.client]
    for room in reader.rooms:
        ctx.fanout.settle(room)
    wanted_to_return = reader.capabilities & RESUME
    reader.negotiate(event.capabilities)
    for room in reader.rooms:
        if reader.capabilities & RESUME:
            ctx.view.note_letters(room, reader)
        elif wanted_to_return:
            ctx.view.book.set_letters(room.instance, reader.seat, None)
    if wanted_to_return and not reader.capabilities & RESUME:
        ctx.view.forget_seats(reader.seat)


APPLIERS: Appliers = {
    requests.CapabilitiesChanged: apply_capabilities_changed,
}
