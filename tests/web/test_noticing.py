"""What people are notified of, in which words, and the switch for it."""

from __future__ import annotations

import re

import pytest

from tests.support.accessible import assert_accessible
from tests.support.browser import Company, Page, Person, expect
from tests.support.irc import IrcClient
from tests.support.together import wait_until
from tests.support.trackers import Hosted
from tests.web.scripted_session import session

_LINES = {
    "said": ":bob!b@h PRIVMSG #lobby :good morning",
    "mention": ":bob!b@h PRIVMSG #lobby :good morning, Ann",
    "private": ":bob!b@h PRIVMSG ann :psst",
}


@pytest.mark.parametrize(
    ("room", "level", "line", "is_told", "is_counted"),
    [
        ("#lobby", "", "said", False, True),
        ("#lobby", "", "mention", True, True),
        ("#lobby", "all", "said", True, True),
        ("#lobby", "nothing", "said", False, False),
        ("#lobby", "nothing", "mention", False, True),
        ("bob", "", "private", True, True),
        ("bob", "nothing", "private", False, True),
    ],
)
def test_messages_are_notified_and_counted_by_level(
    page: Page, room: str, level: str, line: str, is_told: bool, is_counted: bool
) -> None:
    script = f"""
        const told = [];
        s.notify = (room, entry) => told.push(entry.text);
        s.isVisible = false;
        if ({level!r}) s.levels.set({room.upper()!r}, {level!r});
        feed({_LINES[line]!r});
        return [told.length === 1, s.find({room!r}).unread === 1];
    """
    assert session(page, [], script) == [is_told, is_counted]


def test_many_messages_are_one_notification(page: Page) -> None:
    script = """
        const { Notices } = await import('/session/noticing.js');
        const notices = new Notices();
        const room = s.find('#lobby');
        const speak = (text) => { room.unread++; notices.note(room, { nick: 'bob', text }); };
        const taken = [];
        const take = () => taken.push(notices.take().map(({ title, body }) => [title, body]));
        take(); speak('one'); take(); take();
        for (let number = 2; number <= 60; number++) speak(`line ${number}`);
        take();
        const bob = s.ensure('bob');
        bob.unread = 2;
        notices.note(bob, { nick: 'bob', text: 'psst' }); take();
        notices.note(bob, { nick: 'bob', text: 'hello?' }); take();
        return taken;
    """
    assert session(page, [], script) == [
        [],
        [["bob in #lobby", "one"]],
        [],
        [["60 messages in #lobby", "bob: line 60"]],
        [["bob", "psst"]],
        [["2 messages from bob", "hello?"]],
    ]


def test_messages_seen_elsewhere_are_no_longer_notified(page: Page) -> None:
    script = """
        const { Notices } = await import('/session/noticing.js');
        const notices = new Notices();
        const room = s.find('#lobby');
        room.unread = 1;
        notices.note(room, { nick: 'bob', text: 'one' });
        const before = notices.takeSeen().length;
        room.unread = 0;
        return [before, notices.takeSeen().length, notices.take().length, notices.clear().length];
    """
    assert session(page, [], script) == [0, 1, 0, 0]


def test_levels_are_stored_by_name(page: Page) -> None:
    script = """
        const kept = [];
        s.levels.onChange = (chosen) => kept.push(chosen);
        s.levels.set('#Dev', 'nothing'); s.levels.set('#dev', 'mentions'); s.levels.set('#ops', 'all');
        s.levels.set('#ops', 'nothing'); s.levels.rename('#ops', '#desk');
        const taken = [null, 'all', { '#a': 'all', '#b': 'loud' }].map((value) => {
            s.levels.take(value);
            return s.levels.chosen;
        });
        s.levels.onChange = () => {};
        for (let number = 0; number < 300; number++) s.levels.set(`#r${number}`, 'all');
        return [kept, taken, Object.keys(s.levels.chosen).length];
    """
    kept = [{"#Dev": "nothing"}, {}, {"#ops": "all"}, {"#ops": "nothing"}, {"#desk": "nothing"}]
    assert session(page, [], script) == [kept, [{}, {}, {"#a": "all"}], 200]


def test_a_level_follows_a_room_to_its_new_name(page: Page) -> None:
    levels = "return ['#hall', '#lobby'].map((name) => s.levels.of(name))"
    script = f"s.levels.set('#lobby', 'all'); feed(':t RENAME #lobby #hall :'); {levels}"
    assert session(page, [], script) == ["all", "mentions"]


_NOTIFICATION = """
    window.asked = 0; window.shown = [];
    window.Notification = class {
        static permission = sessionStorage.permission ?? "default";
        static async requestPermission() {
            window.asked++;
            return (this.permission = sessionStorage.permission = window.answer ?? "granted");
        }
        constructor(title, { body, tag }) { window.shown.push(`${title}: ${body}`); this.tag = tag; }
        close() { window.shown.push(`closed ${this.tag}`); }
    };
    Object.defineProperty(document, "hidden", { get: () => Boolean(window.isAway), configurable: true });
"""
_AWAY = "isAway => { window.isAway = isAway; document.dispatchEvent(new Event('visibilitychange')) }"


@pytest.fixture
def ann(company: Company, tracker: Hosted) -> Person:
    ann = company.person(f"http://127.0.0.1:{tracker.port}")
    ann.page.add_init_script(_NOTIFICATION)
    ann.enter("ann")
    return ann


def test_the_notification_switch(ann: Person, tracker: Hosted) -> None:
    """Permission is requested only on a click; off stays off after a reload; many lines make one notification."""
    switch = ann.page.locator("#notify")
    with IrcClient(tracker.port) as irma:
        irma.register("irma", password="sesame")
        irma.join("#lobby")
        ann.page.evaluate(_AWAY, True)
        irma.send("PRIVMSG #lobby :ann, unasked")
        expect(ann.page).to_have_title("(1) #lobby")
        expect(ann.page.locator("link[rel='icon'][href='icon-mention.svg']").first).to_be_attached()
        assert ann.page.request.get(f"{ann.url}/icon-mention.svg").ok
        assert ann.page.evaluate("[asked, shown]") == [0, []]
        ann.page.evaluate(_AWAY, False)
        expect(ann.page).to_have_title("#lobby")
        expect(ann.page.locator("link[rel='icon'][href='icon-mention.svg']")).to_have_count(0)
        expect(switch).to_have_role("switch")
        expect(switch).to_have_accessible_description(re.compile("^Only while this page is open"))
        switch.click()
        expect(switch).to_have_attribute("aria-checked", "true")
        ann.page.reload()
        ann.expect_member("irma")
        expect(switch).to_have_attribute("aria-checked", "true")
        ann.page.evaluate(_AWAY, True)
        irma.send(*(f"PRIVMSG ann :{number}" for number in range(1, 4)), "PRIVMSG #lobby :not for you")
        wait_until(lambda: ann.page.evaluate("shown.at(-1) === '3 messages from irma: 3'"))
        assert "not for you" not in str(ann.page.evaluate("shown"))
        ann.page.evaluate(_AWAY, False)
        ann.look_at("irma")
        wait_until(lambda: ann.page.evaluate("shown.at(-1) === 'closed irma'"))
        switch.click()
        expect(switch).to_have_attribute("aria-checked", "false")
        ann.page.reload()
        ann.look_at("#lobby")
        expect(switch).to_have_attribute("aria-checked", "false")
        ann.page.evaluate(_AWAY, True)
        irma.send("PRIVMSG #lobby :ann?")
        expect(ann.page).to_have_title("(1) #lobby")
        assert ann.page.evaluate("shown") == []


@pytest.mark.thorough
def test_the_menu_of_a_room(ann: Person) -> None:
    bell = ann.page.locator("#room-notify")
    expect(bell).to_have_accessible_name("Notifications: messages that mention me")
    bell.click()
    assert_accessible(ann.page)
    ann.page.get_by_label("nothing").check()
    expect(ann.page.locator("#notices")).to_contain_text("Only messages that mention you count as unread.")
    ann.page.evaluate("window.answer = 'denied'")
    ann.page.get_by_role("switch", name="Notify me on this device").last.click()
    expect(ann.page.locator("#notices-problem")).to_contain_text("Allow notifications for this site")
    expect(ann.page.locator("#notices-switch")).to_have_attribute("aria-checked", "false")
    ann.page.keyboard.press("Escape")
    expect(ann.page.locator("#notices")).to_have_count(0)
    expect(bell).to_be_focused()
    ann.page.reload()
    expect(bell).to_have_accessible_name("Notifications: nothing")
    ann.check()
