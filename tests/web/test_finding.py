"""Rooms are found in a list and by a few letters, also by the keyboard alone and on a phone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.accessible import assert_accessible
from tests.support.browser import PASSWORD, Company, Person, expect
from tests.support.irc import IrcClient
from tests.support.trackers import Hosted
from tests.web.test_access import PHONE


@pytest.fixture
def irc(tracker: Hosted) -> Iterator[IrcClient]:
    with IrcClient(tracker.port) as client:
        client.register("irma", password=PASSWORD)
        client.join("#tea", "#teatime", "#dev")
        client.command("TOPIC #tea :Green or black?")
        yield client


@pytest.fixture
def ann(company: Company, tracker: Hosted, irc: IrcClient) -> Person:
    ann = company.person(f"http://127.0.0.1:{tracker.port}")
    ann.enter("ann")
    return ann


def _find(person: Person) -> None:
    person.page.get_by_role("button", name="Find a room").click()
    expect(person.page.get_by_role("option")).to_have_count(4)


def _expect_at(person: Person, room: str) -> None:
    expect(person.page.locator("#room-name")).to_have_text(room)


def test_a_room_is_found_and_entered_by_the_keyboard(ann: Person, irc: IrcClient) -> None:
    _find(ann)
    _expect_at(ann, "Find a room")
    expect(ann.page.get_by_role("option", name="#lobby")).to_contain_text("You are here")
    assert_accessible(ann.page)
    field = ann.page.get_by_role("combobox", name="Name or topic of a room")
    expect(field).to_be_focused()
    ann.page.keyboard.type("tea")
    options = ann.page.get_by_role("option")
    expect(options).to_have_count(2)
    expect(options.first).to_contain_text("#tea1 memberJoinGreen or black?")
    expect(field).to_have_attribute("aria-activedescendant", options.first.get_attribute("id") or "")
    ann.page.keyboard.press("ArrowDown")
    expect(options.last).to_have_attribute("aria-selected", "true")
    ann.page.keyboard.press("Enter")
    _expect_at(ann, "#teatime")
    expect(ann.page.locator("#text")).to_be_focused()
    _find(ann)
    ann.page.keyboard.type("Tea Party")
    expect(ann.page.locator("#finder-status")).to_contain_text("Room names have no spaces")
    ann.page.keyboard.press("Enter")
    _expect_at(ann, "#tea-party")
    _find_nothing_and_go_back(ann)


def _find_nothing_and_go_back(person: Person) -> None:
    person.page.get_by_role("button", name="Find a room").click()
    person.page.keyboard.type("dev")
    person.page.keyboard.press("Escape")
    _expect_at(person, "#tea-party")
    expect(person.page.locator("#text")).to_be_focused()


@pytest.mark.thorough
def test_ambiguous_input_below_the_rooms_is_asked_about(ann: Person, irc: IrcClient) -> None:
    field = ann.page.get_by_label("Join or create a room")
    field.fill("Dev Team")
    field.press("Enter")
    expect(ann.page.locator("#join-told")).to_contain_text("Room names have no spaces")
    assert_accessible(ann.page)
    field.press_sequentially(", dev")
    expect(ann.page.locator("#join-told")).to_be_empty()
    field.press("Enter")
    expect(ann.page.locator("#join-told")).to_contain_text("One room at a time")
    ann.page.get_by_role("button", name="Join #dev", exact=True).click()
    _expect_at(ann, "#dev")
    expect(field).to_have_value("")
    field.fill(f"{ann.url}/#room=tea")
    field.press("Enter")
    _expect_at(ann, "#tea")


@pytest.mark.thorough
def test_without_a_room_the_page_shows_rooms_and_invitations(company: Company, tracker: Hosted, irc: IrcClient) -> None:
    ann = company.person(f"http://127.0.0.1:{tracker.port}", **PHONE)
    ann.enter("ann")
    ann.page.get_by_role("button", name="Leave this room").click()
    status = ann.page.locator("#finder-status")
    expect(status).to_have_text("You are not in any room. Choose one, or create your own. 3 rooms.")
    expect(ann.page.locator("#text")).not_to_be_visible()
    irc.command("MODE #dev +i", "INVITE ann #dev")
    expect(ann.page.get_by_role("option").first).to_contain_text("irma invites you")
    assert_accessible(ann.page)
    assert ann.page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
    ann.page.get_by_role("option").first.tap()
    _expect_at(ann, "#dev")
    ann.say("here")
    ann.expect_said("here")


@pytest.mark.thorough
def test_a_few_letters_lead_to_a_room_or_a_person(ann: Person, irc: IrcClient) -> None:
    ann.join("tea")
    ann.look_at("#lobby")
    irc.command("PRIVMSG #tea :news")
    expect(ann.page.locator("#room-list .badge")).to_have_text("1")
    ann.page.keyboard.press("Control+k")
    options = ann.page.get_by_role("dialog", name="Go to").get_by_role("option")
    expect(options).to_have_text(["#tea1 unread"])
    assert_accessible(ann.page)
    ann.page.keyboard.press("Enter")
    _expect_at(ann, "#tea")
    expect(ann.page.locator("#text")).to_be_focused()
    ann.page.keyboard.press("Control+k")
    ann.page.keyboard.type("irm")
    expect(options).to_have_text(["Write to irma", "Join #irm", "Write to irm"])
    ann.page.keyboard.press("Control+k")
    expect(ann.page.get_by_role("dialog")).to_have_count(0)
    expect(ann.page.locator("#text")).to_be_focused()
    ann.page.keyboard.press("Control+k")
    ann.page.keyboard.type("irma")
    ann.page.keyboard.press("Enter")
    _expect_at(ann, "irma")
    ann.page.keyboard.press("Control+k")
    ann.page.keyboard.type("new")
    ann.page.keyboard.press("Enter")
    _expect_at(ann, "#new")
    irc.command("PRIVMSG ann :psst")
    expect(ann.page.locator("#private-list .badge")).to_have_text("1")
    ann.page.keyboard.press("Alt+a")
    _expect_at(ann, "irma")


@pytest.mark.thorough
def test_a_room_is_left_from_the_list(ann: Person, irc: IrcClient) -> None:
    ann.join("tea")
    ann.page.locator("#room-notify").click()
    ann.page.get_by_role("radio", name="nothing").check()
    ann.page.keyboard.press("Escape")
    expect(ann.page.get_by_role("button", name="#tea , muted")).to_be_visible()
    ann.page.get_by_role("button", name="Leave #lobby").focus()
    ann.page.keyboard.press("Enter")
    expect(ann.page.locator("#room-list li")).to_have_count(1)
    _expect_at(ann, "#tea")
    ann.say("/msg irma psst")
    ann.page.locator("#private-list li").hover()
    ann.page.get_by_role("button", name="Close the conversation with irma").click()
    expect(ann.page.locator("#private-list li")).to_have_count(0)
    _expect_at(ann, "#tea")
