"""Switching by a few letters, the next unread room, and the order of rooms."""

from __future__ import annotations

import pytest

from tests.support.browser import Page
from tests.web.scripted_session import session

_PARTS = """
    const { beside, destinations, inOrder, nextUnread } = await import('/session/switching.js');
    feed(':ann!a@h JOIN #tea', ':ann!a@h JOIN #dev', ':ann!a@h JOIN #old-dev',
        ':t 353 ann = #dev :@bob Devon \u00c9ve ann', ':t 366 ann #dev :End', ':bob!b@h PRIVMSG ann :psst');
    s.open(s.find('#lobby'));
    for (const room of s.rooms.values()) Object.assign(room, { unread: 0, isMentioned: false });
    const go = (typed) => destinations(s, typed, 'https://chat.example/').map(({ kind, name }) => `${kind} ${name}`);
    const name = (room) => room?.name ?? null;
"""


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("dev", ["room #dev", "write Devon", "room #old-dev", "write dev"]),
        ("#dev", ["room #dev", "write Devon", "room #old-dev"]),
        ("old", ["room #old-dev", "join #old", "write old"]),
        ("od", ["room #old-dev", "join #od", "write od"]),
        ("eve", ["write \u00c9ve", "join #eve", "write eve"]),
        ("BOB", ["person bob", "join #BOB"]),
        ("lobby", ["room #lobby", "write lobby"]),
        ("zzz", ["join #zzz", "write zzz"]),
        ("@zzz", ["write zzz"]),
        ("#zzz", ["join #zzz"]),
        ("13", ["join #13"]),
        ("Dev Team", ["join #dev-team"]),
        ("https://chat.example/#room=x", ["join #x"]),
        ("<b>", ["join #<b>", "write <b>"]),
    ],
)
def test_letters_lead_to_the_best_match(page: Page, typed: str, expected: list[str]) -> None:
    assert session(page, [], f"{_PARTS} return go({typed!r});") == expected


def test_without_letters_unread_rooms_come_first_then_recent_ones(page: Page) -> None:
    script = """
        s.open(s.find('#tea')); s.open(s.find('#dev')); s.open(s.find('#lobby'));
        feed(':bob!b@h PRIVMSG #old-dev :news');
        const first = go('');
        feed(':bob!b@h PRIVMSG ann :psst');
        return [first, go('')];
    """
    first, then = session(page, [], _PARTS + script)
    assert first == ["room #old-dev", "room #dev", "room #tea", "person bob"]
    assert then == ["person bob", "room #old-dev", "room #dev", "room #tea"]


def test_the_list_is_stable(page: Page) -> None:
    script = """
        const order = () => inOrder(s).map(name);
        const before = order();
        feed(':bob!b@h PRIVMSG #tea :news', ':ann!a@h PART #dev', ':ann!a@h JOIN #dev');
        const steps = [];
        for (let room = s.current; steps.length < 6; s.open(room)) steps.push(name(room = beside(s, 1)));
        return [before, order(), steps, name(beside(s, -1))];
    """
    before, after, steps, back = session(page, [], _PARTS + script)
    assert before == after == ["#dev", "#lobby", "#old-dev", "#tea", "bob"]
    assert steps == ["#old-dev", "#tea", "bob", "#dev", "#lobby", "#old-dev"]
    assert back == "#lobby"


def test_numbers_in_names_are_sorted_by_value(page: Page) -> None:
    script = """
        feed(':ann!a@h JOIN #dev-10', ':ann!a@h JOIN #dev-9');
        return inOrder(s).map(name).slice(0, 3);
    """
    assert session(page, [], _PARTS + script) == ["#dev", "#dev-9", "#dev-10"]


def test_without_a_room_stepping_enters_the_list(page: Page) -> None:
    script = """
        s.current = null;
        const ends = [name(beside(s, 1)), name(beside(s, -1))];
        for (const room of [...s.rooms.values()]) s.rooms.delete(room.name);
        return [ends, beside(s, 1), nextUnread(s)];
    """
    assert session(page, [], _PARTS + script) == [["#dev", "bob"], None, None]


def test_the_next_unread_room_is_by_mention_then_by_order(page: Page) -> None:
    script = """
        const none = name(nextUnread(s));
        s.find('#dev').unread = 1; s.find('#tea').unread = 1;
        const following = name(nextUnread(s));
        s.open(s.find('#tea'));
        const round = name(nextUnread(s));
        Object.assign(s.find('bob'), { unread: 1, isMentioned: true });
        return [none, following, round, name(nextUnread(s))];
    """
    assert session(page, [], _PARTS + script) == [None, "#tea", "#dev", "bob"]


def test_many_people_stay_fast(page: Page) -> None:
    script = """
        const { members } = s.find('#dev');
        const guest = (number) => [`guest${number}`, { nick: `guest${number}`, prefix: "" }];
        for (let number = 0; number < 30000; number++) members.set(...guest(number));
        return go('guest').length;
    """
    assert session(page, [], _PARTS + script) == 22
