"""What is shown of received lines: by view, by ignored people, and joins and departures summed up."""

import pytest

from chatcore.terminal.session.session import Session
from chatcore.terminal.session.status import status_of
from tests.terminal.visits import arrive, in_lobby, in_two_rooms, shown, type_in, unread


def _on_a_terminal(session: Session) -> Session:
    session.shows_all = False
    return session


def test_joins_and_departures_are_shown_before_the_next_line() -> None:
    session = _on_a_terminal(in_lobby())
    assert shown(arrive(session, ":dan!d@h JOIN #lobby", ":eve!e@h JOIN #lobby", ":Cleo!c@h QUIT :bye")) == []
    assert status_of(session).crowd == "dan and eve joined; Cleo left"
    assert shown(arrive(session, ":bob!b@h PRIVMSG #lobby :hello")) == [
        "* dan and eve joined; Cleo left",
        "[#lobby] <bob> hello",
    ]
    assert status_of(session).crowd == ""
    assert [line.text for line in session.views.open("#lobby").lines][-2:] == ["dan and eve joined; Cleo left", "hello"]


def test_the_departure_of_a_speaker_is_shown_with_its_reason() -> None:
    session = _on_a_terminal(in_lobby())
    arrive(session, ":bob!b@h PRIVMSG #lobby :hello", ":dan!d@h JOIN #lobby")
    assert shown(arrive(session, ":BOB!b@h PART #lobby :tea")) == ["* dan joined", "* BOB left #lobby (tea)"]


def test_each_join_is_shown_if_the_setting_asks_for_it_or_in_a_pipe() -> None:
    for session in (in_lobby(), _on_a_terminal(in_lobby())):
        session.memory.folds_joins = session.shows_all
        assert shown(arrive(session, ":dan!d@h JOIN #lobby")) == ["* dan joined #lobby"]


def test_joins_elsewhere_are_shown_when_the_user_goes_there() -> None:
    session = _on_a_terminal(in_two_rooms())
    arrive(session, ":dan!d@h JOIN #lobby", ":dan!d@h JOIN #dev")
    type_in(session, "/join lobby")
    assert status_of(session).crowd == "dan joined"
    assert session.views.open("#dev").lines[-1].text == "dan joined"
    arrive(session, ":bob!b@h PRIVMSG #dev :elsewhere", ":eve!e@h JOIN #dev", ":bob!b@h PRIVMSG #dev :more")
    assert [line.text for line in session.views.open("#dev").lines][-3:] == ["elsewhere", "eve joined", "more"]


def test_a_departure_is_shown_in_the_persons_conversation() -> None:
    session = _on_a_terminal(in_lobby())
    type_in(session, "/query bob")
    assert shown(arrive(session, ":bob!b@h QUIT :bye")) == ["* bob left the chat (bye)"]
    assert session.views.open("#lobby").crowd.text == "bob left"


def test_ignored_people_are_not_heard() -> None:
    session = in_lobby()
    assert shown(type_in(session, "/ignore Bob")) == ["* you no longer hear Bob; /unignore Bob ends this"]
    assert shown(type_in(session, "/ignore")) == ["* you ignore Bob"]
    lines = (
        ":bob!b@h PRIVMSG #lobby :ann?",
        ":bob!b@h PRIVMSG ann :psst",
        ":bob!b@h INVITE ann #dev",
        "@+typing=active :bob!b@h TAGMSG #lobby",
        ":bob!b@h NOTICE ann :psst",
        ":bob!b@h PART #lobby",
    )
    assert shown(arrive(session, *lines)) == []
    assert unread(session) == {}
    assert status_of(session).remark == ""
    room = session.room
    assert room is not None
    assert "bob" not in room.members, "the members are updated all the same"
    arrive(session, ":bob!b@h JOIN #lobby")
    assert shown(arrive(session, ":bob!b@h NICK rob", ":rob!b@h PRIVMSG #lobby :me again")) == [
        "* bob is now known as rob"
    ]
    assert shown(type_in(session, "/unignore rob")) == ["* you hear rob again"]
    assert shown(type_in(session, "/unignore bob")) == ["* you hear bob again"]
    assert shown(type_in(session, "/unignore bob")) == ["error: you do not ignore bob"]
    assert shown(arrive(session, ":rob!b@h PRIVMSG #lobby :heard")) == ["[#lobby] <rob> heard"]


def test_a_muted_room_counts_only_messages_for_the_user() -> None:
    session = in_two_rooms()
    assert shown(type_in(session, "/mute #lobby")) == [
        "* #lobby is muted: only messages meant for you count as unread; /unmute #lobby ends this"
    ]
    arrive(session, ":bob!b@h PRIVMSG #lobby :chatter", ":bob!b@h PRIVMSG #lobby :more")
    assert unread(session) == {}
    arrive(session, ":bob!b@h PRIVMSG #lobby :ann: look")
    assert unread(session) == {"#lobby": 1}
    assert shown(type_in(session, "/unmute #lobby")) == ["* #lobby is no longer muted"]
    assert shown(type_in(session, "/unmute #lobby")) == ["error: #lobby is not muted"]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("/ignore ann", "error: you cannot ignore yourself (usage: /ignore [NAME])"),
        ("/ignore bob eve", "error: one NAME at a time (usage: /ignore [NAME])"),
        ("/ignore #lobby", "error: one NAME at a time (usage: /ignore [NAME])"),
        ("/ignore", "* you ignore nobody"),
    ],
)
def test_mistakes_in_ignore_are_reported(typed: str, told: str) -> None:
    assert shown(type_in(in_lobby(), typed)) == [told]


def test_a_full_list_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatcore.terminal.session.quiet.MOST_NAMES", 0)
    for typed in ("/ignore bob", "/mute #lobby"):
        assert shown(type_in(in_lobby(), typed)) == ["error: the list is full"]
