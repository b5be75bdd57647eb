"""Apply events to the view, in the order of the stream, and have each reader given what it is to see of them.

The only place where events become lines; how is in `rendering`, by topic. Runs in delivery's thread; knows readers and
rooms, not sockets.
"""

from __future__ import annotations

from chatcore.server.fanout import Captured
from chatcore.server.rendering import recall, rooms, speech, visits, watching
from chatcore.server.rendering.answers import knows_labels, labeled_bytes
from chatcore.server.rendering.desk import Appliers, Desk
from chatcore.server.view import Reader
from chatcore.state.events import Reply
from chatcore.state.stream import Entry, Label

_MESSAGES_AN_EVENT = 8  # that have ids of their own: a JOIN and the AWAY after it, the lines of a long MODE
_APPLIERS: Appliers = {
    **visits.APPLIERS,
    **rooms.APPLIERS,
    **speech.APPLIERS,
    **recall.APPLIERS,
    **watching.APPLIERS,
}


class Scribe:
    """Turns entries into what readers are given. Delivery's thread only."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def apply(self, entry: Entry) -> None:
        """Apply all events of one entry."""
        if entry.label is None:
            self._apply_events(entry)
        else:
            self._apply_labeled(entry, entry.label)

    def _apply_labeled(self, entry: Entry, label: Label) -> None:
        reader = self._desk.view.readers.get(label.client)
        if reader is None or not knows_labels(reader):
            self._apply_events(entry)
            return
        self._desk.fanout.capture(reader)
        try:
            self._apply_events(entry)
        finally:
            answer = self._desk.fanout.release()
            self._desk.fanout.give_bytes(reader, labeled_bytes(self._desk, reader, label.text, answer))
            self._desk.give_after_answer(reader)

    def encode(self, reader: Reader, replies: tuple[Reply, ...], label: Label | None) -> bytes:
        """Return an urgent answer as its reader gets it."""
        lines = [self._desk.reply_line(reader, reply) for reply in replies]
        if label is None or not knows_labels(reader):
            return b"".join(line.encoded(reader.tag_bits) for line in lines)
        return labeled_bytes(self._desk, reader, label.text, [Captured(line, "") for line in lines])

    def _apply_events(self, entry: Entry) -> None:
        desk = self._desk
        desk.time = entry.time
        if entry.time > desk.peak:
            desk.peak = entry.time
        for index, event in enumerate(entry.events):
            applier = _APPLIERS.get(type(event))
            if applier is not None:
                desk.serial = (entry.position, index * _MESSAGES_AN_EVENT, desk.run, desk.peak)
                applier(desk, event)
