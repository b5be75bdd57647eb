"""The list of other trackers, as a session keeps it."""

from __future__ import annotations

import pytest

from chatcore.protocol.message import parse
from chatcore.protocol.tracker_list import MOST_TRACKERS, TrackerAddress
from chatcore.terminal.session.received import receive
from chatcore.terminal.session.session import TRACKERS, Session

B, C = TrackerAddress(("b.example:8000",)), TrackerAddress(("c.example:8000",))


@pytest.fixture
def session() -> Session:
    return Session("ann", [TRACKERS])


def _hear(session: Session, *lines: str) -> tuple[TrackerAddress, ...]:
    for line in lines:
        assert receive(session, parse(line)) == []
    return session.memory.trackers


def test_a_list_replaces_the_one_before(session: Session) -> None:
    assert _hear(session, ":t TRACKERS :b.example:8000 c.example:8000") == (B, C)
    assert _hear(session, ":t TRACKERS c.example:8000") == (C,)
    assert _hear(session, ":t TRACKERS :") == ()


def test_a_list_in_several_messages_counts_once_it_is_complete(session: Session) -> None:
    assert _hear(session, ":t TRACKERS b.example:8000", ":t TRACKERS * :c.example:8000") == (B,)
    assert _hear(session, ":t TRACKERS :b.example:8000") == (C, B)


def test_people_cannot_announce_trackers(session: Session) -> None:
    assert _hear(session, ":eve!e@h TRACKERS b.example:8000") == ()


def test_an_unrequested_list_is_ignored() -> None:
    assert _hear(Session("ann"), ":t TRACKERS b.example:8000") == ()


def test_the_list_is_bounded(session: Session) -> None:
    for _ in range(MOST_TRACKERS):
        _hear(session, ":t TRACKERS * :b.example:8000 c.example:8000")
    assert len(_hear(session, ":t TRACKERS b.example:8000")) == MOST_TRACKERS


def test_an_empty_message_is_ignored(session: Session) -> None:
    assert _hear(session, ":t TRACKERS b.example:8000", ":t TRACKERS") == (B,)
