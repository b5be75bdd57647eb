"""Malformed and hostile input: it neither breaks the page nor deceives its reader."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chatcore.server.incoming.page_edition import SOURCES
from tests.support.browser import Company, Page, expect
from tests.support.trackers import Hosted
from tests.web.scripted_session import call, session

_BEYOND = ("1e300", "-1e300", "99999999999999999999", "NaN", "x", "")


@pytest.mark.parametrize("number", _BEYOND)
def test_times_beyond_any_calendar_are_invalid(page: Page, number: str) -> None:
    whois = [
        "@label=w9 :t BATCH +q labeled-response",
        "@batch=q :t 311 ann bob b h * :Bob",
        f"@batch=q :t 317 ann bob {number or ':'} {number or ':'} :seconds idle",
        ":t BATCH -q",
    ]
    shown = session(
        page,
        [":bob!b@h JOIN #lobby", "@time=2026-01-01T00:00:00.000Z :t PING x"],
        f"const whois = {json.dumps(whois)};"
        """const { openCard } = await import('/session/card.js');
        const { moment } = await import('/view/presence.js');
        openCard(s, 'bob');
        const { label } = sent.at(-1).tags;
        feed(...whois.map((line) => line.replace('w9', label)));
        const { activeAt, cameAt } = s.card.facts;
        return [s.card.state, ...[activeAt, cameAt].map((at) => at >= 0 && moment(at) !== '')];""",
    )
    assert shown == ["known", True, True]


@pytest.mark.parametrize("time", ["+275760-09-13T00:00:00.000Z", "-271821-04-20T00:00:00.000Z", "1e300", "never"])
def test_a_message_without_a_time_has_no_day(page: Page, time: str) -> None:
    line = f"@msgid=m1;time={time} :bob!b@h PRIVMSG #lobby :hello"
    assert session(page, [line], "return s.current.present.entries.at(-1).time") == 0


@pytest.mark.parametrize("name", ["", ":x", "a b", "a,b", "a\0b", "a\rb"])
def test_invalid_names_belong_to_nobody(page: Page, name: str) -> None:
    after = """const message = (source, command, ...params) => ({
            tags: {}, source: `${source}!x@h`, nick: source, command, params,
        });
        const before = sent.length;
        receive(s, message('ann', 'JOIN', x), 0);
        receive(s, message(x, 'PRIVMSG', 'ann', 'hello'), 0);
        receive(s, message('ann', 'NICK', x), 0);
        return [[...s.rooms.keys()], s.nick, sent.length - before];"""
    argument = f"const x = String.fromCharCode(...{[ord(letter) for letter in name]});"
    assert session(page, [], argument + after) == [["#lobby"], "ann", 0]


def test_people_and_rooms_are_not_confused(page: Page) -> None:
    lines = [
        ":bob!b@h PRIVMSG ann :a secret",
        ":bob!b@h NICK #lobby2",
        ":ann!a@h NICK #me",
        ":bob!b@h INVITE ann carol",
        ":bob!b@h INVITE ann :#a b",
        ":bob!b@h INVITE ann :",
    ]
    after = "return [[...s.rooms.keys()], s.nick, s.finding.invitations.size]"
    assert session(page, lines, after) == [["#lobby", "bob"], "ann", 0]


@pytest.mark.parametrize(
    "text", ["www.bank.example@evil.example/x", "https://bank.example@evil.example", "http://a:b@evil.example/"]
)
def test_a_deceptive_host_is_not_linked(page: Page, text: str) -> None:
    pieces = call(page, "protocol/formatted", "m.parseLinks(x).map(({link}) => link ?? null)", f"see {text} now")
    assert not [link for link in pieces if link and "href" in link]


def test_an_address_with_an_at_further_on_is_a_link(page: Page) -> None:
    text = "https://example.org/@ann/1?to=a@b#@c"
    pieces = call(page, "protocol/formatted", "m.parseLinks(x).map(({link}) => link?.href)", text)
    assert text in pieces


def test_closed_conversations_show_no_notifications(page: Page) -> None:
    after = """const { Notices } = await import('/session/noticing.js');
        const notices = new Notices();
        s.notify = (room, entry) => notices.note(room, entry);
        s.isVisible = false;
        for (let i = 0; i < 1000; i++) feed(`@msgid=m${i};time=2026-01-01T00:00:00.000Z :b${i}!b@h PRIVMSG ann :hi`);
        const seen = notices.takeSeen().length;
        return [s.rooms.size, notices.take().length, seen > 0];"""
    rooms, told, were_closed = session(page, [], after)
    assert rooms == 200
    assert told <= rooms
    assert were_closed


_DAMAGES: list[Any] = [None, -1, "x", [], {}, [None], [{}], True, {"constructor": 1}, 1e300]


def test_stored_data_is_restored_whole_or_not_at_all(page: Page) -> None:
    after = """const { restore, toKeep } = await import('/session/keeping.js');
        const { showState } = await import('/view/state.js');
        const { answer } = await import('/session/quotes.js');
        feed('@msgid=m1;time=2026-01-01T00:00:00.000Z :bob!b@h PRIVMSG #lobby :hi');
        answer(s.current, s.current.present.entries.at(-1));
        s.current.place = { id: 'm1', offset: 1 };
        say(s, s.current, 'mine');
        s.current.draft = 'draft';
        const whole = JSON.stringify(toKeep(s));
        const paths = [];
        const walk = (value, path) => {
            if (path.length) paths.push(path);
            if (value && typeof value === 'object')
                for (const key of Object.keys(value)) walk(value[key], [...path, key]);
        };
        walk(JSON.parse(whole), []);
        const problems = [];
        let refused = 0;
        for (const path of paths) for (const damage of x) {
            const kept = JSON.parse(whole);
            path.slice(0, -1).reduce((at, key) => at[key], kept)[path.at(-1)] = damage;
            const fresh = new Session((message) => sent.push(message));
            try {
                restore(fresh, 'ann', kept);
            } catch (error) {
                refused++;
                const isClean = error instanceof TypeError && !fresh.rooms.size && !fresh.nick;
                if (!isClean) problems.push([path.join(), damage, String(error)]);
                continue;
            }
            try {
                for (const line of [':t 001 ann :Hi', ':t 376 ann :End', ':ann!a@h JOIN #lobby'])
                    receive(fresh, parse(line), 0);
                noteLost(fresh);
                toKeep(fresh);
            } catch (error) {
                problems.push([path.join(), damage, String(error)]);
            }
        }
        const again = new Session(() => {});
        restore(again, 'ann', JSON.parse(whole));
        return { problems, refused, again: JSON.stringify(toKeep(again).rooms[0].pending.length) };"""
    outcome = session(page, [], f"const x = {json.dumps(_DAMAGES)};" + after)
    assert outcome["problems"] == []
    assert outcome["refused"] > 50
    assert outcome["again"] == "1"


def test_a_browser_that_forbids_locks_causes_no_wait(page: Page) -> None:
    forbid = """async () => {
        const { have, take } = await import('/tab.js');
        const problems = [];
        const note = (event) => problems.push(String(event.reason));
        addEventListener('unhandledrejection', note);
        const { request } = LockManager.prototype;
        LockManager.prototype.request = () => Promise.reject(new DOMException('no', 'SecurityError'));
        have('one');
        const isTaken = await take('another');
        LockManager.prototype.request = request;
        await new Promise((resolve) => setTimeout(resolve));
        removeEventListener('unhandledrejection', note);
        return [isTaken, problems];
    }"""
    assert page.evaluate(forbid) == [False, []]


@pytest.mark.parametrize("name", ["nick", "loginName", "token", "invitation"])
def test_stored_values_that_fit_no_line_are_ignored(page: Page, name: str) -> None:
    fields = dict.fromkeys(("tab", "token", "nick", "loginName", "room", "invitation", "key"), "x")
    kept = "(m.keep({url: 'u', ...x}), m.readKept('u')?.nick)"
    assert call(page, "kept", kept, fields) == "x"
    assert call(page, "kept", kept, {**fields, name: "x\nQUIT"}) is None


def test_an_error_in_one_part_of_the_page_does_not_stop_others(company: Company, tracker: Hosted) -> None:
    ann = company.person(f"http://127.0.0.1:{tracker.port}")
    broken = (
        SOURCES["view/finder.js"].decode().replace("  show(session) {", "  show(session) { throw new Error('broken');")
    )
    ann.replace_script("view/finder.js", broken)
    ann.enter("ann")
    ann.say("still here")
    ann.expect_said("still here")
    assert set(ann.errors) == {"broken"}
    ann.page.close()
    ann.errors.clear()


def test_another_site_that_opened_the_page_cannot_navigate_it(company: Company, tracker: Hosted) -> None:
    other = company.person(f"http://localhost:{tracker.port}")  # another name is another site
    other.page.goto(f"{other.url}/robots.txt")
    with other.context.expect_page() as opened:
        other.page.evaluate("url => { window.theirs = window.open(url) }", f"http://127.0.0.1:{tracker.port}/#room=dev")
    expect(opened.value.get_by_label("Username")).to_be_visible()
    assert other.page.evaluate("theirs.closed")
    assert opened.value.evaluate("opener") is None
