"""Read markers (https://ircv3.net/specs/extensions/read-marker), sent and received. Pure.

They are sent only for an account, whose programs share them, and not from a pipe, which nobody reads: a few seconds
after a message in the current view, and at once on turning to another view.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from chatcore.protocol.message import Message
from chatcore.protocol.names import casefold
from chatcore.terminal.session.effects import Effect, Said
from chatcore.terminal.session.places import View
from chatcore.terminal.session.said import stamp
from chatcore.terminal.session.session import Session

CAPABILITY = "draft/read-marker"
EVERY_S = 5.0

_KEY = "timestamp="


def plan(session: Session) -> None:
    """Schedule the read marker of the current view."""
    view, looking = session.views.current, session.looking
    marked = looking.marking
    if looking.is_coming_back and session.absence is None:
        _count_all_again(session)
    looking.is_coming_back = session.absence is not None
    if session.shows_all or not (session.has(CAPABILITY) and looking.has_account) or looking.is_coming_back:
        return
    if marked and (view is None or casefold(view.name) != casefold(marked)):
        until = _last_heard(session.views.get(marked))  # later messages have not been looked at
        session.clock.call_in(0.0, _name(marked), partial(mark, session, marked, until))
        looking.marking = ""
    if view is not None and not looking.marking and _last_heard(view) > session.memory.markers.get(view.name):
        looking.marking = view.name
        session.clock.call_in(EVERY_S, _name(view.name), partial(mark, session, view.name))


def mark(session: Session, name: str, until: str | None = None) -> list[Effect]:
    """Mark a view as read `until` a time, or else to its end, unless that is known already."""
    if casefold(session.looking.marking) == casefold(name):
        session.looking.marking = ""
    time = _last_heard(session.views.get(name)) if until is None else until
    if time <= session.memory.markers.get(name):
        return []
    session.memory.markers.note(name, time)
    return [Message("MARKREAD", (name, f"{_KEY}{time}"))]


def mark_last(session: Session) -> list[Effect]:
    """Send the pending read marker before leaving."""
    return mark(session, session.looking.marking) if session.looking.marking else []


def receive_marker(session: Session, message: Message) -> Iterator[Effect]:
    """Handle a MARKREAD: messages read elsewhere are not unread here. Raises IndexError."""
    name, value = message.params[0], message.params[1]
    time = value.removeprefix(_KEY)
    if value.startswith(_KEY) and _parsed(time) is not None and time > session.memory.markers.get(name):
        session.memory.markers.note(name, time)
        view = session.views.get(name)
        if view is not None and view.unread:
            _count_again(view, time)
    yield from ()


def _count_all_again(session: Session) -> None:
    """Count again after coming back: missed messages may have been read elsewhere since."""
    for view in session.views:
        time = session.memory.markers.get(view.name)
        if view.unread and time:
            _count_again(view, time)


def _count_again(view: View, read_to: str) -> None:
    """Mark the messages up to that time as read."""
    fresh = list(view.lines)[-view.fresh :] if view.fresh else []
    later = [number for number, line in enumerate(fresh) if isinstance(line, Said) and stamp(line.time) > read_to]
    unread = sum(not line.is_own for line in (fresh[number] for number in later) if isinstance(line, Said))
    if not unread:
        view.mark_read()
        return
    view.unread, view.fresh = min(view.unread, unread), len(fresh) - later[0]
    view.mentions = min(view.mentions, view.unread)


def _last_heard(view: View | None) -> str:
    """Return the time of the last message in a view, as the tracker writes it; '' if unknown."""
    if view is None:
        return ""
    heard = (line for line in reversed(view.lines) if isinstance(line, Said) and line.time is not None)
    return stamp(next((line.time for line in heard), None))


def _parsed(time: str) -> datetime | None:
    try:
        return datetime.fromisoformat(time)
    except ValueError:
        return None


def _name(place: str) -> str:
    return f"read in {casefold(place)}"
