"""A search without a tracker: what the page asks, what it does with the answers, and where a result leads."""

from __future__ import annotations

from typing import Any

from tests.support.browser import Page
from tests.web.scripted_session import session

_TRACKER = """
    const day = (i) => new Date(Date.UTC(2026, 0, 1) + i * 60000).toISOString();
    const idOf = (i) => String(i).padStart(16, 0) + 'aaaaaaaaaa';
    const line = (i, target = '#lobby', source = 'bob') =>
        `msgid=${idOf(i)};time=${day(i)} :${source}!b@h PRIVMSG ${target} :tea ${i}`;
    const asked = (command) => sent.filter((message) => message.command === command);
    const answer = (type, lines, { tags: { label } } = sent.at(-1)) =>
        feed(`@label=${label} :t BATCH +f ${type}`, ...lines.map((text) => `@batch=f;${text}`), ':t BATCH -f');
    const from = (first, last) => Array.from({ length: last - first }, (_, i) => line(first + i));
    const found = () => s.search.results.map(({ entry }) => Number(entry.text.slice(4)));
    const sentBefore = () => asked('SEARCH').at(-1).params[0];
"""


def _run(page: Page, script: str) -> Any:
    return session(page, [], _TRACKER + script)


def test_the_newest_results_come_first_and_older_ones_in_pages(page: Page) -> None:
    script = """
        find(s, 'tea');
        const question = sentBefore(), isSearching = s.search.isSearching;
        answer('soju.im/search', from(80, 100));
        const first = [found()[0], found().at(-1), s.search.hasMore, s.search.isSearching];
        findMore(s);
        const next = sentBefore();
        answer('soju.im/search', from(60, 81), asked('SEARCH').at(-1));
        findMore(s);
        answer('soju.im/search', from(55, 62), asked('SEARCH').at(-1));
        const times = asked('SEARCH').length;
        return [question, isSearching, first, next, found().length, found().at(-1), s.search.hasMore, times];
    """
    question, is_searching, first, after, count, last, has_more, times = _run(page, script)
    assert (question, is_searching) == ("text=tea;limit=20", True)
    assert first == [99, 80, True, False]
    assert after == "text=tea;before=2026-01-01T01:20:00.000Z;limit=21"
    assert (count, last, has_more, times) == (45, 55, False, 3)


def test_messages_of_the_same_moment_come_once_each(page: Page) -> None:
    script = """
        const same = (first, last) => from(first, last).map((text) => text.replace(/time=\\S+/, `time=${day(7)}`));
        find(s, 'tea');
        answer('soju.im/search', same(80, 100));
        findMore(s);
        const second = sentBefore();
        answer('soju.im/search', same(60, 100), asked('SEARCH').at(-1));
        findMore(s);
        answer('soju.im/search', same(40, 100), asked('SEARCH').at(-1));
        findMore(s);
        answer('soju.im/search', same(20, 100), asked('SEARCH').at(-1)); // of a tracker that gives no more at once
        s.search.hasMore = true;
        findMore(s);
        answer('soju.im/search', same(20, 100), asked('SEARCH').at(-1));
        findMore(s);
        return [second, found().length, new Set(found()).size, sentBefore()];
    """
    assert _run(page, script) == [
        "text=tea;before=2026-01-01T00:07:00.000Z;limit=40",
        80,
        80,
        "text=tea;before=2026-01-01T00:06:59.999Z;limit=20",
    ]


def test_messages_that_are_too_old_end_the_search(page: Page) -> None:
    script = """
        find(s, 'tea after:2026-01-01');
        const begin = new Date(2026, 0, 1).getTime();
        const at = (i) => line(i).replace(day(i), new Date(begin + (i - 10) * 60000).toISOString());
        answer('soju.im/search', Array.from({ length: 20 }, (_, i) => at(i)));
        return [sentBefore(), found().at(-1), found().length, s.search.hasMore];
    """
    assert _run(page, script) == ["text=tea;limit=20", 10, 10, False]


def test_contexts_are_fetched_one_after_another(page: Page) -> None:
    script = """
        find(s, 'tea');
        answer('soju.im/search', [line(5), line(9, '#elsewhere'), line(7)]);
        const around = asked('CHATHISTORY').slice(2).map(({ params }) => params.join(' '));
        answer('chathistory #lobby', from(6, 9));
        const [newest, , last] = s.search.results;
        const beside = [newest.context.before[0].text, newest.context.after[0].text];
        feed(`@label=${sent.at(-1).tags.label} FAIL CHATHISTORY MESSAGE_ERROR AROUND #lobby :No`);
        const times = asked('CHATHISTORY').length;
        return [around.at(-1), beside, last.context, s.search.results[1].context, times, found()];
    """
    around, beside, last, outside, _, found = _run(page, script)
    assert around == "AROUND #lobby msgid=0000000000000007aaaaaaaaaa 9"
    assert beside == ["tea 6", "tea 8"]
    assert last == {"before": [], "after": []}
    assert outside is None
    assert found == [7, 9, 5]


def test_a_room_may_be_named_without_its_sign_if_no_nick_matches(page: Page) -> None:
    script = """
        const asks = (typed) => { find(s, typed); return sentBefore(); };
        feed(':ann!a@h JOIN #tea', ':tea!t@h JOIN #lobby', ':ann!a@h JOIN #bob', ':bob!b@h PRIVMSG ann :hi');
        return ['in:lobby', 'in:tea', 'in:bob', 'in:nowhere', 'in:#x'].map(asks);
    """
    places = ["#lobby", "tea", "bob", "nowhere", "#x"]
    assert _run(page, script) == [f"in={place};limit=20" for place in places]


def test_a_refusal_and_a_lost_connection_are_shown(page: Page) -> None:
    script = """
        find(s, 'tea');
        feed(`@label=${sent.at(-1).tags.label} :t FAIL SEARCH INTERNAL_ERROR :The disk is slow`);
        const refused = [s.search.problem, s.search.isSearching];
        find(s, 'tea');
        const late = sent.at(-1);
        lost();
        const broken = [s.search.problem, s.search.isSearching];
        find(s, 'tea');
        const offline = s.search.problem;
        answer('soju.im/search', [line(1)], late);
        return [refused, broken, offline, found()];
    """
    assert _run(page, script) == [
        ["The disk is slow", False],
        ["The connection was lost.", False],
        "You are not connected.",
        [],
    ]


def test_only_the_last_search_counts(page: Page) -> None:
    script = """
        find(s, 'tea');
        const first = sent.at(-1);
        find(s, 'cake');
        answer('soju.im/search', [line(2)]);
        answer('soju.im/search', [line(1)], first);
        find(s, 'before:never');
        return [found(), s.search.problem, asked('SEARCH').length];
    """
    assert _run(page, script) == [[], "never is not a date. Write before:2026-11-01", 2]


def test_a_result_opens_its_place(page: Page) -> None:
    script = """
        s.account = 'Ann';
        find(s, 'tea');
        answer('soju.im/search', [
            line(3), line(4, 'ann'), line(5, 'bob', 'ann'), 'account=Ann;' + line(6, 'carol', 'annie'),
        ]);
        const places = s.search.results.map(({ place }) => place);
        const isThere = openResult(s, s.search.results[0]);
        const around = asked('CHATHISTORY').at(-1);
        answer('chathistory carol', [line(6, 'carol', 'annie')], around);
        const carol = [s.current.name, s.current.target.id.slice(14, 16), s.current.past?.entries.length];
        openResult(s, s.search.results[3]);
        answer('chathistory #lobby', [line(2)], asked('CHATHISTORY').at(-1));
        return [places, isThere, carol, s.current.name, s.search.results[3].problem];
    """
    places, is_there, carol, current, problem = _run(page, script)
    assert places == ["carol", "bob", "bob", "#lobby"]
    assert (is_there, carol) == (True, ["carol", "06", 1])
    assert (current, problem) == ("#lobby", "This message is no longer there.")


def test_a_result_in_another_room_shows_its_context(page: Page) -> None:
    script = """
        find(s, 'tea');
        answer('soju.im/search', [line(5, '#gone')]);
        const [result] = s.search.results;
        const isThere = openResult(s, result), [before, after] = asked('SEARCH').slice(-2);
        openResult(s, result);
        const gone = (first, last) => from(first, last).map((text) => text.replace('#lobby', '#gone'));
        answer('soju.im/search', gone(3, 6), before);
        answer('soju.im/search', gone(5, 8), after);
        const beside = [result.context.before, result.context.after].map((entries) => entries.map(({ text }) => text));
        return [isThere, before.params, after.params, beside, s.current.name, asked('SEARCH').length];
    """
    moment = "2026-01-01T00:05:00.000Z"
    assert _run(page, script) == [
        False,
        [f"in=#gone;before={moment};limit=3"],
        [f"in=#gone;after={moment};limit=3"],
        [["tea 4"], ["tea 6"]],
        "#lobby",
        3,
    ]


def test_the_number_of_results_is_bounded(page: Page) -> None:
    script = """
        find(s, 'tea');
        answer('soju.im/search', from(0, 4000));
        return [found().length, s.search.hasMore];
    """
    assert _run(page, script) == [500, False]


def test_the_command_opens_the_search(page: Page) -> None:
    script = """
        typed(s, '/search tea');
        const refusal = s.current.present.entries.at(-1).text;
        s.tracker.capabilities.add('soju.im/search');
        typed(s, '/search tea in:#lobby');
        const opened = [s.search.isOpen, s.search.typed, sentBefore()];
        typed(s, '/search');
        return [refusal, opened, s.search.typed];
    """
    assert _run(page, script) == [
        "This tracker cannot search",
        [True, "tea in:#lobby", "text=tea;in=#lobby;limit=20"],
        "tea in:#lobby",
    ]
