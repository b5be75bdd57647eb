"""The page folds consecutive joins and parts into one line."""

from __future__ import annotations

import pytest

from tests.support.browser import PASSWORD, Company, Page, expect
from tests.support.irc import IrcClient
from tests.support.trackers import Hosted
from tests.web.scripted_session import session

_TOLD = "return s.find('#lobby').present.entries.map(({text}) => text)"


def _join(nick: str) -> str:
    return f":{nick}!u@h JOIN #lobby"


def _part(nick: str, why: str = "") -> str:
    return f":{nick}!u@h PART #lobby :{why}"


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([_join("bob")], ["bob joined"]),
        ([_join("bob"), _join("carol"), _part("dave", "bye")], ["bob and carol joined; dave left"]),
        ([_part("bob", "lunch")], ["bob left (lunch)"]),
        ([_join("bob"), _part("bob")], ["bob came and went"]),
        ([_join("bob"), _part("bob"), _join("bob")], ["bob joined"]),
        ([_part("bob"), _join("bob")], ["bob left and came back"]),
        ([_join("bob"), ":bob!u@h NICK rob", _join("carol")], ["rob and carol joined"]),
        ([":carol!u@h NICK c1", ":c1!u@h NICK c2"], ["carol is now c2"]),
        ([":carol!u@h NICK c1", ":c1!u@h NICK carol"], ["People came and went"]),
        ([":carol!u@h NICK c1", ":c1!u@h QUIT :x"], ["c1 left"]),
        ([_join(f"p{number}") for number in range(7)], ["p0, p1, p2, p3, p4, and 2 more joined"]),
        ([_join("bob"), ":dave!u@h PRIVMSG #lobby :hi", _part("bob")], ["bob joined", "hi", "bob left"]),
        ([_join("bob"), ":dave!u@h KICK #lobby bob :out", _join("bob")],
         ["bob joined", "bob was removed by dave (out)", "bob joined"]),
        ([_join("bob"), ":ann!u@h NICK anna", _join("carol")], ["bob joined", "You are now anna", "carol joined"]),
    ],
)  # fmt: skip
def test_the_line_tells_the_result(page: Page, lines: list[str], told: list[str]) -> None:
    members = [":t 353 ann = #lobby :@ann carol dave", ":t 366 ann #lobby :End"]
    assert session(page, [*members, *lines], _TOLD) == told


def test_a_line_holds_a_bounded_number(page: Page) -> None:
    counts = "return s.find('#lobby').present.entries.map(({comings}) => comings.length)"
    assert session(page, [_join(f"p{number}") for number in range(250)], counts) == [100, 100, 50]


def test_another_day_is_another_line(page: Page) -> None:
    days = ["@time=2026-01-01T12:00:00.000Z ", "@time=2026-01-03T12:00:00.000Z "]
    assert session(page, [day + _join(f"p{n}") for n, day in enumerate(days)], _TOLD) == ["p0 joined", "p1 joined"]


def test_history_is_folded_without_duplicates(page: Page) -> None:
    events = [f"@batch=h;msgid={n};time=2026-01-01T00:00:0{n}.000Z {_join(f'p{n}')}" for n in (1, 2, 3)]
    said = "@batch=h;msgid=4;time=2026-01-01T00:00:04.000Z :bob!u@h PRIVMSG #lobby :hi"
    live = "@msgid=2;time=2026-01-01T00:00:02.000Z " + _join("p2")
    lines = [live, ":t BATCH +h chathistory #lobby", *events, said, ":t BATCH -h"]
    assert session(page, lines, _TOLD) == ["p1, p2, and p3 joined", "hi"]


def test_dropping_a_folded_line_forgets_its_ids(page: Page) -> None:
    script = """const {Stretch} = await import('/session/stretch.js');
        const all = new Stretch(s.find('#lobby').present.entries);
        all.cutOldest(0);
        return [all.entries.length, all.ids.size];"""
    lines = [f"@msgid={n} {_join(f'p{n}')}" for n in (1, 2, 3)]
    assert session(page, lines, script) == [0, 0]


def test_a_click_shows_each_event(company: Company, tracker: Hosted) -> None:
    ann = company.person(f"http://127.0.0.1:{tracker.port}")
    ann.enter("ann")
    with IrcClient(tracker.port) as bob:
        bob.register("bob", password=PASSWORD)
        bob.join("#lobby")
        bob.command("PART #lobby :lunch", "JOIN #lobby")
        line = ann.log.get_by_role("button", name="bob joined")
        expect(line).to_have_attribute("aria-expanded", "false")
        line.click()
        expect(ann.log.locator(".told li")).to_contain_text(["bob joined", "bob left (lunch)", "bob joined"])
        bob.command("NICK rob")
        expect(ann.log.get_by_role("button", name="rob joined")).to_have_attribute("aria-expanded", "true")
        expect(ann.log.locator(".told li")).to_have_count(4)
        ann.log.get_by_role("button", name="rob joined").press("Enter")
        expect(ann.log.locator(".told li")).to_have_count(0)
