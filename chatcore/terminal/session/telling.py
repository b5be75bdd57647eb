"""Telling the others that one is typing (https://ircv3.net/specs/client-tags/typing), if that is wished. Pure."""

from __future__ import annotations

from functools import partial

from chatcore.protocol.message import Message
from chatcore.protocol.names import casefold
from chatcore.terminal.session.effects import Effect
from chatcore.terminal.session.session import Session
from chatcore.terminal.session.typists import TAG, TELLING

EVERY_S = 3.0
EMPTY_FOR_S = 1.0
"""A line that is said is empty for a moment as well."""


class Telling:
    """What the others have been told. The session's clock has what they are to be told."""

    def __init__(self) -> None:
        self._place = ""  # where they were told that we are typing; '' if nowhere
        self._told_at = 0.0
        self._last = ("", "")  # the view, and what stood in the line

    def take_line(self, session: Session, text: str) -> None:
        """Take what stands in the line now that it has changed."""
        view = session.views.current
        name = view.name if view is not None else ""
        was_elsewhere = self._last[0] != casefold(name)
        self._last = (casefold(name), text)
        if self._place and (was_elsewhere or not text.strip()):
            session.clock.call_in(EMPTY_FOR_S, TELLING, partial(self._tell, session, self._place, "done"))
            self._place = ""
        elif not was_elsewhere and _is_text(text) and name and session.has("message-tags"):
            since_s = session.clock.now - self._told_at
            if not self._place or since_s >= EVERY_S:
                self._place, self._told_at = name, session.clock.now
                session.clock.call_in(0.0, TELLING, partial(self._tell, session, name, "active"))

    def _tell(self, session: Session, place: str, state: str) -> list[Effect]:
        is_there = session.views.get(place) is not None and session.absence is None
        return [Message("TAGMSG", (place,), tags={TAG: state})] if is_there else []


def _is_text(text: str) -> bool:
    return bool(text.strip()) and not text.lstrip().startswith(("/", "```"))
