"""Typing notifications to others."""

from chatcore.terminal.session.session import Session
from chatcore.terminal.session.telling import EMPTY_FOR_S, EVERY_S, Telling
from tests.terminal.visits import arrive, in_lobby, sent, type_in


def _telling(session: Session) -> Telling:
    telling = Telling()
    telling.take_line(session, "")
    return telling


def _notifications(session: Session, at: float) -> list[str]:
    return sent(session.carry_out(at))


def test_typing_is_sent_at_once_and_then_every_few_seconds() -> None:
    session = in_lobby()
    telling = _telling(session)
    telling.take_line(session, "h")
    assert _notifications(session, 0.0) == ["@+typing=active TAGMSG #lobby"]
    session.clock.now = EVERY_S / 2
    telling.take_line(session, "he")
    assert _notifications(session, EVERY_S / 2) == []
    session.clock.now = EVERY_S
    telling.take_line(session, "hel")
    assert _notifications(session, EVERY_S) == ["@+typing=active TAGMSG #lobby"]


def test_an_emptied_line_ends_typing() -> None:
    session = in_lobby()
    telling = _telling(session)
    telling.take_line(session, "h")
    _notifications(session, 0.0)
    telling.take_line(session, "")
    assert _notifications(session, EMPTY_FOR_S / 2) == []
    assert _notifications(session, EMPTY_FOR_S) == ["@+typing=done TAGMSG #lobby"]


def test_a_sent_line_needs_no_end_of_typing() -> None:
    session = in_lobby()
    telling = _telling(session)
    telling.take_line(session, "h")
    _notifications(session, 0.0)
    telling.take_line(session, "")
    type_in(session, "h")
    assert _notifications(session, 100.0) == []


def test_no_typing_is_sent_for_commands_or_outside_rooms() -> None:
    session = in_lobby()
    telling = _telling(session)
    for text in ("/msg bob secret", " /oper", "```to 1.2.3.4:5 x", "   "):
        telling.take_line(session, text)
    arrive(session, ":ann!a@h PART #lobby")
    telling = _telling(session)
    telling.take_line(session, "hello")
    assert _notifications(session, 100.0) == []


def test_the_draft_of_another_view_is_not_typing() -> None:
    session = in_lobby()
    telling = _telling(session)
    telling.take_line(session, "h")
    _notifications(session, 0.0)
    arrive(session, ":ann!ann@127.0.0.1 JOIN #dev")
    telling.take_line(session, "a draft")
    assert _notifications(session, EMPTY_FOR_S) == ["@+typing=done TAGMSG #lobby"]
    telling.take_line(session, "a draft that grows")
    assert _notifications(session, EMPTY_FOR_S) == ["@+typing=active TAGMSG #dev"]


def test_a_room_that_was_left_gets_no_typing() -> None:
    session = in_lobby()
    telling = _telling(session)
    telling.take_line(session, "h")
    arrive(session, ":ann!a@h PART #lobby")
    assert _notifications(session, 0.0) == []


def test_a_tracker_without_tags_gets_no_typing() -> None:
    session = in_lobby(capabilities=())
    telling = _telling(session)
    telling.take_line(session, "h")
    assert _notifications(session, 0.0) == []
