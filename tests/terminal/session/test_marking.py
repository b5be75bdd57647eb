"""How far the user has read, here and with other clients."""

import pytest

from chatcore.terminal.connecting.handshake import WANTED
from chatcore.terminal.session import marking
from chatcore.terminal.session.marking import EVERY_S
from chatcore.terminal.session.returning import leave
from chatcore.terminal.session.session import Session
from tests.terminal.visits import arrive, sent, welcomed

_JOIN = "@account=ann :ann!ann@127.0.0.1 JOIN"


def _minute(number: int) -> str:
    return f"2026-11-20T22:{number:02}:00.000Z"


def _say(session: Session, minute: int, room: str = "#lobby", text: str = "hi") -> None:
    arrive(session, f"@time={_minute(minute)} :bob!b@h PRIVMSG {room} :{text}")
    marking.plan(session)


def _in_lobby(join: str = _JOIN, capabilities: tuple[str, ...] = WANTED) -> Session:
    session = welcomed(capabilities=capabilities)
    session.shows_all = False
    arrive(session, f"{join} #lobby")
    return session


def test_messages_in_the_current_view_are_marked_every_few_seconds() -> None:
    session = _in_lobby()
    marking.plan(session)
    assert session.clock.next is None
    _say(session, 1)
    _say(session, 2)
    assert session.carry_out(EVERY_S - 1) == []
    assert sent(session.carry_out(EVERY_S)) == [f"MARKREAD #lobby timestamp={_minute(2)}"]
    marking.plan(session)
    assert session.clock.next is None


def test_leaving_a_view_marks_it_at_once() -> None:
    session = _in_lobby()
    _say(session, 1)
    arrive(session, f"{_JOIN} #dev")
    marking.plan(session)
    assert sent(session.carry_out(0.0)) == [f"MARKREAD #lobby timestamp={_minute(1)}"]
    assert session.carry_out(2 * EVERY_S) == []


def test_messages_after_leaving_a_view_are_not_marked() -> None:
    session = _in_lobby()
    _say(session, 1)
    arrive(session, f"{_JOIN} #dev")
    marking.plan(session)
    _say(session, 2)
    assert sent(session.carry_out(2 * EVERY_S)) == [f"MARKREAD #lobby timestamp={_minute(1)}"]


def test_a_pipe_marks_nothing() -> None:
    session = _in_lobby()
    session.shows_all = True
    _say(session, 1)
    assert session.clock.next is None


def test_missed_messages_read_elsewhere_are_not_unread() -> None:
    session = _looking_at_dev(1, 2)
    view = session.views.get("#lobby")
    assert view is not None
    session.absence = leave(session)
    marking.plan(session)
    session.memory.markers.note("#lobby", _minute(1))
    session.absence = None
    marking.plan(session)
    assert view.unread == 1
    session.memory.markers.note("#lobby", _minute(2))
    marking.plan(session)
    assert view.unread == 1, "later markers are ignored"


def test_leaving_marks_the_current_view() -> None:
    session = _in_lobby()
    assert marking.mark_last(session) == []
    _say(session, 1)
    assert sent(marking.mark_last(session)) == [f"MARKREAD #lobby timestamp={_minute(1)}"]
    assert marking.mark_last(session) == []


def test_a_room_that_was_left_is_not_marked() -> None:
    session = _in_lobby()
    _say(session, 1)
    arrive(session, ":ann!a@h PART #lobby")
    marking.plan(session)
    assert session.carry_out(2 * EVERY_S) == []


@pytest.mark.parametrize(
    ("join", "capabilities"),
    [
        (":ann!ann@127.0.0.1 JOIN", WANTED),
        (_JOIN, tuple(name for name in WANTED if name != marking.CAPABILITY)),
    ],
)
def test_nothing_is_marked_without_an_account_or_the_capability(join: str, capabilities: tuple[str, ...]) -> None:
    session = _in_lobby(join, capabilities)
    _say(session, 1)
    assert session.clock.next is None


def _looking_at_dev(*minutes: int) -> Session:
    """Return a session whose current view is #dev, with messages of these minutes in #lobby."""
    session = _in_lobby()
    arrive(session, f"{_JOIN} #dev")
    for minute in minutes:
        _say(session, minute)
    return session


def test_messages_read_elsewhere_are_not_unread() -> None:
    session = _looking_at_dev(1, 2, 3)
    view = session.views.get("#lobby")
    assert view is not None
    arrive(session, ":bob!b@h JOIN #lobby")
    assert (view.unread, view.fresh) == (3, 4)
    arrive(session, f":t MARKREAD #lobby timestamp={_minute(2)}")
    assert (view.unread, view.fresh) == (1, 2)
    arrive(session, f":t MARKREAD #lobby timestamp={_minute(1)}")
    assert view.unread == 1
    arrive(session, f":t MARKREAD #lobby timestamp={_minute(3)}")
    assert (view.unread, view.mentions, view.fresh) == (0, 0, 0)


def test_mentions_never_exceed_unread_messages() -> None:
    session = _in_lobby()
    for minute in (1, 2):
        arrive(session, f"@time={_minute(minute)} :bob!b@h PRIVMSG ann :psst")
    view = session.views.get("bob")
    assert view is not None
    assert view.mentions == 2
    arrive(session, f":t MARKREAD bob timestamp={_minute(1)}")
    assert (view.unread, view.mentions) == (1, 1)


@pytest.mark.parametrize("value", ["*", "timestamp=", "timestamp=tomorrow", "2027-01-01T00:00:00.000Z"])
def test_an_invalid_marker_changes_nothing(value: str) -> None:
    session = _looking_at_dev(1)
    arrive(session, f":t MARKREAD #lobby {value}", ":t MARKREAD #lobby", f":t MARKREAD #nowhere timestamp={_minute(9)}")
    view = session.views.get("#lobby")
    assert view is not None
    assert view.unread == 1
