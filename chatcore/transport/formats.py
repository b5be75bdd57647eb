"""Encodes an IRC line as a connection carries it, once for all readers of a format."""

from __future__ import annotations

from websockets.frames import Frame, Opcode

from chatcore.transport.room_text import room_text

LINES = 0
"""IRC unchanged: lines that end in CR LF."""

TEXT_FRAMES = 1 << 40
"""A WebSocket text frame for each line (text.ircv3.net)."""

BINARY_FRAMES = 1 << 41
"""A WebSocket binary frame for each line (binary.ircv3.net)."""

ROOM_TEXT = 1 << 42
"""Text frames for people: `nick: text`, without lines that people need not see."""

FORMAT_MASK = TEXT_FRAMES | BINARY_FRAMES | ROOM_TEXT


def in_format(line: bytes, bits: int) -> bytes:
    """Return one line, which ends in CR LF, in the format named by `bits`."""
    if bits & TEXT_FRAMES:
        return _frame(Opcode.TEXT, line[:-2])
    if bits & BINARY_FRAMES:
        return _frame(Opcode.BINARY, line[:-2])
    if not bits & ROOM_TEXT:
        return line
    if line.startswith(b"PING "):
        return _frame(Opcode.PING, b"")
    text = room_text(line[:-2].decode())
    return _frame(Opcode.TEXT, text.encode()) if text else b""


def _frame(opcode: Opcode, payload: bytes) -> bytes:
    return Frame(opcode, payload).serialize(mask=False)
