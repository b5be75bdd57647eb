"""Search results (soju.im/search)."""

from __future__ import annotations

from chatcore.protocol.capabilities import BATCH
from chatcore.server.outgoing.lines import Line
from chatcore.server.outgoing.rendering.context import Appliers, RenderContext
from chatcore.server.outgoing.rendering.history import give_as_read, give_batch
from chatcore.state import requests


def apply_search_requested(ctx: RenderContext, event: requests.SearchRequested) -> None:
    """Give search results in a batch, or as notices to a reader without the batch capability."""
    reader = ctx.view.readers[event.client]
    lines = [Line.recorded(found, ctx.sequence) for found in event.found if not ctx.view.is_redacted(found.id)]
    if reader.capabilities & BATCH:
        give_batch(ctx, reader, "soju.im/search", lines)
        return
    for line in lines:
        give_as_read(ctx, reader, reader.nick, line, line.target)
    if not lines:
        ctx.reply(reader, "NOTICE", reader.nick, "Nothing was found")


APPLIERS: Appliers = {
    requests.SearchRequested: apply_search_requested,
}
