"""The cost of a message in the page does not depend on how many there are: counted, as times depend on the machine."""

from __future__ import annotations

import pytest

from tests.support.browser import Company, Page, Person, expect
from tests.support.irc import IrcClient
from tests.support.trackers import Hosted

_MOST = 200
_COUNT = """() => {
    globalThis.added = 0;
    const log = document.getElementById("log");
    new MutationObserver((records) => {
        for (const { addedNodes } of records) added += addedNodes.length;
    }).observe(log, { childList: true });
}"""
_WINDOW = """async (script) => {
    const { EntryWindow } = await import('/view/window.js');
    const entries = (from, to) => Array.from({ length: to - from }, (_, at) => ({ key: from + at }));
    const shown = new EntryWindow();
    const look = () => [shown.entries[0]?.key, shown.entries.at(-1)?.key, shown.entries.length, shown.isAtEnd];
    SCRIPT
}"""


@pytest.fixture
def ann(company: Company, tracker: Hosted, irc: IrcClient) -> Person:
    ann = company.person(f"http://127.0.0.1:{tracker.port}")
    ann.enter("ann")
    irc.command(*(f"PRIVMSG #lobby :{number}" for number in range(600)))
    ann.expect_said("599")
    return ann


def test_a_message_costs_one_element_and_the_rest_are_bounded(ann: Person, irc: IrcClient) -> None:
    ann.page.evaluate(_COUNT)
    for number in range(600, 620):
        irc.send(f"PRIVMSG #lobby :{number}")
        ann.expect_said(str(number))
    assert ann.page.evaluate("added") <= 2 * 20
    assert ann.log.evaluate("log => log.children.length") <= _MOST + 3
    expect(ann.log.locator(":scope > :last-child")).to_contain_text("619")


@pytest.mark.thorough
def test_a_selection_survives_new_messages(ann: Person, irc: IrcClient) -> None:
    expect(ann.page.locator("#text")).to_be_focused()  # which ends a selection
    ann.texts.last.evaluate("text => getSelection().selectAllChildren(text)")
    irc.command(*(f"PRIVMSG #lobby :{number}" for number in range(600, 640)))
    ann.expect_said("639")
    assert ann.page.evaluate("getSelection().toString()") == "599"


def test_remaining_elements_are_not_moved(page: Page) -> None:
    script = """async () => {
        const { reconcile } = await import('/view/dom.js');
        const list = document.body.appendChild(document.createElement('ul'));
        const make = (id) => Object.assign(document.createElement('li'), { id });
        const item = (key) => ({ key, look: '', build: () => make(key) });
        const show = (...keys) => reconcile(list, keys.map(item));
        show('top', 'a', 'b', 'c', 'd');
        const observer = new MutationObserver(() => {});
        observer.observe(list, { childList: true });
        show('top', 'c', 'd', 'e');
        const records = observer.takeRecords();
        const ids = (nodes) => [...nodes].map(({ id }) => id);
        return [ids(list.children), records.flatMap((record) => ids(record.removedNodes)),
            records.flatMap((record) => ids(record.addedNodes))];
    }"""
    assert page.evaluate(script) == [["top", "c", "d", "e"], ["a", "b"], ["e"]]


def test_many_changes_are_drawn_once(page: Page) -> None:
    script = """async () => {
        const { Showing } = await import('/showing.js');
        const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
        const moves = [];
        const showing = new Showing((isMove) => moves.push(isMove));
        for (let i = 0; i < 100; i++) showing.changePaced(() => {});
        showing.change(() => {}, true);
        const early = moves.length;
        await frame();
        return [early, moves];
    }"""
    assert page.evaluate(script) == [0, [True]]


@pytest.mark.parametrize(("act", "early"), [("change", [True]), ("changePaced", [])])
def test_an_action_is_drawn_before_the_next_key(page: Page, act: str, early: list[bool]) -> None:
    script = """async (act) => {
        const { Showing } = await import('/showing.js');
        const moves = [];
        const showing = new Showing((isMove) => moves.push(isMove));
        showing[act](() => {}, true);
        let seen = null;
        document.body.addEventListener("keydown", () => { seen = [...moves]; }, { once: true });
        document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "F9", bubbles: true }));
        return seen;
    }"""
    assert page.evaluate(script, act) == early


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("shown.follow(entries(0, 10), null); return look()", [0, 9, 10, True]),
        ("shown.follow(entries(0, 10000), null); return look()", [9900, 9999, 100, True]),
        (
            (
                "const all = entries(0, 1000); shown.follow(all, null);"
                "for (let i = 1000; i < 3000; i++) { all.push({ key: i }); shown.follow(all, null); } return look()"
            ),
            [2838, 2999, 162, True],
        ),
        (
            (
                "const all = entries(0, 1000); shown.follow(all, null); for (let i = 0; i < 4; i++) shown.older();"
                "return look()"
            ),
            [700, 899, 200, False],
        ),
        (
            (
                "const all = entries(0, 1000); shown.follow(all, null); while (shown.older()); while (shown.newer());"
                "return look()"
            ),
            [800, 999, 200, True],
        ),
        (
            (
                "const all = entries(0, 1000); shown.follow(all, null); shown.around(500);"
                "shown.follow([...entries(-50, 0), ...all], all[500]); return look()"
            ),
            [450, 599, 150, False],
        ),
        (
            (
                "const all = entries(0, 1000); shown.follow(all, null); shown.around(500);"
                "all.splice(0, 480); shown.follow(all, all[20]); return look()"
            ),
            [480, 599, 120, False],
        ),
        (
            (
                "const all = entries(0, 1000); shown.follow(all, null); shown.around(500);"
                "all.splice(0, 900); shown.follow(all, all[50]); return look()"
            ),
            [900, 999, 100, True],
        ),
    ],
)
def test_the_window_moves_with_its_entries(page: Page, script: str, expected: list[object]) -> None:
    assert page.evaluate(_WINDOW.replace("SCRIPT", script)) == expected
