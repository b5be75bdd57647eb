"""Who is typing."""

import pytest

from chatcore.terminal.session.session import Session
from chatcore.terminal.session.status import status_of
from chatcore.terminal.session.typists import LASTS_S, MOST_TYPISTS, Typists, told
from tests.terminal.visits import arrive, in_lobby, in_two_rooms, shown


def _types(session: Session, state: str, nick: str = "bob", target: str = "#lobby") -> None:
    assert shown(arrive(session, f"@+typing={state} :{nick}!b@h TAGMSG {target}")) == []


def test_somebody_who_types_is_told_until_that_is_over() -> None:
    session = in_lobby()
    session.clock.now = 100.0
    _types(session, "active")
    assert status_of(session).remark == "bob is typing"
    assert session.clock.next == 100.0 + LASTS_S
    assert session.carry_out(100.0 + LASTS_S) == []
    assert status_of(session).remark == ""


def test_session_is_looked_at_again_when_the_next_has_stopped() -> None:
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
def test_typing_ends_with_what_came_of_it(line: str) -> None:
    session = in_lobby()
    _types(session, "active")
    arrive(session, line)
    assert status_of(session).remark == ""


def test_only_who_types_here_is_told_and_never_oneself() -> None:
    session = in_two_rooms()  # writes to #dev
    _types(session, "active")
    _types(session, "active", "ann", "#dev")
    _types(session, "active", "bob", "ann")
    assert status_of(session).remark == ""


def test_message_elsewhere_does_not_end_it() -> None:
    session = in_lobby()
    _types(session, "active")
    arrive(session, ":bob!b@h PRIVMSG ann :psst", ":bob!b@h PART #dev")
    assert status_of(session).remark == "bob is typing"


def test_only_so_many_are_remembered() -> None:
    typists = Typists()
    for number in range(MOST_TYPISTS + 1):
        typists.take("#lobby", f"p{number}", "active", 0.0)
    nicks = typists.in_place("#lobby", 1.0)
    assert (len(nicks), nicks[0]) == (MOST_TYPISTS, "p1")


def test_few_are_named_and_long_names_cut() -> None:
    assert told(["ann", "bob", "cleo", "dan"]) == "ann, bob and 2 more are typing"
    assert told(["n" * 30]) == f"{'n' * 20}… is typing"
