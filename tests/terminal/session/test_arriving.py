"""What was said before one came: how much, or the last of it."""

import pytest

from chatcore.terminal.connecting.handshake import WANTED
from chatcore.terminal.session import arriving
from chatcore.terminal.session.effects import Effect, Rule, Said
from chatcore.terminal.session.session import Session
from tests.terminal.visits import LOBBY, arrive, sent, shown, welcomed


def _entered(wanted: int | None = 0, capabilities: tuple[str, ...] = WANTED, *lines: str) -> tuple[Session, list[str]]:
    """Return a session that has entered the lobby, and what it has asked."""
    session = welcomed(capabilities=capabilities)
    session.memory.history_on_arrival = wanted
    arrive(session, ":t 005 ann CHATHISTORY=100 :are supported", LOBBY[0], *lines, *LOBBY[1:])
    arriving.plan(session)
    return session, sent(session.carry_out(0.0))


def _answer(session: Session, *messages: str, label: str = "arrival-1") -> list[Effect]:
    return arrive(
        session,
        f"@label={label} :t BATCH +9 chathistory #lobby",
        *(f"@batch=9;{message}" for message in messages),
        ":t BATCH -9",
    )


def _said(msgid: str, text: str = "hi") -> str:
    return f"msgid={msgid} :bob!b@h PRIVMSG #lobby :{text}"


def test_messages_from_before_are_counted_and_not_shown() -> None:
    session, asked = _entered()
    assert asked == ["@label=arrival-1 CHATHISTORY LATEST #lobby * 100"]
    assert shown(_answer(session, _said("1"), _said("2"))) == ["* 2 messages before you; /history"]


def test_one_message_and_more_than_are_counted() -> None:
    session, _ = _entered()
    assert shown(_answer(session, _said("1"))) == ["* 1 message before you; /history"]
    session, _ = _entered()
    messages = [_said(str(number)) for number in range(100)]
    assert shown(_answer(session, *messages)) == ["* 100 or more messages before you; /history"]


def test_empty_room_says_nothing() -> None:
    session, _ = _entered()
    assert shown(_answer(session)) == []


def test_what_was_heard_since_one_came_is_not_counted() -> None:
    session, _ = _entered()
    arrive(session, f"@{_said('2')}")
    assert shown(_answer(session, _said("1"), _said("2"), ":bob!b@h PRIVMSG #lobby :its second line")) == [
        "* 1 message before you; /history"
    ]


def test_only_what_is_new_is_counted_where_one_has_been() -> None:
    session, asked = _entered(0, WANTED, ":t MARKREAD #lobby timestamp=2026-11-20T22:50:01.123Z")
    assert asked == ["@label=arrival-1 CHATHISTORY LATEST #lobby timestamp=2026-11-20T22:50:01.123Z 100"]
    assert shown(_answer(session, _said("1"))) == ["* 1 new since you were here; /history"]


def test_history_that_the_tracker_shows_by_itself_is_enough() -> None:
    session, _ = _entered()
    arrive(session, ":t BATCH +1 chathistory #lobby", f"@batch=1;{_said('2')}", ":t BATCH -1")
    assert shown(_answer(session, _said("1"), _said("2"))) == []
    session = welcomed()
    session.memory.history_on_arrival = 0
    arrive(session, *LOBBY, ":t BATCH +1 chathistory #lobby", ":t BATCH -1")
    arriving.plan(session)
    assert session.carry_out(0.0) == []


def test_last_of_it_is_shown_if_that_is_wished() -> None:
    session, asked = _entered(5, WANTED, ":t MARKREAD #lobby timestamp=2026-11-20T22:50:01.123Z")
    assert asked == ["@label=arrival-1 CHATHISTORY LATEST #lobby * 5"]
    arrive(session, f"@{_said('2', 'live')}")
    assert shown(_answer(session, _said("1", "before"), _said("2", "live"))) == [
        "* the last message in #lobby:",
        "[history #lobby -] <bob> before",
    ]
    session, _ = _entered(5)
    assert shown(_answer(session)) == []


def test_what_is_new_of_it_is_set_off() -> None:
    session, _ = _entered(5, WANTED, ":t MARKREAD #lobby timestamp=2026-11-20T22:02:00.000Z")
    messages = (f"time=2026-11-20T22:0{minute}:00.000Z;{_said(str(minute))}" for minute in (1, 2, 3))
    _, first, second, rule, third = _answer(session, *messages)
    assert rule == Rule("new", is_new=True)
    assert [said.msgid for said in (first, second, third) if isinstance(said, Said)] == ["1", "2", "3"]


def test_more_than_the_tracker_gives_at_once_is_not_asked_for() -> None:
    assert _entered(1000)[1] == ["@label=arrival-1 CHATHISTORY LATEST #lobby * 100"]


def test_it_is_asked_once_and_of_each_room_only_when_it_is_looked_at() -> None:
    session, _ = _entered()
    arriving.plan(session)
    assert session.carry_out(0.0) == []
    arrive(session, ":ann!ann@127.0.0.1 JOIN #dev")
    arriving.plan(session)
    assert session.carry_out(0.0) == []
    arrive(session, ":t 366 ann #dev :End of names")
    arriving.plan(session)
    assert sent(session.carry_out(0.0)) == ["@label=arrival-2 CHATHISTORY LATEST #dev * 100"]


@pytest.mark.parametrize("missing", ["draft/chathistory", "batch", "labeled-response", "message-tags"])
def test_tracker_without_history_is_not_asked(missing: str) -> None:
    assert _entered(0, tuple(name for name in WANTED if name != missing))[1] == []


def test_pipe_asks_nothing() -> None:
    assert _entered(None)[1] == []


def test_room_that_was_left_at_once_is_not_asked_about() -> None:
    session = welcomed()
    session.memory.history_on_arrival = 0
    arrive(session, *LOBBY)
    arriving.plan(session)
    arrive(session, ":ann!a@h PART #lobby")
    arriving.plan(session)
    assert session.carry_out(0.0) == []


def test_refusal_and_an_answer_that_nobody_waits_for_are_not_shown() -> None:
    session, _ = _entered()
    assert arrive(session, "@label=arrival-1 :t FAIL CHATHISTORY MESSAGE_ERROR #lobby :Busy") == []
    assert _answer(session, _said("1"), label="arrival-1") == []


def test_too_much_to_keep_is_still_counted() -> None:
    session, _ = _entered()
    arrive(session, "@label=arrival-1 :t BATCH +9 chathistory #lobby")
    counted = session.batches["9"]
    assert list(counted.part(session)) == []
