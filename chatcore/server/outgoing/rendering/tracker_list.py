"""TRACKERS: where else the chat can be reached (docs/trackers.md).

A list takes several messages in the way of https://ircv3.net/specs/extensions/capability-negotiation.
"""

from __future__ import annotations

from chatcore.protocol.capabilities import TRACKERS
from chatcore.protocol.tracker_list import COMMAND, MORE, write_trackers
from chatcore.protocol.wrap import bytes_left
from chatcore.server.outgoing.lines import Line
from chatcore.server.outgoing.rendering.context import Appliers, RenderContext
from chatcore.state import requests


def apply_trackers_requested(ctx: RenderContext, event: requests.TrackersRequested) -> None:
    """Send the list to one reader, after the answer to its last command."""
    reader = ctx.view.readers.get(event.client)
    if reader is None:
        return
    if ctx.fanout.is_captured(reader):
        ctx.after_answer += _lines(ctx)
    else:
        for line in _lines(ctx):
            ctx.tell([reader], line)


def apply_trackers_changed(ctx: RenderContext, event: requests.TrackersChanged) -> None:
    """Send the list to all readers with the capability."""
    ctx.other_trackers = event.trackers
    ctx.host.note_trackers(event.trackers)
    for line in _lines(ctx):
        ctx.tell(ctx.view.readers.values(), line, TRACKERS)


def _lines(ctx: RenderContext) -> list[Line]:
    told = write_trackers(ctx.other_trackers, bytes_left(ctx.server, COMMAND, MORE))
    return [ctx.line(None, COMMAND, *params) for params in told]


APPLIERS: Appliers = {
    requests.TrackersRequested: apply_trackers_requested,
    requests.TrackersChanged: apply_trackers_changed,
}
