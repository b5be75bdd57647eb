"""Replies in a session: what is quoted, and what is sent."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.browser import Page
from tests.web.scripted_session import session

_QUOTES = """
    const { answer, quoteOf } = await import('/session/quotes.js');
    const { fetchQuote } = await import('/session/quoting.js');
    for (const name of ['message-tags', 'draft/event-playback']) s.tracker.capabilities.add(name);
    const idOf = (n) => String(n).padStart(16, 0) + 'aaaaaaaaaa';
    const said = (n, who = 'bob', more = '', to = '#lobby', text = `text ${n}`) =>
        `@${more}msgid=${idOf(n)} :${who}!b@h PRIVMSG ${to} :${text}`;
    const room = s.find('#lobby');
    const find_ = (n, place = room) => place.withId(idOf(n))[0];
    const quote = (n) => Object.values(quoteOf(room, find_(n).answers)).slice(0, 2);
    const answered = (lines) => {
        feed(`@label=${sent.at(-1).tags.label} :t BATCH +h chathistory #lobby`);
        feed(...lines.map((line) => line.replace('@', '@batch=h;')), ':t BATCH -h');
    };
"""
_TAGS = {"+reply": "0000000000000001aaaaaaaaaa", "+draft/reply": "0000000000000001aaaaaaaaaa"}


def _run(page: Page, script: str) -> Any:
    return session(page, [], _QUOTES + script)


@pytest.mark.parametrize("tag", ["+reply", "+draft/reply"])
def test_a_reply_quotes_the_author_and_the_text(page: Page, tag: str) -> None:
    script = f"feed(said(1), said(2, 'eve', `{tag}=${{idOf(1)}};`), said(3)); return [quote(2), find_(3).answers]"
    assert _run(page, script) == [["bob", "text 1"], ""]


def test_a_long_message_is_quoted_by_its_beginning(page: Page) -> None:
    script = """
        feed(said(1), said(2, 'eve', `+reply=${idOf(1)};`));
        const is = (text) => { find_(1).text = text; return quote(2)[1]; };
        return [is(' \\n  first \\nsecond'), [...is('👍'.repeat(1000))].length, is('\\n'), is('x'.repeat(300)).length];
    """
    assert _run(page, script) == ["first", 200, "", 200]


def test_messages_of_other_rooms_are_not_quoted(page: Page) -> None:
    script = """
        feed(':ann!a@h JOIN #secret', said(1, 'bob', '', '#secret'), said(2, 'bob', '', 'ann'));
        feed(...[1, 2].map((n) => said(n + 2, 'eve', `+reply=${idOf(n)};`)));
        return [3, 4].map((n) => quote(n));
    """
    assert _run(page, script) == [["", ""], ["", ""]]


def test_an_answer_to_our_own_message_is_a_mention(page: Page) -> None:
    script = """
        feed(':ann!a@h JOIN #busy', said(1, 'ann'), said(2, 'eve'));
        s.open(s.find('#busy'));
        feed(said(3, 'bob', `+reply=${idOf(2)};`));
        const before = [find_(3).isMention, room.isMentioned];
        feed(said(4, 'bob', `+reply=${idOf(1)};`), said(5, 'ann', `+reply=${idOf(1)};`));
        return [before, find_(4).isMention, room.isMentioned, find_(5).isMention];
    """
    assert _run(page, script) == [[False, False], True, True, False]


def test_a_missing_quote_is_fetched_once(page: Page) -> None:
    script = """
        feed(said(2, 'eve', `+reply=${idOf(1)};`));
        const count = sent.length, version = find_(2).version ?? 0;
        for (let i = 0; i < 3; i++) fetchQuote(s, room, idOf(1));
        const asked = sent.slice(count).map(({ params }) => params.join(' '));
        const before = quote(2);
        answered([said(1)]);
        return [asked, before, quote(2), find_(2).version > version, room.present.entries.length];
    """
    asked = ["AROUND #lobby msgid=0000000000000001aaaaaaaaaa 1"]
    assert _run(page, script) == [asked, ["", ""], ["bob", "text 1"], True, 1]


def test_a_quote_the_tracker_lacks_stays_unknown(page: Page) -> None:
    """Asked for an id that it does not have, a tracker returns the nearest messages."""
    script = """
        feed(said(2, 'eve', `+reply=${idOf(1)};`), said(3, 'eve', `+reply=${idOf(0)};`));
        fetchQuote(s, room, idOf(1)); answered([said(9)]);
        fetchQuote(s, room, idOf(0));
        feed(`@label=${sent.at(-1).tags.label} FAIL CHATHISTORY MESSAGE_ERROR AROUND #lobby :No disk`);
        const count = sent.length;
        fetchQuote(s, room, idOf(1)); fetchQuote(s, room, idOf(0));
        return [quote(2), quote(3), sent.length - count, room.present.entries.length];
    """
    assert _run(page, script) == [["", ""], ["", ""], 1, 2]


def test_the_number_of_quotes_is_bounded(page: Page) -> None:
    script = "for (let n = 0; n < 1000; n++) fetchQuote(s, room, idOf(n)); return room.quotes.size"
    assert _run(page, script) == 200


def test_a_reply_tag_is_sent_once(page: Page) -> None:
    script = """
        feed(said(1));
        answer(room, find_(1));
        say(s, room, 'yes'); const first = sent.at(-1).tags; say(s, room, 'no');
        return [first['+reply'], first['+draft/reply'], Object.keys(sent.at(-1).tags), room.answering,
                room.pending.map(({ answers }) => answers ?? '')];
    """
    first = _TAGS["+reply"]
    assert _run(page, script) == [first, first, ["label"], None, [first, ""]]


@pytest.mark.parametrize("lines", [10, 0])
def test_with_several_lines_the_batch_or_first_line_has_the_reply_tag(page: Page, lines: int) -> None:
    script = f"""
        s.tracker.limits = {{ lines: {lines}, bytes: 4000 }};
        feed(said(1)); answer(room, find_(1));
        const count = sent.length;
        say(s, room, 'one\\ntwo');
        return sent.slice(count).map(({{ command, tags }}) => [command, '+reply' in (tags ?? {{}})]);
    """
    several = [["BATCH", True], ["PRIVMSG", False], ["PRIVMSG", False], ["BATCH", False]]
    assert _run(page, script) == (several if lines else [["PRIVMSG", True], ["PRIVMSG", False]])


def test_a_queued_message_keeps_its_reply_tag(page: Page) -> None:
    script = """
        feed(said(1)); answer(room, find_(1));
        lost(); say(s, room, 'yes');
        feed(':t 001 ann :Hi', ':t 003 ann :born', ':t 376 ann :End', ':ann!a@h JOIN #lobby');
        answered([]); answered([]);
        const found = sent.findLast(({ command }) => command === 'PRIVMSG');
        return found.tags['+reply'] === idOf(1);
    """
    assert _run(page, script) is True


def test_an_answer_to_a_restricted_message_is_restricted_too(page: Page) -> None:
    script = "feed(said(1, 'bob', '', '@#lobby')); answer(room, find_(1)); say(s, room, 'x'); return sent.at(-1).params"
    assert _run(page, script) == ["@#lobby", "x"]
