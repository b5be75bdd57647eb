"""Hand lines to their readers, each in the order of the stream, joined into as few sends as possible.

Readers connected to another tracker (`Reader.is_remote`) are skipped everywhere: that tracker sends to them.

Within one batch, a room's chat lines wait in `room.pending` and are joined once for all members with the same form.
This must not change anybody's order, so a room's pending lines are handed over (`settle`)
- before anything else is given to one of its members, and
- before a line of another room waits, if both rooms have members who are in several rooms (`Room.shared`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from chatcore.server.outgoing.lines import Line
from chatcore.server.outgoing.membership import Reader, Room


class Captured(NamedTuple):
    """A line kept back, and the batch that it belongs to."""

    line: Line
    batch: str


class Fanout:
    """Collects one batch's output. Delivery's thread only."""

    def __init__(self) -> None:
        self._dirty: list[Reader] = []
        self._unsettled: list[Room] = []
        self._shared_room: Room | None = None  # the one room with shared members that has lines pending
        self._captured_reader: Reader | None = None
        self._captured: list[Captured] = []
        self._encoded_line: Line | None = None  # the line last given to single readers, and its forms
        self._encoded: dict[int, bytes] = {}
        self.uncollected_bytes = 0

    def to_room(self, room: Room, line: Line, skip: Reader | None) -> None:
        """Give a line to all members but `skip`. This is the way of messages, which are most lines."""
        if room.shared and self._shared_room is not room:
            if self._shared_room is not None:
                self.settle(self._shared_room)
            self._shared_room = room
        if not room.pending:
            self._unsettled.append(room)
        room.pending.append((skip, line))

    def to_one(self, reader: Reader, line: Line, batch: str = "") -> None:
        """Give a line to one reader, as part of a batch if one is named."""
        if reader.is_closing or reader.is_remote:
            return
        self._settle_rooms_of(reader)
        if reader is self._captured_reader:
            self._captured.append(Captured(line, batch))
        elif batch:
            self._give(reader, line.tagged(reader.tag_bits, (("batch", batch),)))
        else:
            self._give(reader, self._encode(line, reader.tag_bits))

    def give_bytes(self, reader: Reader, data: bytes) -> None:
        """Give one reader lines in their final form, which are never captured."""
        if not reader.is_closing and not reader.is_remote:
            self._settle_rooms_of(reader)
            self._give(reader, data)

    def capture(self, reader: Reader) -> None:
        """Keep back the reader's lines until `release`."""
        self._captured_reader = reader

    def is_captured(self, reader: Reader) -> bool:
        """Return whether the reader is being captured."""
        return reader is self._captured_reader

    def release(self) -> list[Captured]:
        """End `capture`; return the lines kept back."""
        captured, self._captured = self._captured, []
        self._captured_reader = None
        return captured

    def to_each(self, readers: Iterable[Reader], line: Line) -> None:
        """Give a line to readers who may be in different rooms."""
        for reader in readers:
            self.to_one(reader, line)

    def settle(self, room: Room) -> None:
        """Hand a room's pending lines to its current members. Call before membership changes."""
        if not room.pending:
            return
        lines = room.pending
        room.pending = []
        skips = [skip for skip, _ in lines]
        skipped = set(skips)
        encoded: dict[int, list[bytes]] = {}
        wholes: dict[int, list[bytes]] = {}
        whole = b""
        dirty = self._dirty
        for member in room.members:
            if member.is_remote:
                continue
            bits = member.tag_bits
            parts = wholes.get(bits)
            if parts is None:
                encoded[bits] = [line.encoded(bits) for _, line in lines]
                whole = b"".join(encoded[bits])
                parts = wholes[bits] = [whole] if whole else []
            if member in skipped:  # all but its own lines; joining those here would make a copy for each speaker
                parts = [part for part, skip in zip(encoded[bits], skips, strict=True) if skip is not member and part]
            if parts:  # as in _give, but without a call for each member
                if not member.parts:
                    dirty.append(member)
                member.parts += parts
        self.uncollected_bytes += len(whole) * len(room.members)

    def settle_all(self) -> None:
        """Hand every room's pending lines to its members."""
        for room in self._unsettled:
            self.settle(room)
        self._unsettled.clear()
        self._shared_room = None

    def collect(self) -> list[Reader]:
        """Hand over everything; return the readers with something to send, and begin a new batch."""
        self.settle_all()
        self._encoded_line = None
        dirty, self._dirty = self._dirty, []
        self.uncollected_bytes = 0
        return dirty

    def _encode(self, line: Line, tag_bits: int) -> bytes:
        """Return the line in this form, made once for consecutive readers of the same form."""
        if line is not self._encoded_line:
            self._encoded_line = line
            self._encoded = {}
        data = self._encoded.get(tag_bits)
        if data is None:
            data = self._encoded[tag_bits] = line.encoded(tag_bits)
        return data

    def _settle_rooms_of(self, reader: Reader) -> None:
        for room in reader.rooms:
            if room.pending:
                self.settle(room)

    def _give(self, reader: Reader, data: bytes) -> None:
        if not reader.parts:
            self._dirty.append(reader)
        reader.parts.append(data)
        self.uncollected_bytes += len(data)
