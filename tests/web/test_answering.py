"""Replies, reactions and redactions, by mouse, keyboard and touch."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.accessible import assert_accessible
from tests.support.browser import PASSWORD, Company, Person, expect
from tests.support.irc import IrcClient
from tests.support.together import wait_until
from tests.support.trackers import Hosted

_FOCUSED = "document.activeElement.dataset.part ?? document.activeElement.id"


@pytest.fixture
def irc(tracker: Hosted) -> Iterator[IrcClient]:
    with IrcClient(tracker.port) as client:
        client.register("irma", password=PASSWORD, caps="message-tags echo-message draft/message-redaction")
        client.join("#lobby")
        yield client


@pytest.fixture
def ann(company: Company, tracker: Hosted, irc: IrcClient) -> Person:
    ann = company.person(f"http://127.0.0.1:{tracker.port}")
    ann.enter("ann")
    return ann


def _says(irc: IrcClient, text: str, tags: str = "") -> str:
    irc.sync()
    return irc.command(f"{tags}PRIVMSG #lobby :{text}")[0].tags["msgid"]


def test_replies_reactions_and_redactions_work_by_mouse(ann: Person, irc: IrcClient) -> None:
    page = ann.page
    msgid = _says(irc, "at noon?")
    asked = ann.log.locator("article", has_text="at noon?")
    asked.hover()
    page.get_by_role("button", name="React", exact=True).click()
    assert_accessible(page)
    page.get_by_label("Another emoji, or its name").fill("duck")
    page.keyboard.press("Enter")
    chip = asked.get_by_role("button", name="🦆 by you")
    expect(chip).to_have_attribute("aria-pressed", "true")
    assert irc.receive_until("TAGMSG").tags["+draft/react"] == "🦆"
    irc.send(f"@+reply={msgid};+draft/react=🦆 TAGMSG #lobby")
    expect(asked.get_by_role("button", name="🦆 by you and irma")).to_contain_text("🦆2")
    asked.locator(".chip").click()
    expect(asked.get_by_role("button", name="🦆 by irma")).to_have_attribute("aria-pressed", "false")
    asked.hover()
    page.get_by_role("button", name="Reply", exact=True).click()
    expect(page.locator("#answering")).to_have_text("Replying to irma at noon?")
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(page.locator("#answering")).to_be_hidden()
    asked.hover()
    page.get_by_role("button", name="Reply", exact=True).click()
    ann.say("yes")
    expect(page.locator("#answering")).to_be_hidden()
    said = irc.receive_until("PRIVMSG")
    assert (said.tags["+reply"], said.params[-1]) == (msgid, "yes")
    answer = ann.log.locator("article", has_text="yes")
    expect(answer.locator(".quote")).to_have_text("In reply to irma at noon?")
    answer.locator(".quote").click()
    expect(ann.log.locator(".target")).to_contain_text("at noon?")
    irc.send(f"REDACT #lobby {msgid} :oops")
    expect(ann.log.locator(".gone")).to_contain_text("irma took a message back (oops)")
    expect(answer.locator(".quote")).to_have_text("In reply to a message that was taken back")
    expect(ann.log).not_to_contain_text("at noon?")


@pytest.mark.thorough
def test_the_keyboard_reaches_messages_and_their_actions(ann: Person, irc: IrcClient) -> None:
    page = ann.page
    _says(irc, "first")
    ann.expect_said("first")
    ann.say("second")
    page.locator("#text").press("Shift+Tab")
    for key in ("ArrowUp", "ArrowUp"):
        page.keyboard.press(key)
    expect(page.locator("article:focus")).to_contain_text("first")
    page.keyboard.press("e")
    expect(page.get_by_role("dialog", name="Message from irma")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("article:focus .chip")).to_contain_text("👍1")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(_FOCUSED) == "reaction 👍"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("e")
    page.keyboard.type("tada")
    page.keyboard.press("Enter")
    expect(page.locator("article:focus")).to_contain_text("🎉1")
    page.keyboard.press("Enter")
    assert_accessible(page)
    page.keyboard.press("r")
    expect(page.locator("#answering")).to_contain_text("Replying to irma")
    expect(page.locator("#text")).to_have_value("")
    page.keyboard.press("Escape")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.locator("article:focus")).to_contain_text("first")
    page.keyboard.press("r")
    expect(page.locator("#answering")).to_contain_text("Replying to irma")
    assert page.evaluate(_FOCUSED) == "text"
    page.keyboard.press("Escape")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Delete")
    expect(page.get_by_role("button", name="Take it back for everybody")).to_be_focused()
    expect(ann.log).to_contain_text("second")
    page.keyboard.press("Enter")
    expect(ann.log.locator(".gone")).to_contain_text("ann took a message back")
    page.keyboard.press("Escape")
    assert page.evaluate(_FOCUSED) == "text"


@pytest.mark.thorough
def test_a_touch_reaches_the_same_actions(company: Company, tracker: Hosted, irc: IrcClient) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    ann = company.person(f"http://127.0.0.1:{tracker.port}", **phone)
    ann.open()
    ann.log_in("ann")
    expect(ann.page.locator("#chat")).to_be_visible()
    page = ann.page
    _says(irc, "first")
    ann.expect_said("first")
    ann.log.locator("article", has_text="first").tap()
    page.get_by_role("button", name="More").tap()
    assert_accessible(page)
    sheet = page.get_by_role("dialog", name="Message from irma")
    sizes = sheet.locator("button").evaluate_all("all => all.map((each) => each.offsetHeight)")
    assert min(sizes) >= 44
    sheet.get_by_role("button", name="React with 👍").tap()
    expect(ann.log.locator(".chip")).to_contain_text("👍1")
    ann.log.locator("article", has_text="first").tap()
    page.get_by_role("button", name="More").tap()
    sheet.get_by_role("button", name="About irma").tap()
    expect(page.locator("#card")).to_contain_text("irma")


@pytest.mark.thorough
def test_the_link_to_a_message_is_copied(ann: Person, irc: IrcClient) -> None:
    ann.context.grant_permissions(["clipboard-read", "clipboard-write"])
    msgid = _says(irc, "at noon?")
    ann.log.locator("article", has_text="at noon?").hover()
    ann.page.get_by_role("button", name="More").click()
    ann.page.get_by_role("button", name="Copy a link to it").click()
    expect(ann.page.locator("#toast")).to_have_text("Link copied.")
    assert msgid in ann.page.evaluate("navigator.clipboard.readText()")


@pytest.mark.thorough
def test_a_long_touch_opens_the_menu_and_presses_nothing_in_it(
    company: Company, tracker: Hosted, irc: IrcClient
) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    ann = company.person(f"http://127.0.0.1:{tracker.port}", **phone)
    ann.open()
    ann.log_in("ann")
    expect(ann.page.locator("#chat")).to_be_visible()
    for number in range(30):
        _says(irc, f"line {number}")
    ann.expect_said("line 29")
    page = ann.page
    page.evaluate("document.addEventListener('click', () => { globalThis.wasReleased = true; }, { capture: true });")
    place = ann.log.locator("article").last.bounding_box()
    assert place
    touches = ann.context.new_cdp_session(page)
    points = [{"x": place["x"] + 90, "y": place["y"] + place["height"] / 2}]
    touches.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points})
    sheet = page.get_by_role("dialog", name="Message from irma")
    expect(sheet).to_be_visible()
    under = page.evaluate("([{ x, y }]) => document.elementFromPoint(x, y).closest('button')?.textContent", points)
    assert under
    touches.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    wait_until(lambda: page.evaluate("globalThis.wasReleased"))
    expect(sheet).to_be_visible()
    sheet.get_by_role("button", name="Reply").tap()
    expect(page.locator("#answering")).to_contain_text("line 29")


@pytest.mark.thorough
def test_reactions_stay_text_and_in_their_place(ann: Person, irc: IrcClient) -> None:
    msgid = _says(irc, "first")
    before = ann.log.locator("article").bounding_box()
    for value in ("<img/src=x/onerror=hit=1>", "\u202egnp", "Z" + "\u0334" * 60, "x" * 190, "a\\nb"):
        irc.send(f"@+reply={msgid};+draft/react={value} TAGMSG #lobby")
    for number in range(15):
        irc.send(f"@+reply={msgid};+draft/react=r{number} TAGMSG #lobby")
    chips = ann.log.locator(".chip")
    expect(chips).to_have_count(13)
    expect(chips.first).to_contain_text("<img/src=x/onerror=hit=1\u20261")
    expect(chips.nth(1)).to_have_text("gnp1 by irma")
    expect(chips.nth(4)).to_have_text("a b1 by irma")
    ann.page.get_by_role("button", name="8 more").click()
    expect(chips).to_have_count(20)
    after = ann.log.locator("article").bounding_box()
    assert before is not None
    assert after is not None
    assert after["width"] == before["width"]
    assert ann.page.locator("img").count() == 1  # the login form's
    assert ann.page.evaluate("window.hit") is None
