"""What is shown around the input line: our nick, the views, and our messages on their way. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from chatcore.protocol.names import casefold
from chatcore.terminal.session.effects import Said
from chatcore.terminal.session.outbox import Sent
from chatcore.terminal.session.session import Session
from chatcore.terminal.session.typists import told


class Tab(NamedTuple):
    """A view in the status bar."""

    number: int
    name: str
    unread: int = 0
    mentions: int = 0
    is_current: bool = False


class Status(NamedTuple):
    """What is shown around the input line."""

    nick: str = ""
    tabs: tuple[Tab, ...] = ()
    members: int = 0
    """How many people are in the current room."""
    absence: str = ""
    """The progress of coming back while the connection is lost."""
    unsaid: tuple[Said, ...] = ()
    """Our messages in the current view that are on their way."""
    waiting: tuple[Said, ...] = ()
    """Our messages in the current view that wait for a connection."""
    remark: str = ""
    """What is going on in the current view, such as somebody typing."""
    crowd: str = ""
    """People who have come and gone in the current room without speaking."""


def status_of(session: Session) -> Status:
    """Return the status of a session, without `absence`."""
    room, current = session.room, session.views.current
    if current is None:
        return Status(session.nick)
    lost = session.absence
    return Status(
        session.nick,
        tuple(
            Tab(number, view.name, view.unread, view.mentions, view is current)
            for number, view in enumerate(session.views, 1)
        ),
        len(room.members) + room.left_out if room else 0,
        unsaid=_said_in(session, current.name, [*(lost.unsaid if lost else ()), *session.outbox]),
        waiting=_said_in(session, current.name, lost.waiting if lost else ()),
        remark=told(session.typists.in_place(current.name, session.clock.now)),
        crowd=current.crowd.text,
    )


def _said_in(session: Session, place: str, sent: Iterable[Sent]) -> tuple[Said, ...]:
    """Return those of our messages that were typed in this view, as they are shown."""
    return tuple(session.said_of(each) for each in sent if casefold(each.place) == casefold(place))
