"""A page in another language: everything it says is from the table of texts, whatever a person opens."""

from __future__ import annotations

import pytest

from tests.support.browser import PASSWORD, Company, Person, expect
from tests.support.irc import IrcClient
from tests.support.trackers import ROOT, Hosted

_TABLE = (ROOT / "chatcore" / "web" / "words.js").read_text(encoding="utf-8")
_TRANSLATE = """
const other = (text) => `[${text}]`;
const translate = (table) => {
  for (const [name, text] of Object.entries(table)) {
    if (typeof text === "string") table[name] = other(text);
    else if (typeof text === "function") table[name] = (...fields) => other(text(...fields));
    else translate(text);
  }
};
translate(words);
"""
_NOT_TRANSLATED = """() => {
    const content = ".nick, .text, .avatar, .badge, time, .label, #me, #room-name, #topic, .said, .quote, code, mark";
    const left = [];
    const look = (element, text) => {
        const rest = text.replace(/\\[.*\\]|^\\/.*/gs, ""); // what a command takes is in its list
        if (/[A-Za-z]{2}/.test(rest) && !element.closest(content)) left.push(text.trim());
    };
    for (const element of document.body.querySelectorAll("*")) {
        if (!element.checkVisibility() || element.matches("script, noscript")) continue;
        for (const node of element.childNodes) if (node.nodeType === Node.TEXT_NODE) look(element, node.data);
        for (const name of ["aria-label", "title", "placeholder"]) look(element, element.getAttribute(name) ?? "");
    }
    return left;
}"""

_OPENED = {
    "#member-list button": "#card dd",
    "#room-notify": "#notices",
    "#find-room": "#finder",
}
"""Elements that open something on a click."""


@pytest.fixture
def ann(company: Company, tracker: Hosted) -> Person:
    """A person whose page is in another language."""
    ann = company.person(f"http://127.0.0.1:{tracker.port}")
    ann.replace_script("words.js", _TABLE + _TRANSLATE)
    ann.open()
    return ann


def _untranslated(person: Person) -> list[str]:
    """Return the texts that are not from the table."""
    found: list[str] = person.page.evaluate(_NOT_TRANSLATED)
    return found


def test_everything_is_translated(ann: Person, tracker: Hosted) -> None:
    page = ann.page
    expect(page.locator("#enter")).to_have_text("[Join]")
    assert _untranslated(ann) == []
    page.locator("#username").fill("a1")
    page.locator("#password").fill("wrong")
    page.locator("#enter").click()
    expect(page.locator("#login-problem")).not_to_be_empty()
    assert _untranslated(ann) == []
    page.locator("#password").fill(PASSWORD)
    page.locator("#enter").click()
    ann.expect_member("a1")
    with IrcClient(tracker.port) as irc:
        welcome = irc.register("i2", password=PASSWORD, caps="message-tags")
        told = {message.params[-1].removeprefix("- ") for message in welcome if message.command == "372"}
        told |= {"Real i2", "#lobby"}  # from WHOIS
        irc.join("#lobby")
        irc.send("TOPIC #lobby :tea", "PRIVMSG #lobby :a1: hello", "PRIVMSG a1 :psst", "@+typing=active TAGMSG #lobby")
        expect(page.locator("#typing")).not_to_be_empty()
        assert set(_untranslated(ann)) <= told
        page.locator("#text").press_sequentially("/m")
        expect(page.get_by_role("listbox")).to_be_visible()
        assert set(_untranslated(ann)) <= told
        page.locator("#text").fill("")
        for opener, opened in _OPENED.items():
            page.locator(opener).last.click()
            expect(page.locator(opened).first).to_be_visible()
            assert set(_untranslated(ann)) <= told, opened
            page.keyboard.press("Escape")
            expect(page.locator(opened).first).to_be_hidden()
        for key, opened in (("Control+k", "#switcher"), ("Control+f", "#search")):
            page.keyboard.press(key)
            expect(page.locator(opened)).to_be_visible()
            assert set(_untranslated(ann)) <= told, opened
            page.keyboard.press("Escape")
