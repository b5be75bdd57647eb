"""Changes of a reader's login."""

from __future__ import annotations

from chatcore.protocol.capabilities import ACCOUNT_NOTIFY
from chatcore.server.outgoing.rendering.context import Appliers, RenderContext
from chatcore.server.outgoing.rendering.metadata import tell_differences
from chatcore.server.outgoing.rendering.monitor import tell_acquaintances
from chatcore.state import facts


def apply_account_changed(ctx: RenderContext, event: facts.AccountChanged) -> None:
    """ACCOUNT: to readers with account-notify (https://ircv3.net/specs/extensions/account-notify)."""
    reader = ctx.view.readers[event.client]
    before = reader.metadata
    ctx.view.change_account(reader, event.account, event.account_id)
    line = ctx.line(reader, "ACCOUNT", event.account or "*")
    ctx.tell([reader], line, ACCOUNT_NOTIFY)
    tell_acquaintances(ctx, reader, line, ACCOUNT_NOTIFY)
    tell_differences(ctx, reader, before)


APPLIERS: Appliers = {
    facts.AccountChanged: apply_account_changed,
}
