"""Messages from before the user's arrival: how many, or the last of them."""

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


def test_earlier_messages_are_counted_and_not_shown() -> None:
    session, asked = _entered()
    assert asked == ["@label=arrival-1 CHATHISTORY LATEST #lobby * 100"]
    assert shown(_answer(session, _said("1"), _said("2"))) == ["* 2 messages before you; /history"]


def test_the_count_has_a_singular_and_a_maximum() -> None:
    session, _ = _entered()
    assert shown(_answer(session, _said("1"))) == ["* 1 message before you; /history"]
    session, _ = _entered()
    messages = [_said(str(number)) for number in range(100)]
    assert shown(_answer(session, *messages)) == ["* 100 or more messages before you; /history"]


def test_an_empty_room_shows_nothing() -> None:
    session, _ = _entered()
    assert shown(_answer(session)) == []


def test_messages_heard_since_arrival_are_not_counted() -> None:
    session, _ = _entered()
    arrive(session, f"@{_said('2')}")
    assert shown(_answer(session, _said("1"), _said("2"), ":bob!b@h PRIVMSG #lobby :its second line")) == [
        "* 1 message before you; /history"
    ]


def test_only_new_messages_are_counted_in_a_known_room() -> None:
    session, asked = _entered(0, WANTED, ":t MARKREAD #lobby timestamp=2026-11-20T22:50:01.123Z")
    assert asked == ["@label=arrival-1 CHATHISTORY LATEST #lobby timestamp=2026-11-20T22:50:01.123Z 100"]
    assert shown(_answer(session, _said("1"))) == ["* 1 new since you were here; /history"]


def test_no_count_follows_history_that_the_tracker_sent() -> None:
    session, _ = _entered()
    arrive(session, ":t BATCH +1 chathistory #lobby", f"@batch=1;{_said('2')}", ":t BATCH -1")
    assert shown(_answer(session, _said("1"), _said("2"))) == []
    session = welcomed()
    session.memory.history_on_arrival = 0
    arrive(session, *LOBBY, ":t BATCH +1 chathistory #lobby", ":t BATCH -1")
    arriving.plan(session)
    assert session.carry_out(0.0) == []


def test_the_last_messages_are_shown_if_the_setting_asks_for_it() -> None:
    session, asked = _entered(5, WANTED, ":t MARKREAD #lobby timestamp=2026-11-20T22:50:01.123Z")
    assert asked == ["@label=arrival-1 CHATHISTORY LATEST #lobby * 5"]
    arrive(session, f"@{_said('2', 'live')}")
    assert shown(_answer(session, _said("1", "before"), _said("2", "live"))) == [
        "* the last message in #lobby:",
        "[history #lobby -] <bob> before",
    ]
    session, _ = _entered(5)
    assert shown(_answer(session)) == []


def test_a_line_precedes_the_new_messages() -> None:
    session, _ = _entered(5, WANTED, ":t MARKREAD #lobby timestamp=2026-11-20T22:02:00.000Z")
    messages = (f"time=2026-11-20T22:0{minute}:00.000Z;{_said(str(minute))}" for minute in (1, 2, 3))
    _, first, second, rule, third = _answer(session, *messages)
    assert rule == Rule("new", is_new=True)
    assert [said.msgid for said in (first, second, third) if isinstance(said, Said)] == ["1", "2", "3"]


def test_the_request_respects_the_trackers_limit() -> None:
    assert _entered(1000)[1] == ["@label=arrival-1 CHATHISTORY LATEST #lobby * 100"]


def test_each_room_is_asked_about_once_when_it_is_shown() -> None:
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
def test_a_tracker_without_history_is_not_asked(missing: str) -> None:
    assert _entered(0, tuple(name for name in WANTED if name != missing))[1] == []


def test_a_pipe_asks_nothing() -> None:
    assert _entered(None)[1] == []


def test_a_room_left_at_once_is_not_asked_about() -> None:
    session = welcomed()
    session.memory.history_on_arrival = 0
    arrive(session, *LOBBY)
    arriving.plan(session)
    arrive(session, ":ann!a@h PART #lobby")
    arriving.plan(session)
    assert session.carry_out(0.0) == []


def test_refusals_and_unexpected_answers_are_not_shown() -> None:
    session, _ = _entered()
    assert arrive(session, "@label=arrival-1 :t FAIL CHATHISTORY MESSAGE_ERROR #lobby :Busy") == []
    assert _answer(session, _said("1"), label="arrival-1") == []


def test_an_oversized_answer_shows_no_part() -> None:
    session, _ = _entered()
    arrive(session, "@label=arrival-1 :t BATCH +9 chathistory #lobby")
    counted = session.batches["9"]
    assert list(counted.part(session)) == []
