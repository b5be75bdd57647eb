"""Entering a room for the first time: earlier messages are counted, and shown on request."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.accessible import assert_accessible
from tests.support.browser import PASSWORD, Company, Page, expect
from tests.support.irc import IrcClient
from tests.support.trackers import Hosted
from tests.web.scripted_session import session

_ARRIVING = """
    const { showArrival } = await import('/session/arriving.js');
    s.tracker.capabilities.add('draft/event-playback');
    s.showsPast = false;
    const idOf = (n) => String(n).padStart(16, 0) + 'aaaaaaaaaa';
    const at = (n, line = `:bob!b@h PRIVMSG #dev :${n}`) =>
        `msgid=${idOf(n)};time=2026-01-01T00:00:0${n % 10}.000Z ${line}`;
    const answered = (...lines) => {
        feed(`@label=${sent.at(-1).tags.label} :t BATCH +h chathistory #dev`);
        feed(...lines.map((line) => `@batch=h;${line}`), ':t BATCH -h');
    };
    const many = (count) => Array(count).fill('').map((_, n) => at(n));
    feed(':ann!a@h JOIN #dev');
    const room = s.find('#dev');
    const texts = () => room.shown.entries.map(({ text }) => text);
    const look = () => [room.arrival?.count ?? 0, texts()];
"""


def _run(page: Page, script: str) -> Any:
    return session(page, [], _ARRIVING + script)


def test_earlier_messages_are_counted_and_shown_on_request(page: Page) -> None:
    script = """
        const asked = sent.at(-1).params;
        feed('@' + at(5));
        answered(at(1), at(2, ':eve!e@h JOIN #dev'), at(3), at(5));
        const before = look(), unread = room.unread;
        requestOlder(s, room);
        const isQuiet = sent.at(-1).params === asked;
        showArrival(s, room);
        return [asked, before, isQuiet, look(), room.present.hasOlder, room.unread - unread];
    """
    asked = ["LATEST", "#dev", "*", "100"]
    assert _run(page, script) == [asked, [2, ["5"]], True, [0, ["1", "eve joined", "3", "5"]], False, 0]


@pytest.mark.parametrize(("count", "has_more"), [(99, False), (100, True)])
def test_a_long_history_says_that_there_is_more(page: Page, count: int, has_more: bool) -> None:
    script = f"""
        answered(...many({count}));
        const {{ count, hasMore }} = room.arrival;
        showArrival(s, room);
        return [count, hasMore, room.present.hasOlder, texts().length];
    """
    assert _run(page, script) == [count, has_more, has_more, count]


def test_an_empty_history_is_not_mentioned(page: Page) -> None:
    script = "answered(at(1, ':eve!e@h JOIN #dev')); return [look(), room.present.hasOlder]"
    assert _run(page, script) == [[0, ["eve joined"]], False]


def test_an_account_continues_at_its_read_marker(page: Page) -> None:
    script = """
        feed(':t MARKREAD #dev timestamp=2026-01-01T00:00:02.000Z');
        answered(at(1), at(2), at(3), at(4));
        const asked = sent.at(-1).params;
        answered(at(1), at(2), at(3), at(4));
        return [asked, look(), room.line?.text, room.unread];
    """
    assert _run(page, script) == [["LATEST", "#dev", "*", "50"], [0, ["1", "2", "3", "4"]], "3", 2]


@pytest.mark.parametrize("before", ["s.showsPast = true", "s.isResumed = true"])
def test_history_is_shown_at_once_by_choice_or_after_an_earlier_visit(page: Page, before: str) -> None:
    script = f"""
        {before}; feed(':ann!a@h JOIN #other');
        answered(at(1));
        return [sent.at(-1).params.join(' '), s.find('#other').arrival, s.find('#other').present.entries.length];
    """
    assert _run(page, script) == ["LATEST #other * 50", None, 1]


def test_only_missed_messages_appear_after_a_lost_connection(page: Page) -> None:
    script = """
        answered(at(1), at(2));
        lost();
        feed(':t 001 ann :Hi', ':t 003 ann :born', ':t 376 ann :End', ':ann!a@h JOIN #dev');
        answered(at(1), at(2), at(3));
        const seen = look();
        showArrival(s, room);
        return [seen, look()];
    """
    assert _run(page, script) == [[2, ["3"]], [0, ["1", "2", "3"]]]


def test_a_reload_does_not_show_earlier_messages(page: Page) -> None:
    script = """
        const { restore, toKeep } = await import('/session/keeping.js');
        answered(...many(30));
        feed('@' + at(41));
        const kept = JSON.parse(JSON.stringify(toKeep(s)));
        const again = new Session((message) => sent.push(message));
        restore(again, 'ann', kept);
        const hear = (...lines) => lines.forEach((line) => receive(again, parse(line)));
        hear(':t 001 ann :Hi', ':t 003 ann :born', ':t 376 ann :End', ':ann!a@h JOIN #dev');
        const give = (lines) => {
            const { tags: { label } } = sent.findLast(({ command }) => command === 'CHATHISTORY');
            hear(`@label=${label} :t BATCH +h chathistory #dev`);
            hear(...lines.map((line) => `@batch=h;${line}`), ':t BATCH -h');
        };
        const dev = again.find('#dev'), looked = () => dev.present.entries.map(({ text }) => text);
        give([...many(30), at(41), at(42)]);
        const seen = [dev.arrival.count, looked(), dev.present.hasOlder];
        showArrival(again, dev);
        requestOlder(again, dev);
        give(many(30));
        return [seen, looked().length, dev.arrival];
    """
    assert _run(page, script) == [[30, ["41", "42"], False], 32, None]


def test_scrolling_from_an_old_message_to_the_present_shows_everything(page: Page) -> None:
    script = """
        answered(at(5), at(6));
        feed('@' + at(7));
        goTo(s, room, idOf(3));
        answered(at(3), at(4));
        const there = look();
        requestNewer(s, room);
        answered(at(5), at(6), at(7));
        return [there, look(), room.past];
    """
    assert _run(page, script) == [[2, ["3", "4"]], [0, ["3", "4", "5", "6", "7"]], None]


@pytest.mark.thorough
def test_a_line_counts_earlier_messages_and_its_buttons_show_them(company: Company, tracker: Hosted) -> None:
    with IrcClient(tracker.port) as irc:
        irc.register("irma", password=PASSWORD)
        irc.join("#lobby")
        irc.command("PRIVMSG #lobby :before", "PRIVMSG #lobby :and again")
        ann = company.person(f"http://127.0.0.1:{tracker.port}", shows_past=False)
        ann.enter("ann")
        expect(ann.log).to_contain_text("2 messages before you.")
        ann.expect_said("before", 0)
        assert_accessible(ann.page)
        ann.page.get_by_role("button", name="Show", exact=True).click()
        ann.expect_said("before")
        expect(ann.log).not_to_contain_text("before you")
        irc.join("#dev")
        irc.command("PRIVMSG #dev :elsewhere")
        ann.join("dev")
        expect(ann.log).to_contain_text("1 message before you.")
        ann.page.get_by_role("button", name="Always show").click()
        ann.expect_said("elsewhere")
        irc.join("#third")
        irc.command("PRIVMSG #third :at once")
        ann.join("third")
        ann.expect_said("at once")
        ann.page.get_by_role("button", name="Stop showing earlier messages").click()
        ann.say("/leave")
        ann.join("third")
        expect(ann.log).to_contain_text("1 message before you.")
