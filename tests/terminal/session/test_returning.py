"""Returning after a lost connection: what is requested, in which order it is shown, and what is bounded."""

import pytest

from chatcore.protocol.message import Message
from chatcore.terminal.commands.typed import type_line, type_text
from chatcore.terminal.connecting.handshake import WANTED
from chatcore.terminal.session import absence as absence_module
from chatcore.terminal.session import batches
from chatcore.terminal.session.absence import Absence, ByName
from chatcore.terminal.session.effects import Effect, PutBack
from chatcore.terminal.session.multiline import Limits
from chatcore.terminal.session.postponed import MOST_WAITING, MOST_WAITING_CHARS, put_off, unsaid_in
from chatcore.terminal.session.returning import MOST_MISSED, NEW, NOWHERE, RESUMED, leave
from chatcore.terminal.session.session import RESUME, Session
from chatcore.terminal.session.status import status_of
from tests.terminal.visits import WELCOME, arrive, in_lobby, in_two_rooms, looked_at, sent, settle, shown, unread

_AT = "time=2026-01-01T00:00:00.000Z"
_JOINED = (":ann!ann@127.0.0.1 JOIN #lobby", ":t 353 ann = #lobby :@bob ann", ":t 366 ann #lobby :End of names")


def _reconnected(session: Session, *, is_resumed: bool = True, capabilities: tuple[str, ...] = WANTED) -> Session:
    """Return the session on the next connection."""
    lost = leave(session)
    lost.is_resumed = is_resumed
    return Session("ann", capabilities, session.memory, lost)


def _welcome(session: Session, *lines: str) -> list[Effect]:
    """Welcome the returning client and answer its PINGs; return all effects up to the requests."""
    effects = arrive(session, *WELCOME)
    return [*effects, *arrive(session, *lines), *settle(session, effects)]


def _label(effects: list[Effect], target: str) -> str:
    """Return the label of the request about a target."""
    (label,) = [
        effect.tags["label"] for effect in effects if isinstance(effect, Message) and target in effect.params[:2]
    ]
    return label


def _answer(session: Session, effects: list[Effect], target: str, *said: str) -> list[Effect]:
    kind = "draft/chathistory-targets" if target == "TARGETS" else f"chathistory {target}"
    begin = f"@label={_label(effects, target)} :t BATCH +{len(target)} {kind}"
    return arrive(session, begin, *(f"@batch={len(target)};{line}" for line in said), f":t BATCH -{len(target)}")


def test_only_the_new_parts_of_the_welcome_are_shown() -> None:
    session = in_lobby()
    arrive(session, ":t 372 ann :- Be kind", ":t 332 ann #lobby :about tea")
    back = _reconnected(session)
    arrive(back, *WELCOME[:3], ":t 372 ann :- Be kind", ":t 372 ann :- All is logged now", WELCOME[3])
    assert shown(arrive(back, ":t 372 ann :- Be kind", ":t 372 ann :- Be brave")) == ["* Be brave"]
    lines = [_JOINED[0], ":t 332 ann #lobby :about tea", *_JOINED[1:]]
    assert shown(arrive(back, *lines)) == []
    assert shown(arrive(back, ":t 332 ann #lobby :about tea", ":t 331 ann #lobby :No topic")) == [
        "* the topic of #lobby: about tea",
        "* #lobby has no topic",
    ]


def test_returning_to_a_room_without_a_topic_shows_nothing() -> None:
    back = _reconnected(in_lobby())
    given = (":t MODE #lobby +o ann", ":t 331 ann #lobby :No topic")
    assert shown(arrive(back, _JOINED[0], *given, *_JOINED[1:])) == []
    assert shown(arrive(back, ":t MODE #lobby -o ann")) == ["* t set the mode -o ann on #lobby"]


def test_live_messages_wait_for_missed_ones() -> None:
    session = in_lobby()
    arrive(session, f"@{_AT};msgid=1 :bob!b@h PRIVMSG #lobby :one")
    back = _reconnected(session)
    effects = _welcome(back, *_JOINED)
    assert shown(effects) == [f"* {RESUMED}"]
    live = [f"@{_AT};msgid={number} :bob!b@h PRIVMSG #lobby :{number}" for number in (3, 4)]
    assert shown(arrive(back, *live)) == []
    missed = [f"{_AT};msgid={number} :bob!b@h PRIVMSG #lobby :{number}" for number in (2, 3)]
    history = shown(_answer(back, effects, "#lobby", *missed))
    assert history[0] == "* meanwhile in #lobby:"
    assert [line[-1] for line in history[1:]] == ["2", "3"]
    assert shown(settle(back, effects)) == ["[#lobby] <bob> 4"]
    assert back.absence is None
    assert shown(arrive(back, f"@{_AT};msgid=2 :bob!b@h PRIVMSG #lobby :2", live[1].replace("4", "5"))) == [
        "[#lobby] <bob> 5"
    ]


def test_the_current_room_and_the_unread_counts_are_kept() -> None:
    session = in_two_rooms()
    type_line(session, "/join #lobby")
    arrive(session, f"@{_AT};msgid=1 :bob!b@h PRIVMSG #dev :one")
    assert (looked_at(session), unread(session)) == ("#lobby", {"#dev": 1})
    back = _reconnected(session)
    effects = _welcome(back, *_JOINED, ":ann!a@h JOIN #dev", ":t 353 ann = #dev :@ann", ":t 366 ann #dev :End")
    _answer(back, effects, "#dev", f"{_AT};msgid=2 :bob!b@h PRIVMSG #dev :two")
    settle(back, effects)
    assert (looked_at(back), unread(back)) == ("#lobby", {"#dev": 2})


def test_a_room_that_was_lost_is_reported() -> None:
    back = _reconnected(in_two_rooms())
    effects = _welcome(back, *_JOINED)
    assert shown(effects)[1:] == ["error: you are no longer in #dev", "* you are now writing to #lobby"]
    assert [line for line in sent(effects) if "JOIN" in line] == []


def test_losing_the_last_room_is_reported() -> None:
    effects = _welcome(_reconnected(in_lobby()))
    assert shown(effects)[1:] == ["error: you are no longer in #lobby", f"* {NOWHERE}"]


def test_without_rooms_only_a_new_visit_joins_the_lobby() -> None:
    session = in_lobby()
    arrive(session, ":ann!ann@127.0.0.1 PART #lobby")
    assert [line for line in sent(_welcome(_reconnected(session))) if "JOIN" in line] == []
    effects = _welcome(_reconnected(session, is_resumed=False))
    assert sent(effects) == ["JOIN #lobby"]
    assert shown(effects) == [f"* {NEW}"]


def test_many_rooms_are_rejoined_a_few_at_a_time() -> None:
    session = in_lobby()
    arrive(session, *(f":ann!ann@127.0.0.1 JOIN #room{number}" for number in range(20)))
    back = _reconnected(session, is_resumed=False)
    effects, joins = _welcome(back), []
    while back.absence is not None:
        joins.append([line for line in sent(effects) if line.startswith("JOIN")])
        assert len(sent(effects)) <= 8
        effects = settle(back, effects)
    assert [name for some in joins for name in some] == ["JOIN #lobby", *(f"JOIN #room{n}" for n in range(20))]


def test_without_history_the_return_is_over_at_once() -> None:
    session = in_lobby()
    arrive(session, f"@{_AT} :bob!b@h PRIVMSG #lobby :one")
    back = _reconnected(session, capabilities=("echo-message", RESUME))
    effects = _welcome(back, *_JOINED)
    assert sent(effects) == []
    assert back.absence is None


def test_a_full_page_of_missed_messages_says_there_may_be_more() -> None:
    session = in_lobby()
    arrive(session, f"@{_AT};msgid=x :bob!b@h PRIVMSG #lobby :one")
    back = _reconnected(session)
    effects = _welcome(back, *_JOINED)
    said = [f"{_AT};msgid={number} :bob!b@h PRIVMSG #lobby :{number}" for number in range(MOST_MISSED)]
    answer = shown(_answer(back, effects, "#lobby", *said))
    assert answer[0] == f"* much was said meanwhile in #lobby; the last {MOST_MISSED} messages:"
    assert len(answer) == 1 + MOST_MISSED


def test_refused_history_is_reported_and_the_return_continues() -> None:
    session = in_lobby()
    arrive(session, f"@{_AT};msgid=x :bob!b@h PRIVMSG #lobby :one")
    type_line(session, "lost")
    back = _reconnected(session)
    effects = _welcome(back, *_JOINED)
    line = f"@label={_label(effects, '#lobby')} :t FAIL CHATHISTORY MESSAGE_ERROR LATEST #lobby :It cannot be read"
    assert shown(arrive(back, line)) == ["error: cannot fetch what was missed in #lobby: It cannot be read"]
    line = f"@label={_label(effects, 'TARGETS')} :t FAIL CHATHISTORY MESSAGE_ERROR TARGETS :It cannot be read"
    assert shown(arrive(back, line)) == []
    end = settle(back, effects)
    assert shown(end) == ["error: perhaps not sent to #lobby: lost"]
    assert end[-1] == PutBack("lost")


def test_a_late_answer_is_dropped() -> None:
    session = in_lobby()
    lines = ["@label=missed-9 :t BATCH +1 chathistory #lobby", "@batch=1 :bob!b@h PRIVMSG #lobby :old", ":t BATCH -1"]
    assert shown(arrive(session, *lines)) == []


def test_messages_replayed_by_the_tracker_are_not_shown_again() -> None:
    session = in_lobby()
    arrive(session, f"@{_AT};msgid=1 :bob!b@h PRIVMSG #lobby :one")
    back = _reconnected(session)
    lines = [":t BATCH +1 chathistory #lobby", f"@batch=1;{_AT};msgid=1 :bob!b@h PRIVMSG #lobby :one", ":t BATCH -1"]
    assert shown(arrive(back, *WELCOME, *_JOINED, *lines)) == []


def _said(effects: list[Effect]) -> list[str]:
    """Return the PRIVMSG lines, without their labels."""
    lines = [line.partition(" ")[2] if line.startswith("@") else line for line in sent(effects)]
    return [line for line in lines if line.startswith("PRIVMSG")]


def _with_unsent_lines(*typed: str) -> Session:
    session = in_two_rooms()
    arrive(session, f"@{_AT};msgid=1 :bob!b@h PRIVMSG #dev :one")
    for line in typed:
        type_line(session, line)
    return _reconnected(session)


def _caught_up(back: Session, *dev: str) -> list[Effect]:
    """Bring back somebody who missed these messages in #dev; return the effects at the end."""
    effects = _welcome(back, *_JOINED, ":ann!a@h JOIN #dev", ":t 353 ann = #dev :@ann", ":t 366 ann #dev :End")
    _answer(back, effects, "#dev", *dev)
    _answer(back, effects, "TARGETS", f"{_AT} :t CHATHISTORY TARGETS bob 2026-01-01T00:00:00.000Z")
    more = settle(back, effects)
    if back.absence is not None:
        _answer(back, more, "bob", f"{_AT};msgid=5 :ann!a@h PRIVMSG bob :psst")
        more = settle(back, more)
    return more


def test_only_messages_missing_from_the_history_are_sent_again() -> None:
    back = _with_unsent_lines("/msg @#dev came", "came", "lost", "//slash", "/me waves")
    came = [f"{_AT};msgid={number} :ann!a@h PRIVMSG {to} :came" for number, to in ((2, "#dev"), (3, "@#dev"))]
    end = _caught_up(back, *came)
    assert _said(end) == ["PRIVMSG #dev lost", "PRIVMSG #dev /slash", "PRIVMSG #dev :\1ACTION waves\1"]
    assert [said.text for said in status_of(back).unsaid] == ["lost", "/slash", "waves"]
    live = [f"@{_AT};msgid={n} :ann!a@h PRIVMSG #dev :{text}" for n, text in ((7, "lost"), (8, "/slash"))]
    assert shown(arrive(back, *live)) == []
    assert shown(settle(back, end)) == ["[#dev] <ann> lost", "[#dev] <ann> /slash"]
    assert back.absence is None


def test_messages_typed_offline_are_sent_afterwards() -> None:
    session = _with_unsent_lines("lost")
    absence = leave(session)
    assert put_off(session, absence, "#dev", ["one", " ", "two"])
    assert put_off(session, absence, "#lobby", ["elsewhere"])
    assert [said.text for said in status_of(session).waiting] == ["one", "two", "elsewhere"]
    assert [said.text for said in status_of(session).unsaid] == ["lost"]
    absence.is_resumed = True
    back = Session("ann", WANTED, session.memory, absence)
    end = _caught_up(back)
    assert _said(end) == [f"PRIVMSG #dev {text}" for text in ("lost", "one", "two")] + ["PRIVMSG #lobby elsewhere"]
    assert status_of(back).waiting == ()
    assert shown(settle(back, end)) == []
    assert back.absence is None


def test_waiting_messages_survive_another_loss_and_are_sent_once() -> None:
    session = in_lobby()
    put_off(session, leave(session), "#lobby", ["hello"])
    again = _reconnected(_reconnected(session))
    effects = _welcome(again, *_JOINED)
    assert _said(effects) == ["PRIVMSG #lobby hello"]
    arrive(again, f"@{_AT};msgid=3 :ann!a@h PRIVMSG #lobby :hello")
    settle(again, effects)
    last = _reconnected(again)
    assert _said(_welcome(last, *_JOINED)) == []
    assert status_of(last).unsaid == ()


def test_a_message_waiting_for_a_lost_room_is_reported() -> None:
    session = in_lobby()
    put_off(session, leave(session), "#lobby", ["hello"])
    effects = _welcome(_reconnected(session))
    assert "error: not sent to #lobby, as you are no longer there: hello" in shown(effects)
    assert _said(effects) == []


def test_waiting_messages_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    session = in_lobby()
    absence = leave(session)
    assert put_off(session, absence, "#lobby", ["x"] * MOST_WAITING)
    assert not put_off(session, absence, "#lobby", ["x"])
    assert not put_off(session, leave(in_lobby()), "#lobby", ["x" * (MOST_WAITING_CHARS + 1)])
    assert len(absence.waiting) == MOST_WAITING


def test_leaving_while_offline_reports_unsent_messages() -> None:
    session = _with_unsent_lines("lost")
    absence = leave(session)
    put_off(session, absence, "#dev", ["/waits"])
    effects = list(unsaid_in(absence))
    assert shown(effects) == ["error: perhaps not sent to #dev: lost", "error: not sent to #dev: /waits"]
    assert effects[-1] == PutBack("lost\n/waits")
    put_off(session, absence, "eve", ["psst"])
    assert not [effect for effect in unsaid_in(absence) if isinstance(effect, PutBack)]


def test_text_that_looks_like_a_command_is_put_back_as_text() -> None:
    session = in_lobby()
    absence = leave(session)
    put_off(session, absence, "#lobby", ["/slash"])
    assert list(unsaid_in(absence))[-1] == PutBack("//slash")


def test_a_multiline_message_is_matched_and_sent_again_whole() -> None:
    session = in_lobby()
    session.limits = Limits(5, 1000)
    arrive(session, f"@{_AT};msgid=1 :bob!b@h PRIVMSG #lobby :one")
    for text in ("came\nwhole", "/lost\nlines"):
        type_text(session, text, "#lobby")
    back = _reconnected(session)
    effects = _welcome(back, *_JOINED)
    _answer(back, effects, "TARGETS")
    began = f"@label={_label(effects, '#lobby')} :t BATCH +h chathistory #lobby"
    arrive(back, began, f"@batch=h;{_AT};msgid=2 :ann!a@h BATCH +m draft/multiline #lobby")
    arrive(back, *(f"@batch=m :ann!a@h PRIVMSG #lobby :{line}" for line in ("came", "whole")))
    arrive(back, "@batch=h :t BATCH -m", ":t BATCH -h")
    end = settle(back, effects)
    assert [line.split(" ", 1)[1] for line in sent(end)][1:3] == ["PRIVMSG #lobby /lost", "PRIVMSG #lobby lines"]
    assert [said.text for said in status_of(back).unsaid] == ["/lost\nlines"]


def test_a_doubtful_private_message_is_reported_and_not_put_back() -> None:
    back = _with_unsent_lines("/msg bob psst", "/msg eve hi", "/to 127.0.0.1:5 you")
    end = _caught_up(back)
    assert _said(end) == ["PRIVMSG eve hi"]
    end = settle(back, end)
    assert shown(end) == ["error: perhaps not sent to 127.0.0.1:5: you"]
    assert not [effect for effect in end if isinstance(effect, PutBack)]


def test_a_second_loss_during_the_return_keeps_rooms_and_unsent_lines() -> None:
    back = _with_unsent_lines("lost")
    _welcome(back, *_JOINED, ":ann!a@h JOIN #dev")
    arrive(back, f"@{_AT};msgid=9 :bob!b@h PRIVMSG #lobby :held")
    again = _reconnected(back)
    assert again.absence is not None
    assert list(again.absence.rooms) == ["#lobby", "#dev"]
    end = _caught_up(again)
    assert _said(end) == ["PRIVMSG #dev lost"]
    assert looked_at(again) == "#dev"


def test_rooms_not_joined_before_a_second_loss_are_joined_later() -> None:
    """A new visit that had not entered any room yet is resumed as such."""
    back = _reconnected(in_lobby(), is_resumed=False)
    assert sent(_welcome(back)) == ["JOIN #lobby"]
    again = _reconnected(back)
    effects = _welcome(again)
    assert sent(effects) == ["JOIN #lobby"]
    assert shown(effects) == [f"* {RESUMED}"]


def test_a_second_loss_does_not_rejoin_lost_rooms() -> None:
    back = _reconnected(in_two_rooms())
    assert "error: you are no longer in #dev" in shown(_welcome(back, *_JOINED))
    arrive(back, ":bob!b@h KICK #lobby ann :out")
    again = _reconnected(back)
    assert [line for line in sent(_welcome(again)) if "JOIN" in line] == []


def test_a_second_loss_amid_missed_messages_requests_them_again() -> None:
    """Messages that arrived and were not shown yet are requested again, and shown once."""
    session = in_lobby()
    arrive(session, f"@{_AT};msgid=1 :bob!b@h PRIVMSG #lobby :one")
    back = _reconnected(session)
    effects = _welcome(back, *_JOINED)
    missed = [f"{_AT};msgid={number} :bob!b@h PRIVMSG #lobby :{number}" for number in range(2, 5)]
    began = f"@label={_label(effects, '#lobby')} :t BATCH +h chathistory #lobby"
    assert shown(arrive(back, began, f"@{missed[2]}", *(f"@batch=h;{line}" for line in missed[:2]))) == []
    again = _reconnected(back)
    effects = _welcome(again, *_JOINED)
    asked = [effect.params for effect in effects if isinstance(effect, Message) and effect.command == "CHATHISTORY"]
    assert asked[0] == ("LATEST", "#lobby", "msgid=1", "100")
    assert [line[-1] for line in shown(_answer(again, effects, "#lobby", *missed))] == [":", "2", "3", "4"]
    assert shown(settle(again, effects)) == []
    once_more = _reconnected(again)
    asked = [effect.params for effect in _welcome(once_more, *_JOINED) if isinstance(effect, Message)]
    assert ("LATEST", "#lobby", "msgid=4", "100") in asked


def test_held_messages_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(absence_module, "MOST_HELD_CHARS", 1000)
    session = in_lobby()
    arrive(session, f"@{_AT};msgid=1 :bob!b@h PRIVMSG #lobby :one")
    back = _reconnected(session)
    _welcome(back, *_JOINED)
    lines = [f":bob!b@h PRIVMSG #lobby :{'x' * 400}" for _ in range(2)]
    assert len(shown(arrive(back, *lines))) == 2
    assert isinstance(back.absence, Absence)
    assert back.absence.held_chars == 0


def test_remembered_names_are_bounded() -> None:
    names = ByName(most=2)
    for name in ("A", "b", "a", "c"):
        names.note(name, f"last of {name}")
    assert [names.get(name) for name in ("A", "B", "c")] == ["last of a", "", "last of c"]


def test_a_token_is_kept_only_if_requested() -> None:
    session = in_lobby()
    arrive(session, ":t RESUME TOKEN abc", f":t RESUME TOKEN {'x' * 1000}", ":t RESUME SUCCESS ann", ":t RESUME")
    assert session.token == "abc"
    session = in_lobby(capabilities=())
    arrive(session, ":t RESUME TOKEN abc")
    assert session.token == ""


def test_a_message_split_into_lines_is_shown_once() -> None:
    session = in_lobby()
    arrive(session, f"@{_AT};msgid=1 :bob!b@h PRIVMSG #lobby :one")
    back = _reconnected(session)
    effects = _welcome(back, *_JOINED)
    lines = [f"{_AT};msgid=2 :bob!b@h PRIVMSG #lobby :two", f"{_AT} :bob!b@h PRIVMSG #lobby :lines"]
    arrive(back, *(f"@{line}" for line in lines))
    said = [line.rpartition(" ")[2] for line in shown(_answer(back, effects, "#lobby", *lines))]
    assert said == ["#lobby:", "two", "lines"]
    assert shown(settle(back, effects)) == []
    later = f"@{_AT[:-1]}1Z :bob!b@h PRIVMSG #lobby :lines"
    assert shown(arrive(back, *(f"@{line}" for line in lines), later)) == ["[#lobby] <bob> lines"]


def test_an_oversized_answer_is_shown_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MOST_HELD_CHARS", 1000)
    session = in_lobby()
    arrive(session, f"@{_AT};msgid=1 :bob!b@h PRIVMSG #lobby :one")
    back = _reconnected(session)
    effects = _welcome(back, *_JOINED)
    said = [f"{_AT};msgid={number} :bob!b@h PRIVMSG #lobby :{number}{'x' * 300}" for number in range(2, 7)]
    answer = shown(_answer(back, effects, "#lobby", *said))
    assert [line.rpartition(" ")[2][:1] for line in answer if "<bob>" in line] == list("23456")
