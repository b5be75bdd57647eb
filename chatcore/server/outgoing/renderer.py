"""Apply events to the view, in the order of the stream, and give each reader its lines.

This is the only place where events become lines; the functions in `rendering` make them, by topic. Runs in delivery's
thread; knows readers and rooms, but no sockets.
"""

from __future__ import annotations

import logging
from typing import Any

from chatcore.server.outgoing.fanout import Captured
from chatcore.server.outgoing.membership import Reader
from chatcore.server.outgoing.rendering import (
    answers,
    capabilities,
    channel,
    history,
    markers,
    messaging,
    metadata,
    modes,
    monitor,
    operators,
    queries,
    redaction,
    registration,
    renaming,
    sasl,
    search,
    tracker_list,
    waiting,
)
from chatcore.server.outgoing.rendering.answers import knows_labels, labeled_bytes
from chatcore.server.outgoing.rendering.context import Appliers, RenderContext
from chatcore.server.outgoing.repair import end_visits, recover
from chatcore.state.history import line_id
from chatcore.state.notes import Note
from chatcore.state.requests import Reply
from chatcore.state.stream import Entry, Label

_MESSAGES_AN_EVENT = 8  # messages with ids of their own: a JOIN and the AWAY after it, the lines of a long MODE
TOPICS = (
    answers,
    capabilities,
    channel,
    history,
    markers,
    messaging,
    metadata,
    modes,
    monitor,
    operators,
    queries,
    redaction,
    registration,
    renaming,
    sasl,
    search,
    tracker_list,
    waiting,
)
APPLIERS: Appliers = {event: applier for topic in TOPICS for event, applier in topic.APPLIERS.items()}
"""The function that applies each event. Every event that is not in NEVER_APPLIED has a row."""

NEVER_APPLIED: frozenset[type[Any]] = frozenset({Note})
_logger = logging.getLogger(__name__)


class Renderer:
    """Turns entries into lines for readers. Delivery's thread only."""

    def __init__(self, context: RenderContext) -> None:
        self._context = context

    def apply(self, entry: Entry) -> None:
        """Apply all events of one entry. A fault in one of them ends the visits affected (see `repair`)."""
        if entry.label is None:
            self._apply_events(entry)
        else:
            self._apply_labeled(entry, entry.label)

    def _apply_labeled(self, entry: Entry, label: Label) -> None:
        reader = self._context.view.readers.get(label.client)
        if reader is None or reader.is_remote or not knows_labels(reader):
            self._apply_events(entry)
            return
        ctx = self._context
        ctx.fanout.capture(reader)
        self._apply_events(entry)
        answer = ctx.fanout.release()
        try:
            ctx.fanout.give_bytes(reader, labeled_bytes(ctx, reader, label.text, answer))
            ctx.give_after_answer(reader)
        except Exception:
            _logger.exception("a labeled answer could not be given")
            ctx.after_answer.clear()
            end_visits(ctx, "an answer", [reader.id])

    def encode(self, reader: Reader, replies: tuple[Reply, ...], label: Label | None) -> bytes:
        """Return the bytes of an urgent answer; if a fault prevents that, end the reader's visit and return nothing."""
        try:
            return self._encode(reader, replies, label)
        except Exception:
            _logger.exception("an urgent answer could not be given")
            end_visits(self._context, "an answer", [reader.id])
            return b""

    def _encode(self, reader: Reader, replies: tuple[Reply, ...], label: Label | None) -> bytes:
        lines = [self._context.reply_line(reader, reply) for reply in replies]
        if label is None or not knows_labels(reader):
            return b"".join(line.encoded(reader.tag_bits) for line in lines)
        return labeled_bytes(self._context, reader, label.text, [Captured(line, "") for line in lines])

    def _apply_events(self, entry: Entry) -> None:
        ctx = self._context
        ctx.time = entry.time
        if entry.time > ctx.peak:
            ctx.peak = entry.time
        for index, event in enumerate(entry.events):
            applier = APPLIERS.get(type(event))
            if applier is not None:
                ctx.serial = (entry.position, index * _MESSAGES_AN_EVENT, ctx.sequence, ctx.peak)
                try:
                    applier(ctx, event)
                except Exception:  # a fault in one command must not end everybody's chat
                    _logger.exception("%s could not be applied", type(event).__name__)
                    recover(ctx, event)
            elif type(event) not in NEVER_APPLIED:
                _logger.error("nothing applies %s", type(event).__name__)
                recover(ctx, event)
            if ctx.view.book.changes:
                self._remember(line_id(entry.position, index * _MESSAGES_AN_EVENT))

    def _remember(self, id_: int) -> None:
        """Record the event's changes to rooms."""
        try:
            self._context.view.book.write(id_)
        except Exception:
            _logger.exception("a change of rooms could not be recorded")
            self._context.host.tell("A fault in this program: some rooms may not survive a restart as they are now")
