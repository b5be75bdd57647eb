"""What a reader has negotiated."""

from __future__ import annotations

from chatcore.server.outgoing.rendering.context import Appliers, RenderContext
from chatcore.state import requests


def apply_capabilities_changed(ctx: RenderContext, event: requests.CapabilitiesChanged) -> None:
    """Settle first: earlier lines are written as negotiated at the time."""
    reader = ctx.view.readers[event.client]
    for room in reader.rooms:
        ctx.fanout.settle(room)
    reader.negotiate(event.capabilities)


APPLIERS: Appliers = {
    requests.CapabilitiesChanged: apply_capabilities_changed,
}
