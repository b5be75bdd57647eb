"""The message box in a browser: what it offers, recalls and asks, and what is put into it."""

from __future__ import annotations

import pytest

from tests.support.accessible import assert_accessible
from tests.support.browser import Company, Person, expect
from tests.support.trackers import Hosted

_PASTE = """
    ([text, selector]) => {
        const clipboardData = new DataTransfer();
        clipboardData.setData('text/plain', text);
        const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
        const isFree = document.querySelector(selector).dispatchEvent(event);
        if (isFree) document.execCommand('insertText', false, text);
    }
"""


def _paste(person: Person, text: str, selector: str = "#text") -> None:
    person.page.evaluate(_PASTE, [text, selector])


def _lines(count: int) -> str:
    return "\n".join(f"line {number}" for number in range(1, count + 1))


def _expect_typed(person: Person, text: str) -> None:
    expect(person.page.locator("#text")).to_have_value(text)


@pytest.fixture
def ann(company: Company, tracker: Hosted) -> Person:
    """Let bob say something to ann, who is in the lobby with him."""
    bob, ann = (company.person(f"http://127.0.0.1:{tracker.port}") for _ in range(2))
    bob.enter("bob")
    ann.enter("ann")
    bob.say("hi ann")
    ann.expect_said("hi ann")
    return ann


def test_offers_are_chosen_by_keys(ann: Person) -> None:
    page, text = ann.page, ann.page.locator("#text")
    options = page.locator("#completion [role=option]")
    text.press_sequentially("/")
    expect(options.first).to_have_text("/join ROOM [KEY]enter a room, or write to it if you are there")
    expect(page.locator("#completion-status")).to_contain_text("suggestions")
    assert_accessible(page)
    text.press_sequentially("ki")
    expect(options).to_have_count(2)
    text.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    expect(text).to_have_attribute("aria-activedescendant", options.last.get_attribute("id") or "")
    text.press("ArrowDown")
    text.press("Enter")
    _expect_typed(ann, "/kick ")
    expect(options).to_have_count(0)
    expect(page.locator("#composer-hint")).to_have_text("/kick NAME [REASON] \u2013 remove somebody from this room")
    text.press("Control+z")
    _expect_typed(ann, "/ki")


@pytest.mark.thorough
def test_escape_ends_the_offer_for_a_word(ann: Person) -> None:
    text, offered = ann.page.locator("#text"), ann.page.locator("#completion")
    text.press_sequentially("hey @b")
    expect(offered).to_be_visible()
    text.press("Escape")
    expect(offered).to_be_hidden()
    text.press_sequentially("o")
    expect(offered).to_be_hidden()
    text.press_sequentially(" @bo")
    expect(offered).to_be_visible()
    text.press("Tab")
    _expect_typed(ann, "hey @bo @bob ")
    text.fill("")
    text.press_sequentially("@an")
    offered.get_by_text("@ann").click()
    _expect_typed(ann, "@ann ")
    expect(text).to_be_focused()


@pytest.mark.thorough
def test_enter_sends_a_complete_word(ann: Person) -> None:
    text = ann.page.locator("#text")
    text.press_sequentially("@bob")
    expect(ann.page.locator("#completion")).to_be_visible()
    text.press("Enter")
    ann.expect_said("@bob")


@pytest.mark.thorough
def test_emoji_by_name(ann: Person) -> None:
    text = ann.page.locator("#text")
    text.press_sequentially(":)")
    expect(ann.page.locator("#completion")).to_be_hidden()
    text.press_sequentially(" :tad")
    text.press("Tab")
    text.press_sequentially("and :fire:")
    _expect_typed(ann, ":) \U0001f389 and \U0001f525")


@pytest.mark.thorough
def test_tab_cycles_through_completions(ann: Person) -> None:
    text = ann.page.locator("#text")
    text.press_sequentially("b")
    text.press("Tab")
    _expect_typed(ann, "bob: ")
    text.fill("/he")
    text.press("Escape")
    text.fill("/msg ")
    for key, typed in [("Tab", "bob"), ("Tab", "ann"), ("Tab", "bob"), ("Shift+Tab", "ann")]:
        text.press(key)
        _expect_typed(ann, f"/msg {typed} ")
    text.press("Escape")
    text.press("Tab")
    expect(ann.page.get_by_role("button", name="Send", exact=True)).to_be_focused()
    text.fill("")
    text.press("Tab")
    expect(text).not_to_be_focused()


@pytest.mark.thorough
def test_arrow_keys_recall_sent_lines(ann: Person) -> None:
    text = ann.page.locator("#text")
    for said in ("one", "two\nlines", "/oper boss secret"):
        ann.say(said)
    text.fill("a draft")
    for key, typed in [
        ("ArrowUp", "two\nlines"),
        ("ArrowUp", "one"),
        ("ArrowUp", "one"),
        ("ArrowDown", "two\nlines"),
        ("ArrowDown", "a draft"),
        ("ArrowDown", "a draft"),
    ]:
        text.press(key)
        _expect_typed(ann, typed)
    ann.join("dev")
    text.press("ArrowUp")
    _expect_typed(ann, "")


@pytest.mark.thorough
def test_typing_anywhere_goes_to_the_box(ann: Person) -> None:
    page = ann.page
    page.locator("#log").focus()
    page.keyboard.type("hello")
    _expect_typed(ann, "hello")
    expect(page.locator("#text")).to_be_focused()
    page.locator("#log").focus()
    _paste(ann, ", you", "#log")
    _expect_typed(ann, "hello, you")
    page.locator("#join-room").focus()
    page.keyboard.type("tea")
    expect(page.locator("#join-room")).to_have_value("tea")
    page.locator("#theme").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Control+b")
    _expect_typed(ann, "hello, you")


@pytest.mark.thorough
def test_paste_of_many_lines_asks(ann: Person) -> None:
    page, dialog = ann.page, ann.page.get_by_role("dialog")
    _paste(ann, _lines(5))
    _expect_typed(ann, _lines(5))
    page.locator("#text").fill("")
    _paste(ann, _lines(6))
    expect(dialog).to_contain_text("6 lines to #lobby")
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    _expect_typed(ann, "")
    _paste(ann, _lines(6))
    page.get_by_role("button", name="Edit first").click()
    _expect_typed(ann, _lines(6))
    page.locator("#text").fill("")
    _paste(ann, _lines(6))
    expect(page.get_by_role("button", name="One message")).to_be_focused()
    page.keyboard.press("Enter")
    ann.expect_said(_lines(6))
    _paste(ann, _lines(6))
    page.get_by_role("button", name="Line by line: 6 messages").click()
    ann.expect_said("line 6")
    _expect_typed(ann, "")


@pytest.mark.thorough
def test_a_paste_that_looks_like_a_command_asks_first(ann: Person) -> None:
    _paste(ann, "/quit\nnow")
    ann.page.get_by_role("button", name="Line by line: 2 messages").click()
    ann.expect_said("/quit")
    ann.expect_said("now")


@pytest.mark.thorough
def test_a_hint_warns_of_a_text_too_long_for_one_message(ann: Person) -> None:
    hint = ann.page.locator("#composer-hint")
    ann.page.locator("#text").fill("x " * 600)
    expect(hint).to_have_text("This will be sent as 3 messages.")
    ann.page.locator("#text").fill("x")
    expect(hint).to_be_hidden()


@pytest.mark.thorough
def test_dropped_text_goes_to_the_box_and_dropped_files_are_ignored(ann: Person) -> None:
    dropped = """
        ([kind, text]) => {
            const dataTransfer = new DataTransfer();
            if (kind) dataTransfer.setData(kind, text);
            else dataTransfer.items.add(new File(['x'], text));
            const event = new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true });
            return !document.getElementById('log').dispatchEvent(event);
        }
    """
    assert ann.page.evaluate(dropped, ["text/plain", "dropped"]) is True
    _expect_typed(ann, "dropped")
    assert ann.page.evaluate(dropped, ["", "x.txt"]) is True
    _expect_typed(ann, "dropped")


@pytest.mark.thorough
def test_a_cleared_window_is_refilled(ann: Person) -> None:
    ann.say("/clear")
    expect(ann.log).to_contain_text("You have cleared this window.")
    expect(ann.texts).to_have_count(0)
    ann.page.get_by_role("button", name="Show it again").click()
    ann.expect_said("hi ann")


@pytest.mark.thorough
def test_exit_leaves(ann: Person) -> None:
    ann.say("exit")
    expect(ann.page.get_by_label("Username")).to_be_visible()
