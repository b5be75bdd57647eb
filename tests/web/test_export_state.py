"""An export without a tracker: its pages, its lines, and how it ends."""

from __future__ import annotations

import json
from typing import Any

from tests.support.browser import Page
from tests.web.scripted_session import session

_TRACKER = """
    const idOf = (i) => String(i).padStart(16, 0) + 'aaaaaaaaaa';
    const said = (i, more = '') =>
        `msgid=${idOf(i)};time=2026-01-01T00:00:00.000Z${more} :bob!b@h PRIVMSG #lobby :line ${i}`;
    const answer = (...lines) => feed(
        `@label=${sent.at(-1).tags.label} :t BATCH +e chathistory #lobby`,
        ...lines.map((text) => `@batch=e;${text}`), ':t BATCH -e',
    );
    const asked = () => sent.at(-1).params.join(' ');
    const told = () => s.current.present.entries.at(-1).text;
    s.tracker.clock = Date.UTC(2026, 0, 2);
"""


def _run(page: Page, script: str) -> Any:
    return session(page, [], f"return (async () => {{ {_TRACKER} {script} }})()")


def test_an_export_has_everything_page_after_page(page: Page) -> None:
    script = """
        typed(s, '/export');
        const first = asked();
        answer(said(1, ';account=Bob;+reply=1'), said(2));
        const [second, text] = [asked(), exportText(s.export)];
        answer(`msgid=${idOf(3)};time=2026-01-01T00:00:00.000Z :eve!b@h NOTICE #lobby :"\u00fc" \x02b`);
        answer();
        const [[name, content]] = saved;
        return [first, second, text, name, await content.text(), told(), s.export];
    """
    first, second, text, name, content, told, current = _run(page, script)
    assert first == "AFTER #lobby timestamp=1970-01-01T00:00:00.000Z 500"
    assert second == "AFTER #lobby msgid=0000000000000002aaaaaaaaaa 500"
    assert text == "Exporting #lobby: 2 messages so far\u2026"
    assert (name, told) == ("lobby-2026-01-02.jsonl", "3 messages saved as lobby-2026-01-02.jsonl.")
    assert current is None
    lines = [json.loads(line) for line in content.splitlines()]
    assert lines[0] == {
        "time": "2026-01-01T00:00:00.000Z",
        "msgid": "0000000000000001aaaaaaaaaa",
        "room": "#lobby",
        "nick": "bob",
        "account": "Bob",
        "command": "PRIVMSG",
        "text": "line 1",
        "tags": {"+reply": "1"},
    }
    assert [(line["account"], line["command"], line["text"]) for line in lines[1:]] == [
        (None, "PRIVMSG", "line 2"),
        (None, "NOTICE", '"\u00fc" \x02b'),
    ]


def test_a_page_may_end_in_the_lines_of_one_message(page: Page) -> None:
    """Only the first of them has an id."""
    script = """
        typed(s, '/export');
        answer(said(1), said(2), 'time=2026-01-01T00:00:00.000Z :bob!b@h PRIVMSG #lobby :more');
        return asked();
    """
    assert _run(page, script) == "AFTER #lobby msgid=0000000000000002aaaaaaaaaa 500"


def test_a_private_export_names_the_partner(page: Page) -> None:
    script = """
        typed(s, '/msg bob');
        typed(s, '/export');
        answer(said(1));
        answer();
        return [saved[0][0], await saved[0][1].text()];
    """
    name, content = _run(page, script)
    assert name == "bob-2026-01-02.jsonl"
    assert json.loads(content)["with"] == "bob"
    assert "room" not in json.loads(content)


def test_an_export_resumes_after_a_problem_and_can_be_cancelled(page: Page) -> None:
    script = """
        typed(s, '/export');
        answer(said(1));
        const stale = sent.at(-1).tags.label;
        typed(s, '/export');
        const refusal = told();
        lost();
        const broken = exportText(s.export);
        exportMore(s);
        const offline = exportText(s.export);
        feed(':t 001 ann :Hi', ':t 003 ann :born', ':t 376 ann :End', ':ann!a@h JOIN #lobby');
        exportMore(s);
        const again = asked();
        feed(`@label=${sent.at(-1).tags.label} FAIL CHATHISTORY MESSAGE_ERROR AFTER #lobby :No disk`);
        const failed = exportText(s.export);
        exportMore(s);
        s.export = null;
        answer(said(2));
        return [refusal, broken, offline, again, failed, saved.length];
    """
    start = "Exporting #lobby: 1 message so far."
    assert _run(page, script) == [
        "#lobby is being exported. Wait until that is done, or cancel it",
        f"{start} The connection was lost.",
        f"{start} You are not connected.",
        "AFTER #lobby msgid=0000000000000001aaaaaaaaaa 500",
        f"{start} No disk",
        0,
    ]


def test_there_may_be_nothing_to_export(page: Page) -> None:
    script = """
        typed(s, '/export');
        answer();
        const empty = told();
        lost();
        typed(s, '/export');
        return [empty, told(), saved.length];
    """
    assert _run(page, script) == ["There is nothing to export.", "You are not connected", 0]


def test_all_open_rooms_go_into_one_file(page: Page) -> None:
    script = """
        s.ensure('bob');
        typed(s, '/export all mine.jsonl');
        const first = asked();
        answer(said(1));
        answer();
        const second = asked();
        answer('msgid=x;time=2026-01-01T00:00:00.000Z :bob!b@h PRIVMSG ann :psst');
        answer();
        const [[name, content]] = saved;
        return [first, second, name, await content.text(), s.export];
    """
    first, second, name, content, current = _run(page, script)
    assert first == "AFTER #lobby timestamp=1970-01-01T00:00:00.000Z 500"
    assert second == "AFTER bob timestamp=1970-01-01T00:00:00.000Z 500"
    assert (name, current) == ("mine.jsonl", None)
    lines = [json.loads(line) for line in content.splitlines()]
    assert [line.get("room") or line.get("with") for line in lines] == ["#lobby", "bob"]
