"""Multi-line messages: each is one entry, wherever it arrives."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.browser import PASSWORD, Company, Page, expect
from tests.support.irc import IrcClient
from tests.support.trackers import Hosted
from tests.web.scripted_session import call, session

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


def test_a_multiline_message_is_one_entry(page: Page) -> None:
    script = """
        feed(':ann!a@h JOIN #busy');
        feed(...several(2, ['one', '', '  two ', '+more, Ann']));
        feed(...several(3, ['private', 'too'], '', 'ann'));
        const [entry] = s.find('#lobby').present.entries.filter(({ nick }) => nick);
        return [entry.text, entry.id.slice(0, 16), entry.isMention, s.find('#lobby').unread, texts(s.find('bob'))];
    """
    assert _run(page, script) == ["one\n\n  two more, Ann", "0000000000000002", True, 0, ["private\ntoo"]]


def test_a_multiline_message_in_history_is_shown_once(page: Page) -> None:
    script = """
        history(['one', 'two']);
        feed(...several(2, ['one', 'two']));
        return [texts(), s.tracker.clock === Date.parse('2026-01-01T00:00:02Z')];
    """
    assert _run(page, script) == [["before", "one\ntwo", "after"], True]


def test_missed_messages_come_once(page: Page) -> None:
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


def test_a_delayed_message_does_not_set_the_clock_back(page: Page) -> None:
    script = "feed(...several(5, ['now'])); feed(...several(2, ['then'], '', 'ann')); return s.tracker.clock % 60000;"
    assert _run(page, script) == 5000


def test_a_multiline_message_is_found_and_exported_as_one(page: Page) -> None:
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
def test_an_empty_batch_is_ignored(page: Page, line: str) -> None:
    script = (
        f"const [begin, end] = several(2, []); feed(begin, {line!r}, end); return [texts(), s.questions.batches.size];"
    )
    assert _run(page, script) == [[], 0]


def test_a_truncated_message_says_that_there_is_more(page: Page) -> None:
    script = """
        feed(...several(2, Array(1500).fill('x')), ...several(3, Array(200).fill('y'.repeat(1000))));
        return texts().map((text) => [text.length, text.slice(-6)]);
    """
    assert _run(page, script) == [[1999 + 6, "\n[...]"], [65536 + 6, "\n[...]"]]


def test_our_own_message_is_recognised_and_open_batches_are_dropped(page: Page) -> None:
    script = """
        feed(...several(2, ['one', 'two'], 'label=x', '#lobby', 'ann'));
        const [{ isMine }] = s.current.present.entries.filter(({ nick }) => nick);
        feed(...several(3, ['one', 'two']).slice(0, 2));
        lost();
        return [isMine, s.questions.batches.size];
    """
    assert _run(page, script) == [True, 0]


def test_its_lines_are_shown_on_separate_lines(company: Company, tracker: Hosted) -> None:
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


_SAYING = """
    const said_ = () => {
        const all = sent.filter(({ command }) => command === 'BATCH' || command === 'PRIVMSG').map((message) => {
            const tags = Object.entries(message.tags ?? {}).map(([key, value]) => value ? `${key}=${value}` : key);
            return [tags.join(';'), message.command, ...message.params].filter((word) => word !== '').join(' ');
        });
        sent.length = 0;
        return all;
    };
    s.isOnline = true; s.source = 'ann!a@h'; s.current.gap.isCatchingUp = false;
    s.tracker.limits = { lines: 5, bytes: 1000 };
    s.questions.labels = 0; s.questions.waiting.clear(); sent.length = 0;
"""


def test_several_lines_are_sent_as_one_message(page: Page) -> None:
    script = """
        say(s, s.current, '\\n one\\n\\n/two\\r\\n \\n');
        const [entry] = s.current.pending;
        const said = said_(), pending = s.current.pending.length;
        feed(...several(2, [' one', '', '/two'], 'label=w1', '#lobby', 'ann'));
        return [said, pending, entry.text, entry.state, entry.id.slice(0, 16), s.current.pending.length, texts()];
    """
    said, *rest = _run(page, _SAYING + script)
    assert said == [
        "label=w1 BATCH +w1 draft/multiline #lobby",
        "batch=w1 PRIVMSG #lobby  one",
        "batch=w1 PRIVMSG #lobby",
        "batch=w1 PRIVMSG #lobby /two",
        "BATCH -w1",
    ]
    assert rest == [1, " one\n\n/two", "", "0000000000000002", 0, [" one\n\n/two"]]


def test_a_text_too_long_for_one_message_becomes_several(page: Page) -> None:
    script = """
        const long = Array(120).fill('seven').join(' ');
        say(s, s.current, ['1', '2', '3', '4', '5', '6', '7', '', '', '', '', '', '', '8'].join('\\n'));
        const short = s.current.pending.map(({ text }) => text);
        s.current.pending = [];
        say(s, s.current, ['a', long, 'b', long, 'c'].join('\\n'));
        sent.length = 0;
        say(s, s.current, ['a', long.replaceAll(' ', '')].join('\\n'));
        const said = said_(), parts = said.slice(2, -1).map((line) => line.replace(/^.*#lobby /, ''));
        const isWhole = parts.join('') === long.replaceAll(' ', '');
        const { tags, params } = { tags: said.slice(2, -1).map((line) => line.split(' ')[0]), params: parts };
        const fits = params.every((part) => (':ann!a@h PRIVMSG #lobby :' + part).length <= 510);
        return [short, s.current.pending.map(({ text }) => text.replaceAll(long, 'L')), tags, isWhole, fits];
    """
    short, long, tags, is_whole, fits = _run(page, _SAYING + script)
    assert short == ["1\n2\n3\n4\n5", "6\n7", "8"]
    assert long[:2] == ["a\nL\nb", "L\nc"]
    assert tags == ["batch=w6", "batch=w6;draft/multiline-concat"]
    assert is_whole
    assert fits


def test_a_split_line_keeps_the_spaces_between_words(page: Page) -> None:
    script = """
        const long = Array(120).fill('seven').join(' ');
        say(s, s.current, 'a\\n' + long);
        const parts = sent.filter(({ command }) => command === 'PRIVMSG').map(({ params }) => params[1]).slice(1);
        return [parts.length, parts[0].endsWith('seven '), parts.join('') === long];
    """
    assert _run(page, _SAYING + script) == [2, True, True]


def test_a_refused_message_gives_the_reason_and_can_be_resent(page: Page) -> None:
    script = """
        say(s, s.current, 'one\\ntwo');
        const [entry] = s.current.pending;
        feed('@label=w1 :t FAIL BATCH MULTILINE_INVALID :Not so');
        const refused = [entry.state, entry.reason];
        lost();
        s.isOnline = true;
        return [refused, entry.text, s.current.pending.length];
    """
    assert _run(page, _SAYING + script) == [["refused", "Not so"], "one\ntwo", 1]


@pytest.mark.parametrize("limits", ["{ lines: 0, bytes: 0 }", "{ lines: 1, bytes: 9 }"])
def test_without_multiline_each_line_is_a_message(page: Page, limits: str) -> None:
    script = f"s.tracker.limits = {limits}; say(s, s.current, 'one\\n\\ntwo'); return said_();"
    assert _run(page, _SAYING + script) == ["label=w1 PRIVMSG #lobby one", "label=w2 PRIVMSG #lobby two"]


@pytest.mark.parametrize(
    ("value", "lines", "size"),
    [
        ("max-bytes=16384,max-lines=100", 100, 16384),
        ("max-lines=7,new,max-bytes=300,x=y", 7, 300),
        ("max-bytes=4096", 1000, 4096),
        ("max-lines=100", 0, 0),
        ("max-bytes=many", 0, 0),
        ("", 0, 0),
    ],
)
def test_limits_come_from_the_tracker(page: Page, value: str, lines: int, size: int) -> None:
    assert call(page, "protocol/multiline", "m.limitsOf(x)", value) == {"lines": lines, "bytes": size}


@pytest.mark.thorough
def test_a_paste_arrives_as_one_message(company: Company, tracker: Hosted) -> None:
    people = [company.person(f"http://127.0.0.1:{tracker.port}") for _ in range(2)]
    for person, name in zip(people, ("ann", "bob"), strict=True):
        person.enter(name)
    ann, bob = people
    text = "def f():\n    return '<b>'\n\n" + "words " * 300 + "end"
    ann.say(text)
    for person in people:
        entry = person.log.locator("article", has_text="def f")
        expect(entry.locator(".text")).to_have_text(text, use_inner_text=True)
    expect(ann.page.locator(".waiting")).to_have_count(0)
    bob.page.reload()
    expect(bob.log.locator("article", has_text="def f").locator(".text")).to_have_text(text, use_inner_text=True)
