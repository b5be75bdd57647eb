"""Copying from the log, printing it, the names of days, and the system's own colours."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.support.accessible import assert_accessible
from tests.support.browser import PASSWORD, Company, Page, Person, expect
from tests.support.irc import IrcClient
from tests.support.trackers import Hosted
from tests.web.scripted_session import call

_SELECT = """([first, from, last, to]) => {
    const text = (child) => (child.querySelector('.text') ?? child.querySelector('p, .folded')).firstChild;
    const rows = [...document.querySelectorAll('#log > .entry, #log > .event')];
    const range = document.createRange();
    range.setStart(text(rows.at(first)), from);
    range.setEnd(text(rows.at(last)), to);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    let copied = '';
    document.addEventListener('copy', (event) => {
        copied = event.clipboardData.getData('text/plain');
        if (!event.defaultPrevented) copied = `plain: ${getSelection()}`;
    }, { once: true });
    document.execCommand('copy');
    return copied;
}"""


@pytest.fixture
def ann(company: Company, tracker: Hosted) -> Person:
    ann = company.person(f"http://127.0.0.1:{tracker.port}", color_scheme="dark")
    ann.enter("ann")
    return ann


@pytest.fixture
def bob(tracker: Hosted, ann: Person) -> Iterator[IrcClient]:
    with IrcClient(tracker.port) as bob:
        bob.register("bob", password=PASSWORD)
        bob.join("#lobby")
        bob.command("PRIVMSG #lobby :hello *there*", "PRIVMSG #lobby :\x01ACTION waves\x01")
        yield bob


def test_several_messages_are_copied_as_lines(ann: Person, bob: IrcClient) -> None:
    ann.say("look:\n```\nlet x;\n```\ndone")
    expect(ann.page.locator("#log .entry:not(.waiting) .fence")).to_be_visible()
    bob.command("PRIVMSG #lobby :the end")
    ann.expect_said("the end")
    copied = ann.page.evaluate(_SELECT, [0, 0, -1, 7])
    assert re.sub(r"\[\d\d:\d\d\]", "[time]", copied).split("\n") == [
        *("[time] bob joined", "[time] bob: hello there", "[time] * bob waves"),
        *("[time] ann: look:", "let x;", "done", "[time] bob: the end"),
    ]


@pytest.mark.thorough
def test_a_part_of_one_message_is_copied_verbatim(ann: Person, bob: IrcClient) -> None:
    ann.expect_said("hello there")
    assert ann.page.evaluate(_SELECT, [1, 1, 1, 4]) == "plain: ell"


@pytest.mark.thorough
def test_the_conversation_is_printed(ann: Person, bob: IrcClient) -> None:
    ann.expect_said("hello there")
    ann.page.emulate_media(media="print")
    expect(ann.texts.first).to_be_visible()
    for hidden in ("#rooms", "#members", "#composer", "#show-search"):
        expect(ann.page.locator(hidden)).to_be_hidden()
    assert ann.page.evaluate("getComputedStyle(document.querySelector('#log')).overflow") == "visible"
    assert ann.page.evaluate("getComputedStyle(document.querySelector('#talk')).backgroundColor") == (
        "rgb(255, 255, 255)"
    )


@pytest.mark.thorough
def test_printing_includes_all_entries(ann: Person, bob: IrcClient, tracker: Hosted) -> None:
    for number in range(0, 300, 50):
        bob.command(*(f"PRIVMSG #lobby :line {each}" for each in range(number, number + 50)))
    ann.expect_said("line 299")
    assert ann.texts.count() < 300
    ann.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert ann.texts.count() == 302
    ann.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert ann.texts.count() < 300
    expect(ann.texts.last).to_be_in_viewport()


@pytest.mark.thorough
def test_backgrounds_get_an_edge_in_forced_colours(ann: Person, bob: IrcClient) -> None:
    bob.command("PRIVMSG #lobby :ann: look")
    ann.page.emulate_media(forced_colors="active")
    expect(ann.page.locator(".mention")).to_have_css("border-left-width", "3px")
    expect(ann.page.locator("#room-list [aria-current]")).to_have_css("outline-style", "solid")
    expect(ann.page.locator(".entry .avatar").first).to_have_css("border-top-width", "1px")
    assert_accessible(ann.page)


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2026-03-10T00:00", "Today"),
        ("2026-03-09T23:59", "Yesterday"),
        ("2026-03-08T12:00", "Sunday"),
        ("2025-03-08T12:00", "2025"),
    ],
)
def test_days_are_named_by_their_distance(page: Page, day: str, name: str) -> None:
    now = "2026-03-10T23:59"
    assert name in call(page, "view/days", "m.dayText(new Date(x[0]).getTime(), new Date(x[1]).getTime())", [day, now])


@pytest.mark.thorough
def test_today_becomes_yesterday_at_midnight(company: Company, tracker: Hosted) -> None:
    ann = company.person(f"http://127.0.0.1:{tracker.port}", timezone_id="UTC")
    ann.page.clock.install()
    ann.enter("ann")
    ann.say("late")
    ann.expect_said("late")
    expect(ann.log.get_by_role("heading", name="Today")).to_be_visible()
    ann.page.clock.fast_forward("24:00:00")
    expect(ann.log.get_by_role("heading", name="Yesterday")).to_be_visible()


@pytest.mark.thorough
def test_a_line_has_at_most_75_letters_in_any_window(company: Company, tracker: Hosted) -> None:
    ann = company.person(f"http://127.0.0.1:{tracker.port}", viewport={"width": 2500, "height": 800})
    ann.enter("ann")
    ann.say("the quick brown fox jumps over the lazy dog and runs through the forest until it is dark, " * 5)
    said = ann.log.locator(".entry:not(.waiting) .text")
    expect(said).to_have_count(1)
    lines = said.evaluate("""(element) => {
        const lines = new Map(), range = document.createRange(), text = element.firstChild;
        for (let at = 0; at < text.length; at++) {
            range.setStart(text, at);
            range.setEnd(text, at + 1);
            const { top } = range.getBoundingClientRect();
            lines.set(top, (lines.get(top) ?? 0) + 1);
        }
        return [...lines.values()];
    }""")
    assert len(lines) > 4
    assert max(lines) <= 76  # including the space at the end
