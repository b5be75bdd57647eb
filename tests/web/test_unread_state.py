"""What is unread, where it begins, and the read marker, in a session without a tracker."""

from __future__ import annotations

from typing import Any

from tests.support.browser import Page
from tests.web.scripted_session import session

_UNREAD = """
    const { lookAt, markRead, see, tellRead } = await import('/session/unread.js');
    const stamp = (n) => new Date(1e12 + n * 1000).toISOString();
    const said = (n, to = '#dev') => `@msgid=${n};time=${stamp(n)} :bob!b@h PRIVMSG ${to} :${n}`;
    feed(':ann!a@h JOIN #dev');
    const room = s.find('#dev'), lobby = s.find('#lobby');
    const look = () => [room.unread, room.line?.text ?? null, room.isAtEnd];
    const marks = () => sent.filter(({ command }) => command === 'MARKREAD').map(({ params }) => params.join(' '));
    s.account = 'ann';
    s.tracker.capabilities.add('draft/read-marker');
"""


def _run(page: Page, script: str) -> Any:
    return session(page, [], _UNREAD + script)


def test_the_line_is_above_the_first_unread_until_the_room_is_left(page: Page) -> None:
    script = """
        feed(said(1), said(2));
        const before = look();
        s.open(room);
        const opened = look();
        see(s, room, true);
        const seen = look();
        s.open(lobby);
        return [before, opened, seen, look()];
    """
    assert _run(page, script) == [[2, "1", True], [2, "1", False], [0, "1", True], [0, None, True]]


def test_unseen_messages_are_unread_on_return(page: Page) -> None:
    script = """
        feed(said(1), said(2));
        s.open(room);
        s.open(lobby);
        feed(said(3));
        return look();
    """
    assert _run(page, script) == [3, "1", False]


def test_a_message_outside_the_view_is_unread(page: Page) -> None:
    script = """
        s.open(room);
        feed(said(1));
        const seen = look();
        s.isVisible = false;
        feed(said(2));
        const hidden = look();
        s.isVisible = true;
        lookAt(s, room);
        see(s, room, true);
        see(s, room, false);
        feed(said(3));
        return [seen, hidden, look()];
    """
    assert _run(page, script) == [[0, None, True], [1, "2", True], [1, "3", False]]


def test_writing_removes_the_line(page: Page) -> None:
    script = """
        feed(said(1));
        s.open(room);
        say(s, room, 'hello');
        return room.line;
    """
    assert _run(page, script) is None


def test_the_read_marker_is_sent_after_a_delay_or_on_leaving(page: Page) -> None:
    script = """
        s.open(room);
        feed(said(1));
        const due = tellRead(s, 1000);
        const early = marks();
        feed(said(2));
        const next = tellRead(s, 7000);
        const late = marks();
        feed(said(3));
        tellRead(s, 8000);
        s.open(lobby);
        tellRead(s, 8001);
        return [due, early, next === Infinity, late, marks().length];
    """
    due, early, is_told, late, count = _run(page, script)
    assert (due, early, is_told) == (6000, [], True)
    assert late == ["#dev timestamp=2001-09-09T01:46:42.000Z"]
    assert count == 2


def test_without_an_account_no_read_marker_is_sent(page: Page) -> None:
    script = "s.account = ''; s.open(room); feed(said(1)); return [tellRead(s, 0) === Infinity, marks()]"
    assert _run(page, script) == [True, []]


def test_messages_read_elsewhere_are_read_here(page: Page) -> None:
    script = """
        feed(said(1), said(2), said(3));
        feed(`:t MARKREAD #dev timestamp=${stamp(2)}`);
        const some = look();
        feed(`:t MARKREAD #dev timestamp=${stamp(1)}`, ':t MARKREAD #dev timestamp=*');
        feed(':t MARKREAD #nowhere timestamp=x');
        const same = look();
        feed(`:t MARKREAD #dev timestamp=${stamp(3)}`);
        return [some, same, room.unread];
    """
    assert _run(page, script) == [[1, "3", True], [1, "3", True], 0]


def test_earlier_messages_count_as_unread_if_no_client_has_read_them(page: Page) -> None:
    script = """
        feed(`:t MARKREAD #tea timestamp=${stamp(1)}`, ':ann!a@h JOIN #tea');
        const tea = s.find('#tea');
        const { label } = sent.findLast(({ params }) => params[0] === 'LATEST' && params[1] === '#tea').tags;
        feed(`@label=${label} :t BATCH +o chathistory #tea`);
        [0, 1, 2, 3].forEach((n) => feed(`@batch=o;${said(n, '#tea').slice(1)}`));
        feed(':t BATCH -o');
        return [tea.readTo - 1e12, tea.unread, tea.line?.text];
    """
    assert _run(page, script) == [1000, 2, "2"]
