"""Who is typing."""

import pytest

from chatcore.terminal.session.session import Session
from chatcore.terminal.session.status import status_of
from chatcore.terminal.session.typists import LASTS_S, MOST_TYPISTS, Typists, told
from tests.terminal.visits import arrive, in_lobby, in_two_rooms, shown


def _types(session: Session, state: str, nick: str = "bob", target: str = "#lobby") -> None:
    assert shown(arrive(session, f"@+typing={state} :{nick}!b@h TAGMSG {target}")) == []


def test_typing_is_shown_until_it_times_out() -> None:
    session = in_lobby()
    session.clock.now = 100.0
    _types(session, "active")
    assert status_of(session).remark == "bob is typing"
    assert session.clock.next == 100.0 + LASTS_S
    assert session.carry_out(100.0 + LASTS_S) == []
    assert status_of(session).remark == ""


def test_each_person_times_out_separately() -> None:
    session = in_lobby()
    _types(session, "active")
    session.clock.now = 2.0
    _types(session, "active", "Cleo")
    assert status_of(session).remark == "bob and Cleo are typing"
    session.carry_out(LASTS_S)
    assert status_of(session).remark == "Cleo is typing"
    assert session.clock.next == LASTS_S + 2.0


@pytest.mark.parametrize(
    "line",
    [
        "@+typing=paused :bob!b@h TAGMSG #lobby",
        "@+typing=done :bob!b@h TAGMSG #lobby",
        ":bob!b@h PRIVMSG #lobby :here it is",
        ":bob!b@h PART #lobby",
        ":bob!b@h QUIT",
        ":bob!b@h NICK rob",
        ":Cleo!c@h KICK #lobby bob",
    ],
)
def test_typing_ends_with_a_message_or_a_departure(line: str) -> None:
    session = in_lobby()
    _types(session, "active")
    arrive(session, line)
    assert status_of(session).remark == ""


def test_only_others_typing_in_the_current_view_are_shown() -> None:
    session = in_two_rooms()  # writes to #dev
    _types(session, "active")
    _types(session, "active", "ann", "#dev")
    _types(session, "active", "bob", "ann")
    assert status_of(session).remark == ""


def test_a_message_elsewhere_does_not_end_typing() -> None:
    session = in_lobby()
    _types(session, "active")
    arrive(session, ":bob!b@h PRIVMSG ann :psst", ":bob!b@h PART #dev")
    assert status_of(session).remark == "bob is typing"


def test_remembered_people_are_bounded() -> None:
    typists = Typists()
    for number in range(MOST_TYPISTS + 1):
        typists.take("#lobby", f"p{number}", "active", 0.0)
    nicks = typists.in_place("#lobby", 1.0)
    assert (len(nicks), nicks[0]) == (MOST_TYPISTS, "p1")


def test_only_few_people_are_named_and_long_names_cut() -> None:
    assert told(["ann", "bob", "cleo", "dan"]) == "ann, bob and 2 more are typing"
    assert told(["n" * 30]) == f"{'n' * 20}… is typing"
