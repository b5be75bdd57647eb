"""A room's topic: shown in full, with links, and changed by users with permission."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.accessible import assert_accessible
from tests.support.browser import PASSWORD, Company, Page, Person, expect
from tests.support.irc import IrcClient
from tests.support.trackers import Hosted
from tests.web.scripted_session import session

_LONG = "come in, sit down and " * 12 + "read https://example.org/rules"


@pytest.fixture
def bob(tracker: Hosted) -> Iterator[IrcClient]:
    """The operator of #lobby."""
    with IrcClient(tracker.port) as bob:
        bob.register("bob", password=PASSWORD)
        bob.join("#lobby")
        bob.command("MODE #lobby +t")
        yield bob


@pytest.fixture
def ann(company: Company, tracker: Hosted, bob: IrcClient) -> Person:
    ann = company.person(f"http://127.0.0.1:{tracker.port}")
    ann.enter("ann")
    return ann


def test_a_click_shows_the_whole_topic(ann: Person, bob: IrcClient) -> None:
    bob.command(f"TOPIC #lobby :{_LONG}")
    more = ann.page.get_by_role("button", name="Show the whole topic")
    expect(more).to_have_attribute("aria-expanded", "false")
    topic = ann.page.locator("#topic")
    before = topic.bounding_box()
    more.click()
    expect(more).to_have_attribute("aria-expanded", "true")
    after = topic.bounding_box()
    assert before
    assert after
    assert after["height"] > 1.5 * before["height"]
    expect(topic.get_by_role("link")).to_have_attribute("href", "https://example.org/rules")
    expect(topic.get_by_role("link")).to_be_in_viewport()
    assert_accessible(ann.page)
    bob.command("TOPIC #lobby :short")
    more.click()
    expect(topic).to_have_text("short")
    expect(more).to_be_hidden()


@pytest.mark.thorough
def test_a_user_with_permission_changes_the_topic(ann: Person, bob: IrcClient) -> None:
    edit = ann.page.get_by_role("button", name="Change the topic")
    ann.expect_member("bob")
    expect(edit).to_be_hidden()
    bob.command("MODE #lobby -t")
    edit.click()
    field = ann.page.get_by_label("What this room is about")
    expect(field).to_be_focused()
    assert_accessible(ann.page)
    field.fill("tea *and* cake")
    field.press("Enter")
    expect(ann.page.locator("#topic")).to_have_text("tea and cake")
    assert bob.receive_until("TOPIC").params == ("#lobby", "tea *and* cake")
    expect(edit).to_be_focused()
    edit.click()
    expect(field).to_have_value("tea *and* cake")
    field.fill("nothing of that")
    field.press("Escape")
    expect(field).to_be_hidden()
    expect(ann.page.locator("#topic")).to_have_text("tea and cake")


@pytest.mark.thorough
def test_a_refusal_is_shown_at_the_field(ann: Person, bob: IrcClient) -> None:
    bob.command("MODE #lobby -t")
    ann.page.get_by_role("button", name="Change the topic").click()
    bob.command("MODE #lobby +t")
    expect(ann.log.get_by_text("bob set +t")).to_be_visible()
    ann.page.get_by_label("What this room is about").fill("mine")
    ann.page.get_by_role("button", name="Save").click()
    expect(ann.page.locator("#topic-problem")).to_contain_text("operator")
    expect(ann.page.get_by_label("What this room is about")).to_have_value("mine")
    ann.join("dev")
    expect(ann.page.get_by_label("What this room is about")).to_be_hidden()


@pytest.mark.parametrize(
    ("answer", "lines", "may"),
    [
        ("324 ann #lobby +nt", [], False),
        ("324 ann #lobby +n", [], True),
        ("324 ann #lobby +n", [":bob!b@h MODE #lobby +t"], False),
        ("324 ann #lobby +nt", [":bob!b@h MODE #lobby -t"], True),
        ("403 ann #lobby :no", [], False),
    ],
)
def test_permission_is_asked_for_once(page: Page, answer: str, lines: list[str], may: bool) -> None:
    script = """const { askForLock, mayChangeTopic } = await import('/session/topic.js');
        const room = s.find('#lobby');
        askForLock(s, room); askForLock(s, room);
        const asked = sent.filter(({command, params}) => command === 'MODE' && params.length === 1);
        feed(`@label=${asked[0].tags.label} :t %s`, ...%s);
        return [asked.length, mayChangeTopic(s, room)];"""
    names = [":t 353 ann = #lobby :ann @bob", ":t 366 ann #lobby :End"]
    assert session(page, names, script % (answer, lines)) == [1, may]
