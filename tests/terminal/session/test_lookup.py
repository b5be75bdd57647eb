"""/who: WHO for the names, WHOIS for the ports, one answer."""

from chatcore.terminal.commands.typed import type_line
from chatcore.terminal.session.lookup import MOST_ASKED_SINGLY
from tests.terminal.visits import arrive, in_lobby, pings, sent, settle, shown


def _whois(nick: str, port: int, *more: str) -> list[str]:
    return [
        f":t 311 ann {nick} user 127.0.0.1 * :Real Name",
        f":t 378 ann {nick} :is connecting from 127.0.0.1:{port}",
        *more,
        f":t 318 ann {nick} :End of WHOIS list",
    ]


def test_a_room_is_looked_up_in_two_steps() -> None:
    session = in_lobby()
    first = type_line(session, "/who")
    assert sent(first) == ["WHO #lobby"]
    second = arrive(
        session,
        ":t 352 ann #lobby user 127.0.0.1 t bob H@ :0 Bob",
        ":t 352 ann #lobby user 127.0.0.1 t ann G :0 Ann",
        ":t 315 ann #lobby :End of WHO list",
    )
    assert sent(second) == ["WHOIS bob", "WHOIS ann"]
    settle(session, first)
    is_settled_between = session.is_settled
    assert not is_settled_between, "the next typed line waits for the second step"
    away = ":t 301 ann ann :at lunch"
    assert shown(arrive(session, *_whois("bob", 4001))) == []
    assert shown(arrive(session, *_whois("ann", 4002, away))) == [
        "* in #lobby: 2",
        "* ann   127.0.0.1:4002  away: at lunch",
        "* @bob  127.0.0.1:4001",
    ]
    settle(session, second)
    assert session.is_settled
    assert session.lookup is None


def test_a_person_is_looked_up_with_details() -> None:
    session = in_lobby()
    assert sent(type_line(session, "/who bob")) == ["WHOIS bob"]
    details = [
        ":t 319 ann bob :@#lobby #dev ",
        ":t 319 ann bob :#third",
        ":t 317 ann bob 4000 1700000000 :seconds idle, signon time",
    ]
    assert shown(arrive(session, *_whois("bob", 4001, *details))) == [
        "* bob  127.0.0.1:4001, in @#lobby #dev #third, idle 1 h 6 min"
    ]


def test_short_idle_times_are_shown() -> None:
    session = in_lobby()
    for seconds, said in ((5, "5 s"), (150, "2 min")):
        type_line(session, "/who bob")
        (line,) = shown(arrive(session, *_whois("bob", 1, f":t 317 ann bob {seconds} 1 :idle")))
        assert line == f"* bob  127.0.0.1:1, idle {said}"


def test_a_departed_person_is_only_an_error() -> None:
    session = in_lobby()
    type_line(session, "/who bob")
    gone = arrive(session, ":t 401 ann bob :No such nick", ":t 318 ann bob :End of WHOIS list")
    assert shown(gone) == ["error: bob: No such nick"]
    assert session.lookup is None


def test_an_unknown_port_is_left_out() -> None:
    session = in_lobby()
    type_line(session, "/who bob")
    replies = arrive(session, ":t 311 ann bob user host.example * :Bob", ":t 318 ann bob :End of WHOIS list")
    assert shown(replies) == ["* bob  user@host.example"]


def test_an_away_message_of_somebody_else_is_shown_at_once() -> None:
    session = in_lobby()
    type_line(session, "/who bob")
    assert shown(arrive(session, ":t 301 ann Cleo :at lunch")) == ["* Cleo is away: at lunch"]


def test_an_empty_room_is_reported() -> None:
    session = in_lobby()
    assert sent(type_line(session, "/who nowhere")) == ["WHO #nowhere"]
    assert shown(arrive(session, ":t 315 ann #nowhere :End of WHO list")) == ["* nobody can be seen in #nowhere"]


def test_a_big_room_is_shown_without_ports() -> None:
    session = in_lobby()
    type_line(session, "/who")
    rows = [f":t 352 ann #lobby user 127.0.0.1 t p{number:03} H :0 x" for number in range(MOST_ASKED_SINGLY + 1)]
    effects = arrive(session, *rows, ":t 315 ann #lobby :End of WHO list")
    assert sent(effects) == []
    assert pings(effects) == 0
    lines = shown(effects)
    assert lines[0] == f"* in #lobby: {MOST_ASKED_SINGLY + 1}"
    assert lines[1] == "* p000  user@127.0.0.1"
    assert lines[-1] == "* with so many people, only /who NAME shows the port"


def test_unrequested_replies_are_not_shown() -> None:
    replies = [":t 352 ann #lobby u h t bob H :0 x", ":t 315 ann #lobby :End", *_whois("bob", 1)]
    assert shown(arrive(in_lobby(), *replies)) == []
