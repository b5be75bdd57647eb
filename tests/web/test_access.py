"""Accessibility: labels, contrast, the keyboard alone, a phone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.accessible import assert_accessible
from tests.support.browser import PASSWORD, Company, Page, Person, expect
from tests.support.irc import IrcClient
from tests.support.trackers import Hosted

PHONE = {"viewport": {"width": 360, "height": 640}, "is_mobile": True, "has_touch": True}


@pytest.fixture
def irc(tracker: Hosted) -> Iterator[IrcClient]:
    with IrcClient(tracker.port) as client:
        client.register("irma", password=PASSWORD, caps="message-tags")
        client.join("#lobby")
        yield client


def _fill_the_page(person: Person, irc: IrcClient) -> None:
    names = (
        "ann",
        "bob",
        "dave",
        "heidi",
        "ivan",
        "judy",
        "ken",
        "leo",
        "mia",
        "nina",
        "otto",
        "paul",
        "quinn",
        "rosa",
    )
    for name in names:
        irc.command(f"NICK {name}_", f"PRIVMSG #lobby :I am {name}", "PRIVMSG #lobby :and \x02more")
    irc.send(
        "PRIVMSG #lobby :\x01ACTION waves\x01", "NOTICE #lobby :note", "PRIVMSG #lobby :Eve: see https://a.example/"
    )
    irc.send("TOPIC #lobby :What we talk about", "PRIVMSG eve :psst", "@+typing=active TAGMSG #lobby")
    expect(person.page.locator("#typing")).to_have_text("rosa_ is typing\u2026")
    person.say("/nonsense")
    expect(person.page.locator("#private-list .badge")).to_have_text("1")
    assert (
        person.page.locator("[class*=name-]").evaluate_all(
            "all => new Set(all.map(e => e.className.match(/name-\\d+/)[0])).size"
        )
        > 6
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_has_a_name_and_can_be_read(company: Company, tracker: Hosted, irc: IrcClient, scheme: str) -> None:
    eve = company.person(f"http://127.0.0.1:{tracker.port}", color_scheme=scheme)
    eve.open()
    eve.log_in("eve", "wrong")
    expect(eve.page.get_by_role("alert")).to_have_text("That is not the password.")
    assert_accessible(eve.page)
    eve.enter("eve")
    _fill_the_page(eve, irc)
    assert_accessible(eve.page)
    eve.page.get_by_role("button", name="Dark colours").click()
    expect(eve.page.locator("html")).to_have_attribute("data-theme", "light" if scheme == "dark" else "dark")
    assert_accessible(eve.page)
    irc.send("PRIVMSG #lobby :some news")
    expect(eve.log).to_contain_text("some news")
    expect(eve.log).to_have_attribute("aria-live", "polite")  # until earlier messages are redrawn or loaded
    expect(eve.log).to_have_attribute("aria-label", "Messages in #lobby")
    eve.page.emulate_media(color_scheme=None)
    assert eve.page.evaluate("document.documentElement.lang") == "en"


def _tab_to(page: Page, name: str, backwards: bool = False) -> None:
    """Press Tab until the element with this name has the focus."""
    seen = []
    for _ in range(30):
        page.keyboard.press("Shift+Tab" if backwards else "Tab")
        script = "e => e.getAttribute('aria-label') ?? e.labels?.[0]?.textContent ?? e.textContent"
        seen.append(page.locator(":focus").evaluate(script).strip() if page.locator(":focus").count() else "")
        if seen[-1] == name:
            return
    raise AssertionError(f"Tab does not reach {name!r}: {seen}")


@pytest.mark.thorough
def test_the_page_works_with_the_keyboard_alone(company: Company, tracker: Hosted, irc: IrcClient) -> None:
    ann = company.person(f"http://127.0.0.1:{tracker.port}")
    ann.open()
    keyboard = ann.page.keyboard
    expect(ann.page.get_by_label("Username")).to_be_focused()
    keyboard.type("ann")
    keyboard.press("Tab")
    keyboard.type(PASSWORD)
    keyboard.press("Enter")
    ann.expect_member("irma")
    expect(ann.page.locator("#text")).to_be_focused()
    keyboard.type("by keyboard")
    keyboard.press("Shift+Enter")
    keyboard.type("alone")
    keyboard.press("Enter")
    ann.expect_said("by keyboard\nalone")
    _tab_to(ann.page, "irma, operator")
    keyboard.press("Enter")
    expect(ann.page.get_by_role("button", name="Write privately")).to_be_focused()
    keyboard.press("Enter")
    expect(ann.page.locator("#room-name")).to_have_text("irma")
    expect(ann.page.locator("#text")).to_be_focused()
    keyboard.press("Alt+ArrowUp")
    expect(ann.page.locator("#room-name")).to_have_text("#lobby")
    _tab_to(ann.page, "Join or create a room", backwards=True)
    keyboard.type("dev")
    keyboard.press("Enter")
    expect(ann.page.locator("#room-name")).to_have_text("#dev")
    keyboard.press("Alt+ArrowDown")
    keyboard.press("Alt+ArrowDown")
    expect(ann.page.locator("#room-name")).to_have_text("irma")
    _tab_to(ann.page, "Messages in irma", backwards=True)
    expect(ann.log).to_be_focused()


@pytest.mark.thorough
def test_the_page_works_on_a_phone(company: Company, tracker: Hosted, irc: IrcClient) -> None:
    ann = company.person(f"http://127.0.0.1:{tracker.port}", **PHONE)
    ann.enter("ann")
    irc.send(f"PRIVMSG #lobby :{'wide' * 60} https://example.org/{'x' * 100}", "PRIVMSG ann :psst")
    expect(ann.page.get_by_role("button", name="Rooms, 1 unread")).to_be_visible()
    assert ann.page.evaluate("document.documentElement.scrollWidth") == 360
    assert ann.log.evaluate("log => log.scrollWidth - log.clientWidth") == 0
    expect(ann.page.locator("#rooms")).not_to_be_visible()
    ann.page.get_by_role("button", name="Rooms, 1 unread").tap()
    expect(ann.page.locator("#rooms")).to_be_visible()
    expect(ann.page.locator("#room-list button").first).to_be_focused()
    ann.page.keyboard.press("Escape")
    expect(ann.page.locator("#rooms")).not_to_be_visible()
    expect(ann.page.locator("#show-rooms")).to_be_focused()
    ann.page.get_by_role("button", name="Rooms, 1 unread").tap()
    ann.page.locator("#private-list button").tap()
    expect(ann.page.locator("#rooms")).not_to_be_visible()
    ann.expect_said("psst")
    ann.page.get_by_label("Message to irma").fill("from my phone")
    ann.page.get_by_role("button", name="Send").tap()
    ann.expect_said("from my phone")
    small = "all => all.filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 40).map(e => e.outerHTML)"
    assert ann.page.locator("#talk button").evaluate_all(small) == []


@pytest.mark.thorough
def test_members_are_a_drawer_on_a_phone(company: Company, tracker: Hosted, irc: IrcClient) -> None:
    ann = company.person(f"http://127.0.0.1:{tracker.port}", **PHONE)
    ann.enter("ann")
    ann.page.get_by_role("button", name="Members").tap()
    ann.page.get_by_role("button", name="irma").tap()
    ann.page.get_by_role("button", name="Write privately").tap()
    expect(ann.page.locator("#room-name")).to_have_text("irma")
    expect(ann.page.locator("#members")).not_to_be_visible()


@pytest.mark.thorough
def test_a_small_page_cuts_neither_the_rooms_name_nor_a_button(
    company: Company, tracker: Hosted, irc: IrcClient
) -> None:
    """1280 pixels at a zoom of 400%: https://www.w3.org/TR/WCAG22/#reflow."""
    irc.command("PRIVMSG #lobby :before")
    ann = company.person(f"http://127.0.0.1:{tracker.port}", viewport={"width": 320, "height": 640}, shows_past=False)
    ann.enter("ann")
    name = ann.page.locator("#room-name")
    expect(name).to_have_text("#lobby")
    assert name.evaluate("(element) => element.scrollWidth <= element.clientWidth")
    button = ann.page.get_by_role("button", name="Always show")
    lines = "(e) => { const all = new Range(); all.selectNodeContents(e); return all.getClientRects().length; }"
    assert button.evaluate(lines) == 1, "the button's text is not wrapped"
    assert ann.page.evaluate("document.documentElement.scrollWidth") == 320
