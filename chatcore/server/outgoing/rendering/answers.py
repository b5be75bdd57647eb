"""Labeled responses: which lines answer a command (https://ircv3.net/specs/extensions/labeled-response)."""

from __future__ import annotations

from collections.abc import Sequence

from chatcore.protocol.capabilities import BATCH, LABELED_RESPONSE
from chatcore.server.outgoing.fanout import Captured
from chatcore.server.outgoing.lines import Line
from chatcore.server.outgoing.membership import Reader
from chatcore.server.outgoing.rendering.context import Appliers, RenderContext
from chatcore.server.outgoing.rendering.history import give_batch
from chatcore.state import requests

_NEEDED = LABELED_RESPONSE | BATCH


def knows_labels(reader: Reader) -> bool:
    """Return whether the reader's labels are used. Without batches an answer could not have several lines."""
    return reader.capabilities & _NEEDED == _NEEDED


def labeled_bytes(ctx: RenderContext, reader: Reader, label: str, answer: Sequence[Captured]) -> bytes:
    """Return a labeled answer: an ACK for no lines, a tag on a single line, a batch for more."""
    bits = reader.tag_bits
    tag = ("label", label)
    if not answer:
        return ctx.server_line(f":{ctx.server} ACK").tagged(bits, (tag,))
    if (len(answer) == 1 and answer[0].line.is_single(bits)) or _is_one_batch(ctx, answer):
        first, *rest = answer
        return first.line.tagged(bits, (tag,)) + b"".join(_as_part(bits, part, part.batch) for part in rest)
    batch = ctx.new_batch()
    opening = ctx.server_line(f":{ctx.server} BATCH +{batch} labeled-response").tagged(bits, (tag,))
    closing = ctx.server_line(f":{ctx.server} BATCH -{batch}").encoded(bits)
    return opening + b"".join(_as_part(bits, part, part.batch or batch) for part in answer) + closing


def _as_part(bits: int, part: Captured, batch: str) -> bytes:
    line: Line = part.line
    return line.tagged(bits, (("batch", batch),)) if batch else line.encoded(bits)


def _is_one_batch(ctx: RenderContext, answer: Sequence[Captured]) -> bool:
    """Return whether the whole answer is already one batch."""
    opening = f":{ctx.server} BATCH +".encode()
    return answer[0].line.body.startswith(opening) and all(part.batch for part in answer[1:-1])


def apply_replied(ctx: RenderContext, event: requests.Replied) -> None:
    """Give one reader its replies."""
    reader = ctx.view.readers.get(event.client)
    if reader is None or reader.is_remote:
        return
    if ctx.fanout.is_captured(reader):
        if not event.is_answer:
            ctx.after_answer += (ctx.reply_line(reader, reply) for reply in event.replies)
            return
        for reply in event.replies:
            ctx.reply(reader, *reply)
    elif event.replies:  # at once: a welcome has some twenty
        lines = (ctx.reply_line(reader, reply) for reply in event.replies)
        ctx.fanout.give_bytes(reader, b"".join(line.encoded(reader.tag_bits) for line in lines))


def apply_replied_in_batch(ctx: RenderContext, event: requests.RepliedInBatch) -> None:
    """Give one reader its replies as a batch."""
    reader = ctx.view.readers.get(event.client)
    if reader is not None and not reader.is_remote:
        lines = [ctx.reply_line(reader, reply) for reply in event.replies]
        give_batch(ctx, reader, " ".join(event.batch), lines)


def apply_pinged(ctx: RenderContext, event: requests.Pinged) -> None:
    """PING: from the tracker."""
    reader = ctx.view.readers.get(event.client)
    if reader is not None:
        ctx.reply(reader, "PING", ctx.server)


APPLIERS: Appliers = {
    requests.Replied: apply_replied,
    requests.RepliedInBatch: apply_replied_in_batch,
    requests.Pinged: apply_pinged,
}
