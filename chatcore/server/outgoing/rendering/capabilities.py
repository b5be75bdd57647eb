"""What a reader has negotiated."""

from __future__ import annotations

from chatcore.server.outgoing.rendering.context import Appliers, RenderContext
from chatcore.state import requests


def apply_capabilities_changed(ctx: RenderContext, event: requests.CapabilitiesChanged) -> None:
    """What was said before is written as it was negotiated then."""
    reader = ctx.view.readers[event.client]
    for room in reader.rooms:
        ctx.fanout.settle(room)
    reader.negotiate(event.capabilities)


APPLIERS: Appliers = {
    requests.CapabilitiesChanged: apply_capabilities_changed,
}
