"""Redacted messages in a session: their text is gone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.browser import Page
from tests.web.scripted_session import session

_REDACTING = """
    const { mayTakeBack, takeBack } = await import('/session/redacting.js');
    const { answer, quoteOf } = await import('/session/quotes.js');
    for (const name of ['message-tags', 'draft/event-playback', 'draft/message-redaction'])
        s.tracker.capabilities.add(name);
    const idOf = (n) => String(n).padStart(16, 0) + 'aaaaaaaaaa';
    const time = (n) => new Date(Date.UTC(2026, 0, 1) + n * 60000).toISOString();
    const said = (n, who = 'bob', more = '') =>
        `@${more}msgid=${idOf(n)};time=${time(n)} :${who}!b@h PRIVMSG #lobby :text ${n}`;
    const redact = (n, who = 'bob', why = '', id = 50) =>
        `@msgid=${idOf(id)};time=${time(n)} :${who}!b@h REDACT #lobby ${idOf(n)}${why && ' :' + why}`;
    const room = s.find('#lobby');
    const find_ = (n) => room.withId(idOf(n))[0];
    const shown = () => room.shown.entries.map(({ kind, text }) => `${kind}: ${text}`);
    const answered = (kind, lines) => {
        feed(`@label=${sent.at(-1).tags.label} :t BATCH +h ${kind}`);
        feed(...lines.map((line) => line.replace('@', '@batch=h;')), ':t BATCH -h');
    };
"""


def _run(page: Page, script: str) -> Any:
    return session(page, [], _REDACTING + script)


def test_a_redacted_messages_place_remains_without_its_text(page: Page) -> None:
    script = """
        feed(said(1), said(2), said(3, 'bob', `+reply=${idOf(2)};`));
        answer(room, find_(2));
        const before = quoteOf(room, idOf(2)).text, version = find_(3).version ?? 0;
        openSearch(s, 'text'); answered('soju.im/search', [said(1), said(2)]);
        answered('chathistory #lobby', [said(1), said(2), said(3)]); // beside the newest of them
        feed(redact(2, 'bob', 'oops'));
        const kept = JSON.stringify([...s.rooms.values(), s.search], (_, value) => value === s ? 0 : value);
        const results = s.search.results.map(({ entry }) => entry.text);
        const quote = quoteOf(room, idOf(2));
        return [before, shown(), kept.includes('text 2'), results, room.answering, quote.text, quote.isKnown,
                find_(3).version > version];
    """
    shown = ["message: text 1", "gone: bob took a message back (oops)", "message: text 3"]
    assert _run(page, script) == ["text 2", shown, False, ["text 1"], None, "", True, True]


@pytest.mark.parametrize(("who", "told"), [("BOB", "BOB took a message back"), ("eve", "eve removed a message by bob")])
def test_the_entry_says_who_redacted_it(page: Page, who: str, told: str) -> None:
    assert _run(page, f"feed(said(1), redact(1, '{who}'), redact(1, 'mallory')); return shown()") == [f"gone: {told}"]


def test_redacting_an_earlier_message_is_reported(page: Page) -> None:
    """The message may be in an answer in transit, or at the edge of a page of history."""
    script = """
        feed(redact(1));
        answered('chathistory #lobby', [said(1), said(2)]);
        return shown();
    """
    assert _run(page, script) == ["message: text 2", "event: bob took back an earlier message"]


def test_a_redacted_messages_notification_is_closed(page: Page) -> None:
    script = """
        const { Notices } = await import('/session/noticing.js');
        feed(said(1), said(2));
        const notices = new Notices(); room.unread = 2;
        notices.note(room, find_(1)); notices.note(room, find_(2));
        const before = notices.takeSeen().length;
        feed(redact(2));
        return [before, notices.takeSeen().length, notices.take().length];
    """
    assert _run(page, script) == [0, 1, 0]


def test_history_reports_redactions_missed_while_offline(page: Page) -> None:
    script = """
        answered('chathistory #lobby', [said(1), said(2)]);
        lost();
        feed(':t 001 ann :Hi', ':t 003 ann :born', ':t 376 ann :End', ':ann!a@h JOIN #lobby');
        answered('chathistory #lobby', [redact(1, 'bob', '', 3), said(4), redact(90, 'eve', '', 5)]);
        return [shown(), room.unread];
    """
    assert _run(page, script) == [
        [
            "gone: bob took a message back",
            "message: text 2",
            "message: text 4",
            "event: eve took back an earlier message",
        ],
        1,
    ]


def test_a_reaction_is_withdrawn_by_its_id(page: Page) -> None:
    script = """
        feed(said(1), `@msgid=${idOf(2)};+reply=${idOf(1)};+draft/react=x :eve!e@h TAGMSG #lobby`);
        const before = find_(1).reactions.length;
        feed(redact(2, 'eve'));
        return [before, find_(1).reactions.length, shown()];
    """
    assert _run(page, script) == [1, 0, ["message: text 1"]]


@pytest.mark.parametrize(
    "line",
    [
        "redact(1).replace('#lobby', '#other')",
        "redact(1).replace('#lobby', 'ann')",
        "':bob!b@h REDACT #lobby'",
        "`:bob!b@h REDACT #lobby ${'1'.repeat(500)}`",
        "':bob!b@h REDACT'",
    ],
)
def test_an_unknown_target_changes_nothing(page: Page, line: str) -> None:
    script = f"feed(said(1), ':ann!a@h JOIN #other', {line}); return [shown(), s.rooms.size]"
    assert _run(page, script) == [["message: text 1"], 2]


def test_the_number_of_remembered_ids_is_bounded(page: Page) -> None:
    script = "for (let n = 0; n < 3000; n++) feed(redact(n, 'bob', '', 0)); return room.gone.size"
    assert _run(page, script) == 1000


def test_a_refusal_is_shown_at_the_message(page: Page) -> None:
    script = """
        feed(said(1, 'ann'));
        const told = takeBack(s, room, find_(1));
        const { tags: { label }, command, params } = sent.at(-1);
        const before = mayTakeBack(s, room, find_(1));
        feed(said(20));
        feed(`@label=${label} :t FAIL REDACT REDACT_WINDOW_EXPIRED #lobby ${idOf(1)} 900 :Only for 15 minutes`);
        feed(said(21, 'ann'));
        return [told, command, params[1] === idOf(1), before, find_(1).problem, shown().length,
                [1, 21].map((n) => mayTakeBack(s, room, find_(n)))];
    """
    assert _run(page, script) == ["", "REDACT", True, True, "Only for 15 minutes", 3, [False, True]]


@pytest.mark.parametrize(
    ("before", "may"),
    [
        ("", [True, False]),
        ("room.members.set('ann', { nick: 'ann', prefix: '@' })", [True, True]),
        ("room.members.set('ann', { nick: 'ann', prefix: '+' })", [True, False]),
        ("s.orders.isOperator = true", [True, True]),
        ("s.isOnline = false", [False, False]),
        ("s.tracker.capabilities.clear()", [False, False]),
        ("for (const n of [1, 2]) find_(n).rank = '@'", [False, False]),
        ("feed(redact(1, 'ann'), redact(2))", [False, False]),
    ],
)
def test_redacting_is_offered_only_where_permitted(page: Page, before: str, may: list[bool]) -> None:
    script = f"feed(said(1, 'ann'), said(2)); {before}; return [1, 2].map((n) => mayTakeBack(s, room, find_(n)))"
    assert _run(page, script) == may
