"""Operators' messages to everybody."""

from __future__ import annotations

from chatcore.protocol.modes import WALLOPS
from chatcore.server.outgoing.rendering.context import Appliers, RenderContext
from chatcore.state import facts


def apply_wallops(ctx: RenderContext, event: facts.Wallops) -> None:
    """WALLOPS: to readers with user mode w."""
    source = ctx.view.readers[event.source]
    listeners = [reader for reader in ctx.view.readers.values() if WALLOPS.letter in reader.modes]
    ctx.tell(listeners, ctx.line(source, "WALLOPS", event.text))


def apply_announced(ctx: RenderContext, event: facts.Announced) -> None:
    """Give the tracker operator's announcement to everybody."""
    for reader in ctx.view.readers.values():
        ctx.reply(reader, "NOTICE", reader.nick, event.text)


APPLIERS: Appliers = {
    facts.Wallops: apply_wallops,
    facts.Announced: apply_announced,
}
