"""What stands around the line that is typed: who we are, the views, what of ours is on its way. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from chatcore.protocol.names import casefold
from chatcore.terminal.session.effects import Said
from chatcore.terminal.session.outbox import Sent
from chatcore.terminal.session.session import Session
from chatcore.terminal.session.typists import told


class Tab(NamedTuple):
    """A view, as the line below the input shows it."""

    number: int
    name: str
    unread: int = 0
    mentions: int = 0
    is_current: bool = False


class Status(NamedTuple):
    """What stands around the line that is typed."""

    nick: str = ""
    tabs: tuple[Tab, ...] = ()
    members: int = 0
    """How many are in the current room."""
    absence: str = ""
    """How things are while the connection is lost."""
    unsaid: tuple[Said, ...] = ()
    """What we have said in the current view, and is not there yet."""
    waiting: tuple[Said, ...] = ()
    """What is said there once there is a connection again."""
    remark: str = ""
    """What goes on in the current view, such as somebody typing."""
    crowd: str = ""
    """Who has come to the current room and gone, without a word."""


def status_of(session: Session) -> Status:
    """Return how things are in a session, but for `absence`."""
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
    """Return what is shown of those messages of ours that were typed in this view."""
    return tuple(session.said_of(each) for each in sent if casefold(each.place) == casefold(place))
