"""Where a user stopped reading: the line above new messages, their number, and the restored position."""

from __future__ import annotations

import pytest

from tests.support.browser import Company, Person, expect
from tests.support.irc import IrcClient
from tests.support.trackers import Hosted

_PLACE = """log => {
    const { top } = log.getBoundingClientRect();
    const one = [...log.querySelectorAll(".text")].find((text) => text.getBoundingClientRect().top > top + 100);
    return [one.textContent, Math.round(one.getBoundingClientRect().top - top)];
}"""


@pytest.fixture
def ann(company: Company, tracker: Hosted, irc: IrcClient) -> Person:
    """A person who has read the lobby, where sixty more messages came while she looked at another room."""
    ann = company.person(f"http://127.0.0.1:{tracker.port}")
    ann.enter("ann")
    irc.command(*(f"PRIVMSG #lobby :read {number}" for number in range(40)))
    ann.expect_said("read 39")
    ann.join("dev")
    irc.command(*(f"PRIVMSG #lobby :new {number}" for number in range(60)))
    expect(ann.page.locator("#room-list .badge")).to_have_text("60")
    ann.look_at("#lobby")
    return ann


def test_a_room_opens_at_the_line_above_new_messages(ann: Person) -> None:
    line = ann.page.get_by_role("separator").filter(has_text="New")
    pill = ann.page.get_by_role("button", name="new messages")
    expect(line).to_be_in_viewport()
    expect(ann.texts.get_by_text("new 0", exact=True)).to_be_in_viewport()
    expect(ann.texts.get_by_text("read 39", exact=True)).to_be_in_viewport()
    expect(pill).to_be_visible()
    expect(ann.page.locator("#room-list .badge")).to_have_text("60")
    pill.click()
    expect(ann.texts.get_by_text("new 59", exact=True)).to_be_in_viewport()
    expect(ann.page.locator("#room-list .badge")).to_have_count(0)
    expect(line).to_have_count(1)
    ann.say("I have read it")
    expect(line).to_have_count(0)


@pytest.mark.thorough
def test_returning_to_a_room_restores_the_reading_place(ann: Person, irc: IrcClient) -> None:
    ann.page.locator("#to-end").click()
    expect(ann.texts.get_by_text("new 59", exact=True)).to_be_in_viewport()
    ann.log.evaluate("log => { log.scrollTop -= 700 }")
    expect(ann.page.locator("#to-end")).to_be_visible()
    place = ann.log.evaluate(_PLACE)
    irc.command("PRIVMSG #lobby :one more")
    expect(ann.page.get_by_role("button", name="1 new message")).to_be_visible()
    ann.look_at("#dev")
    ann.look_at("#lobby")
    expect(ann.page.get_by_role("button", name="1 new message")).to_be_visible()
    text, offset = ann.log.evaluate(_PLACE)
    assert text == place[0]
    assert abs(offset - place[1]) <= 2
