"""Messages of several lines: each is one entry, wherever it comes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.browser import PASSWORD, Company, Page, expect
from tests.support.irc import IrcClient
from tests.support.trackers import Hosted
from tests.web.scripted_session import session

_SEVERAL = """
    const at = (n) => `time=2026-01-01T00:00:0${n}.000Z;msgid=${String(n).padStart(16, 0)}aaaaaaaaaa`;
    const several = (n, texts, around = '', to = '#lobby', who = 'bob') => [
        `@${around && around + ';'}${at(n)} :${who}!b@h BATCH +m${n} draft/multiline ${to}`,
        ...texts.map((text) => {
            const joined = text.startsWith('+') ? ';draft/multiline-concat' : '';
            return `@batch=m${n}${joined} :${who}!b@h PRIVMSG ${to} :${text.replace(/^[+]/, '')}`;
        }),
        `${around && '@' + around + ' '}:t BATCH -m${n}`,
    ];
    const history = (texts, kind = 'chathistory #lobby') => {
        const { tags: { label } } = sent.at(-1);
        feed(`@label=${label} :t BATCH +h ${kind}`, `@batch=h;${at(1)} :bob!b@h PRIVMSG #lobby :before`);
        feed(...several(2, texts, 'batch=h'), `@batch=h;${at(3)} :bob!b@h PRIVMSG #lobby :after`, ':t BATCH -h');
    };
    const texts = (room = s.current) => room.present.entries.filter(({ nick }) => nick).map(({ text }) => text);
"""


def _run(page: Page, script: str) -> Any:
    return session(page, [], _SEVERAL + script)


def test_is_one_entry(page: Page) -> None:
    script = """
        feed(':ann!a@h JOIN #busy');
        feed(...several(2, ['one', '', '  two ', '+more, Ann']));
        feed(...several(3, ['private', 'too'], '', 'ann'));
        const [entry] = s.find('#lobby').present.entries.filter(({ nick }) => nick);
        return [entry.text, entry.id.slice(0, 16), entry.isMention, s.find('#lobby').unread, texts(s.find('bob'))];
    """
    assert _run(page, script) == ["one\n\n  two more, Ann", "0000000000000002", True, 0, ["private\ntoo"]]


def test_is_one_among_old_ones_and_comes_once(page: Page) -> None:
    script = """
        history(['one', 'two']);
        feed(...several(2, ['one', 'two']));
        return [texts(), s.clock === Date.parse('2026-01-01T00:00:02Z')];
    """
    assert _run(page, script) == [["before", "one\ntwo", "after"], True]


def test_what_was_missed_comes_once(page: Page) -> None:
    script = """
        history(['one', 'two']);
        lost(); s.isOnline = true;
        feed(':t 001 ann :Hi', ':t 376 ann :End', ':ann!a@h JOIN #lobby', ':t 366 ann #lobby :End');
        feed(...several(5, ['five', '5']));
        const { tags: { label }, params } = sent.findLast(({ params: [what] }) => what === 'AFTER');
        feed(`@label=${label} :t BATCH +h chathistory #lobby`, ...several(4, ['four', '4'], 'batch=h'));
        feed(...several(5, ['five', '5'], 'batch=h'), ':t BATCH -h');
        return [params[2].slice(6, 22), texts()];
    """
    assert _run(page, script) == [
        "0000000000000003",
        ["before", "one\ntwo", "after", "four\n4", "five\n5"],
    ]


def test_what_waited_does_not_set_the_clock_back(page: Page) -> None:
    script = "feed(...several(5, ['now'])); feed(...several(2, ['then'], '', 'ann')); return s.clock % 60000;"
    assert _run(page, script) == 5000


def test_is_found_and_exported_as_one(page: Page) -> None:
    script = """
        feed(`@label=${sent.at(-1).tags.label} :t BATCH +h chathistory #lobby`, ':t BATCH -h');
        openSearch(s, 'two');
        history(['one', 'two'], 'soju.im/search');
        const found = s.search.results.map(({ entry }) => entry.text);
        typed(s, '/export');
        history(['one', 'two']);
        feed(`@label=${sent.at(-1).tags.label} :t BATCH +h chathistory #lobby`, ':t BATCH -h');
        return [found, await saved[0][1].text()];
    """
    found, exported = _run(page, script)
    assert found == ["after", "one\ntwo", "before"]
    assert [json.loads(line)["text"] for line in exported.splitlines()] == ["before", "one\ntwo", "after"]


@pytest.mark.parametrize("line", ["", "@batch=m2 :t MODE #lobby +m", ":t PING x"])
def test_is_nothing_without_anything_in_it(page: Page, line: str) -> None:
    script = f"const [begin, end] = several(2, []); feed(begin, {line!r}, end); return [texts(), s.batches.size];"
    assert _run(page, script) == [[], 0]


def test_of_what_is_too_long_is_shown_that_there_is_more(page: Page) -> None:
    script = """
        feed(...several(2, Array(1500).fill('x')), ...several(3, Array(200).fill('y'.repeat(1000))));
        return texts().map((text) => [text.length, text.slice(-6)]);
    """
    assert _run(page, script) == [[1999 + 6, "\n[...]"], [65536 + 6, "\n[...]"]]


def test_an_own_one_is_mine_and_a_lost_connection_drops_what_has_not_ended(page: Page) -> None:
    script = """
        feed(...several(2, ['one', 'two'], 'label=x', '#lobby', 'ann'));
        const [{ isMine }] = s.current.present.entries.filter(({ nick }) => nick);
        feed(...several(3, ['one', 'two']).slice(0, 2));
        lost();
        return [isMine, s.batches.size];
    """
    assert _run(page, script) == [True, 0]


def test_its_lines_stand_below_each_other(company: Company, tracker: Hosted) -> None:
    ann = company.person(f"http://127.0.0.1:{tracker.port}")
    ann.enter("ann")
    with IrcClient(tracker.port) as irc:
        irc.register("irma", password=PASSWORD, caps="message-tags batch draft/multiline")
        irc.join("#lobby")
        irc.send("BATCH +1 draft/multiline #lobby")
        for line in ("def f():", "    return '<b>'", "", "# that is all"):
            irc.send(f"@batch=1 PRIVMSG #lobby :{line}")
        irc.send("BATCH -1")
        entry = ann.log.locator("article", has_text="def f")
        expect(entry).to_have_count(1)
        assert entry.locator(".text").inner_text() == "def f():\n    return '<b>'\n\n# that is all"
        assert entry.locator(".text").bounding_box()["height"] > 3.5 * 16  # type: ignore[index]
