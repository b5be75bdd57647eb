"""Typing notices of our own (https://ircv3.net/specs/client-tags/typing), if the person wants them. Pure."""

from __future__ import annotations

from functools import partial

from chatcore.protocol.message import Message
from chatcore.protocol.names import casefold
from chatcore.terminal.session.effects import Effect
from chatcore.terminal.session.session import Session
from chatcore.terminal.session.typists import TAG, TELLING

EVERY_S = 3.0
EMPTY_FOR_S = 1.0
"""A line must be empty this long before typing counts as over, as it is also empty just after sending."""


class Telling:
    """What the others have been told. The notices themselves are scheduled on the session's clock."""

    def __init__(self) -> None:
        self._place = ""  # the view in which we are shown as typing; '' if none
        self._told_at = 0.0
        self._last = ("", "")  # the view, and the text of the line

    def take_line(self, session: Session, text: str) -> None:
        """Handle a change of the input line."""
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
