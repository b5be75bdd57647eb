"""The other trackers of the chat, as announced by our tracker (docs/trackers.md). Pure."""

from __future__ import annotations

from collections.abc import Iterator

from chatcore.protocol.message import Message
from chatcore.protocol.tracker_list import MORE, MOST_TRACKERS, parse_trackers
from chatcore.terminal.session.effects import Effect
from chatcore.terminal.session.session import TRACKERS, Session


def receive_trackers(session: Session, message: Message) -> Iterator[Effect]:
    """Remember the other trackers; a complete list replaces the one before."""
    yield from ()
    if not session.has(TRACKERS) or "!" in (message.source or ""):
        return
    session.trackers_told = [*session.trackers_told, *parse_trackers(message.params[-1])][:MOST_TRACKERS]
    if message.params[0] != MORE or len(message.params) == 1:
        session.memory.trackers, session.trackers_told = tuple(session.trackers_told), []
