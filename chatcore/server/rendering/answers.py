"""Labeled responses: which lines answer a command (https://ircv3.net/specs/extensions/labeled-response)."""

from __future__ import annotations

from collections.abc import Sequence

from chatcore.protocol.capabilities import BATCH, LABELED_RESPONSE
from chatcore.server.fanout import Captured
from chatcore.server.lines import Line
from chatcore.server.rendering.desk import Desk
from chatcore.server.view import Reader

_NEEDED = LABELED_RESPONSE | BATCH


def knows_labels(reader: Reader) -> bool:
    """Tell whether the reader's labels count: without batches there is no way to answer with several lines."""
    return reader.capabilities & _NEEDED == _NEEDED


def labeled_bytes(desk: Desk, reader: Reader, label: str, answer: Sequence[Captured]) -> bytes:
    """Return all lines of an answer with the label: ACK for none, on the line for one, on a batch for more."""
    bits = reader.tag_bits
    tag = ("label", label)
    if not answer:
        return desk.server_line(f":{desk.server} ACK").tagged(bits, (tag,))
    if len(answer) == 1 or _is_one_batch(desk, answer):
        first, *rest = answer
        return first.line.tagged(bits, (tag,)) + b"".join(_as_part(bits, part, part.batch) for part in rest)
    batch = desk.new_batch()
    opening = desk.server_line(f":{desk.server} BATCH +{batch} labeled-response").tagged(bits, (tag,))
    closing = desk.server_line(f":{desk.server} BATCH -{batch}").encoded(bits)
    return opening + b"".join(_as_part(bits, part, part.batch or batch) for part in answer) + closing


def _as_part(bits: int, part: Captured, batch: str) -> bytes:
    line: Line = part.line
    return line.tagged(bits, (("batch", batch),)) if batch else line.encoded(bits)


def _is_one_batch(desk: Desk, answer: Sequence[Captured]) -> bool:
    """Tell whether the answer is a batch already, from its first line to its last."""
    opening = f":{desk.server} BATCH +".encode()
    return answer[0].line.body.startswith(opening) and all(part.batch for part in answer[1:-1])
