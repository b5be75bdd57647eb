"""REDACT: messages that are taken back (https://ircv3.net/specs/extensions/message-redaction)."""

from __future__ import annotations

from chatcore.protocol.capabilities import MESSAGE_REDACTION
from chatcore.server.outgoing.history import History
from chatcore.server.outgoing.lines import Line
from chatcore.server.outgoing.membership import Reader
from chatcore.server.outgoing.rendering.context import Appliers, RenderContext
from chatcore.state import facts, requests
from chatcore.state.history import Place, RoomPlace, Utterance, msgid_of
from chatcore.state.history_identity import account_of


def apply_redacted(ctx: RenderContext, event: facts.Redacted) -> None:
    """REDACT: to the members of a room, and to an IRC operator who did it from outside."""
    room, doer = ctx.view.rooms[event.channel], ctx.view.readers[event.source]
    line = _line(ctx, doer, room.name, event.message, event.reason)
    room.history.redact(event.message, line)
    ctx.tell({**dict.fromkeys(room.members), doer: None}, line, MESSAGE_REDACTION)


def apply_redacted_privately(ctx: RenderContext, event: facts.RedactedPrivately) -> None:
    """REDACT: to the author, and to all the recipient's clients. If the message waits for them, it is withdrawn."""
    doer = ctx.view.readers[event.source]
    if account_id := account_of(event.partner):
        ctx.waiting.withdraw(account_id, event.message, ctx.line_id)
    dialogs = ctx.view.dialogs
    dialog = dialogs.find(doer.identity, event.partner)
    if dialog is None:  # it is only in the archive
        dialog = dialogs.between(doer.identity, doer.account or doer.nick, event.partner, event.name)
    line = _line(ctx, doer, event.name, event.message, event.reason)
    dialog.history.redact(event.message, line)
    ctx.tell([doer], line, MESSAGE_REDACTION)
    for reader in ctx.view.present.get(event.partner, ()):
        if reader is not doer:
            ctx.tell([reader], _line(ctx, doer, reader.nick, event.message, event.reason), MESSAGE_REDACTION)


def apply_utterance_sought(ctx: RenderContext, event: requests.UtteranceSought) -> None:
    """Find a message, and give its author and time to the thread that asks."""
    try:
        found = _sought(ctx, event.place, event.id)
    except BaseException:
        ctx.host.recall(event.number, None)  # a fault must not leave that thread waiting
        raise
    ctx.host.recall(event.number, found)


def _sought(ctx: RenderContext, place: Place, id_: int) -> Utterance | None:
    history = _history_of(ctx, place)
    line = history.find(id_) if history is not None else None
    if line is None:
        return None
    instance = place.instance if isinstance(place, RoomPlace) else 0
    return Utterance(id_, int(line.time * 1000), line.author, line.source.decode().partition("!")[0], instance)


def _history_of(ctx: RenderContext, place: Place) -> History | None:
    if isinstance(place, RoomPlace):
        room = ctx.view.room(place.name)
        return room.history if room is not None and room.instance == place.instance else None
    one, *others = sorted(place)
    dialog = ctx.view.dialogs.find(one, *(others or (one,)))
    return dialog.history if dialog is not None else None


def _line(ctx: RenderContext, doer: Reader, target: str, message: int, reason: str) -> Line:
    return ctx.line(doer, "REDACT", target, msgid_of(message, ctx.sequence), *([reason] if reason else []))


APPLIERS: Appliers = {
    facts.Redacted: apply_redacted,
    facts.RedactedPrivately: apply_redacted_privately,
    requests.UtteranceSought: apply_utterance_sought,
}
