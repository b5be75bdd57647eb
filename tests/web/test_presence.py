"""Presence, absence and accounts of people: what the page learns, and what it asks for."""

from __future__ import annotations

import pytest

from tests.support.browser import Page
from tests.web.scripted_session import session

_LOBBY = [
    ":t 005 ann WHOX MONITOR=100 :are supported",
    ":t 353 ann = #lobby :@ann bob",
    ":t 366 ann #lobby :End",
]
_BOB = "const bob = s.people.get('bob'); return bob && [bob.isAway, bob.why, bob.since, bob.account]"
_SENT = "sent.map(({ command, params = [] }) => [command, ...params].join(' '))"


@pytest.mark.parametrize(
    ("lines", "known"),
    [
        ([], None),
        (["@time=2026-01-01T12:00:00.000Z :bob!b@h AWAY :at\x02 tea"], [True, "at tea", 1767268800000, ""]),
        ([":bob!b@h AWAY :tea", ":bob!b@h AWAY"], None),
        ([":bob!b@h ACCOUNT Bobby", ":bob!b@h AWAY :tea", ":bob!b@h AWAY"], [False, "", 0, "Bobby"]),
        ([":bob!b@h ACCOUNT Bobby", ":bob!b@h ACCOUNT *"], None),
        ([":bob!b@h PART #lobby", ":bob!b@h JOIN #lobby Bobby :Real"], [False, "", 0, "Bobby"]),
        ([":bob!b@h JOIN #lobby * :Real"], None),
        ([":t 301 ann bob :asleep"], [True, "asleep", 0, ""]),
        ([":t 354 ann 747 bob G@ Bobby"], [True, "", 0, "Bobby"]),
        ([":t 354 ann 747 bob H 0"], None),
        ([":t 354 ann 12 bob G Bobby"], None),
        ([":t 352 ann #lobby u h t bob G :0 Real"], [True, "", 0, ""]),
        ([":bob!b@h AWAY :tea", ":bob!b@h QUIT", ":bob!b@h JOIN #lobby"], None),
        ([":bob!b@h AWAY :tea", ":bob!b@h PART #lobby"], None),
        ([":bob!b@h AWAY :tea", ":t KICK #lobby ann"], None),
        ([":bob!b@h AWAY :tea", ":t 001 ann :Hi"], None),
    ],
)
def test_a_persons_state_is_known(page: Page, lines: list[str], known: object) -> None:
    assert session(page, [*_LOBBY, *lines], _BOB) == known


def test_a_persons_state_follows_a_rename(page: Page) -> None:
    lines = [*_LOBBY, ":bob!b@h AWAY :tea", ":bob!b@h NICK rob"]
    assert session(page, lines, "return [s.people.get('bob')?.why, s.people.get('ROB').why]") == [None, "tea"]


def test_members_are_forgotten_with_their_room(page: Page) -> None:
    lines = [*_LOBBY, ":eve!e@h JOIN #lobby", ":eve!e@h AWAY :x", ":bob!b@h AWAY :tea", ":bob!b@h PRIVMSG ann :hi"]
    script = "s.leave(s.find('#lobby')); return [s.people.get('eve'), s.people.get('bob').why]"
    assert session(page, lines, script) == [None, "tea"]


def test_a_room_is_queried_once_when_opened(page: Page) -> None:
    script = f"""
        const asked = () => {_SENT}.filter((line) => line.startsWith('WHO'));
        const before = asked().length;
        feed(':ann!a@h JOIN #dev', ':t 353 ann = #dev :@ann eve', ':t 366 ann #dev :End');
        const unseen = asked().length;
        s.open(s.find('#dev'));
        s.open(s.find('#lobby'));
        s.open(s.find('#dev'));
        return [before, unseen, asked()];
    """
    assert session(page, _LOBBY, script) == [1, 1, ["WHO #lobby %tnfa,747", "WHO #dev %tnfa,747"]]


@pytest.mark.parametrize(("members", "questions"), [(500, 1), (501, 0)])
def test_a_large_room_is_not_queried(page: Page, members: int, questions: int) -> None:
    names = " ".join(["ann", *(f"p{number}" for number in range(1, members))])
    lines = [":t 005 ann WHOX :are supported", f":t 353 ann = #lobby :{names}", ":t 366 ann #lobby :End"]
    assert session(page, lines, f"return {_SENT}.filter((line) => line.startsWith('WHO')).length") == questions


def test_a_tracker_without_whox_is_queried_too(page: Page) -> None:
    assert session(page, _LOBBY[1:], f"return {_SENT}").count("WHO #lobby") == 1


def test_partners_are_watched(page: Page) -> None:
    script = f"""
        sent.length = 0;
        const bob = s.talkTo('bob');
        feed(':t 731 ann :bob');
        const isGone = bob.isGone;
        feed(':t 730 ann :bob!b@h');
        const isBack = !bob.isGone;
        feed(':bob!b@h NICK rob');
        s.leave(bob);
        return [isGone, isBack, {_SENT}.filter((line) => line.startsWith('MONITOR'))];
    """
    watched = ["MONITOR + bob", "MONITOR - bob", "MONITOR + rob", "MONITOR - rob"]
    assert session(page, _LOBBY, script) == [True, True, watched]


def test_partners_are_watched_again_after_a_loss(page: Page) -> None:
    script = f"""
        for (let number = 0; number < 12; number++) s.talkTo(`p${{number}}`);
        lost();
        sent.length = 0;
        feed(':t 001 ann :Hi', ':t 376 ann :End');
        return {_SENT}.filter((line) => line.startsWith('MONITOR')).map((line) => line.split(',').length);
    """
    assert session(page, _LOBBY, script) == [10, 2]


def test_nobody_is_watched_if_the_tracker_does_not_support_it(page: Page) -> None:
    assert "MONITOR" not in str(session(page, _LOBBY[1:], f"s.talkTo('bob'); return {_SENT}"))


def test_our_own_absence_is_set_and_cleared(page: Page) -> None:
    script = """
        const { setAway } = await import('/session/presence.js');
        const me = () => [s.me.isAway, s.me.why, s.me.since];
        const seen = [];
        setAway(s, 'tea');
        feed('@time=2026-01-01T12:00:00.000Z :t 306 ann :You are away');
        seen.push(me());
        setAway(s, '');
        feed(':t 305 ann :You are back');
        seen.push(me());
        return [seen, sent.slice(-2).map(({ command, params }) => [command, ...params])];
    """
    seen = [[True, "tea", 1767268800000], [False, "", 0]]
    assert session(page, [], script) == [seen, [["AWAY", "tea"], ["AWAY"]]]


def test_our_own_absence_ends_with_the_visit(page: Page) -> None:
    assert session(page, [":t 306 ann :away", ":t 001 ann :Hi"], "return s.me.isAway") is False


def test_invitations_of_others_are_shown_in_their_room(page: Page) -> None:
    script = "s.talkTo('eve'); feed(':bob!b@h INVITE carl #lobby'); return s.find('#lobby').present.entries.at(-1).text"
    assert session(page, _LOBBY, script) == "bob invites carl to #lobby"
