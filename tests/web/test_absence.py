"""Private messages to people who are not here, and messages to us while we were away."""

from __future__ import annotations

import pytest

from tests.support.browser import Company, Page, expect
from tests.support.trackers import Hosted
from tests.web.scripted_session import session


@pytest.fixture
def url(tracker: Hosted) -> str:
    tracker.tracker.keys.accounts.add("Bob", "bobs own")
    return f"http://127.0.0.1:{tracker.port}"


def test_a_message_waits_for_somebody_with_an_account(company: Company, url: str) -> None:
    ann = company.person(url)
    ann.enter("ann")
    ann.say("/msg bob see you at six")
    ann.expect_said("see you at six")
    expect(ann.log).to_contain_text("Bob is away: Your message waits until they come back")
    expect(ann.page.locator(".failed, .waiting")).to_have_count(0)
    ann.say("or seven")
    ann.expect_said("or seven")
    bob = company.person(url)
    bob.enter("bob", "bobs own")
    expect(bob.page.locator("#rooms li button").filter(has_text="ann")).to_contain_text("2")
    bob.look_at("ann")
    bob.expect_said("see you at six")
    bob.expect_said("or seven")
    bob.say("I am here")
    ann.expect_said("I am here")
    for person in (ann, bob):
        person.check()


@pytest.mark.thorough
def test_a_message_over_the_limit_is_marked_as_not_sent(company: Company, tracker: Hosted, url: str) -> None:
    ann = company.person(url)
    ann.enter("ann")
    for number in range(20):
        ann.say(f"/msg bob {number}")
        ann.expect_said(str(number))
    ann.say("/msg bob too many")
    expect(ann.page.locator(".failed")).to_contain_text("no more of your messages can wait for them")
    ann.check()


@pytest.mark.thorough
def test_old_messages_do_not_set_the_clock_back(page: Page) -> None:
    lines = [
        "@time=2026-01-02T00:00:00.000Z :bob!b@h JOIN #lobby",
        "@time=2026-01-01T00:00:00.000Z;msgid=1 :bob!b@h PRIVMSG ann :from yesterday",
    ]
    assert session(page, lines, "return new Date(s.tracker.clock).toISOString()") == "2026-01-02T00:00:00.000Z"
    later = [*lines, "@time=2025-01-01T00:00:00.000Z :bob!b@h PART #lobby"]
    assert session(page, later, "return new Date(s.tracker.clock).getUTCFullYear()") == 2025


def test_absence_is_shown_where_it_matters(page: Page) -> None:
    script = """
        const texts = (room) => room.present.entries.map(({ text }) => text);
        return [texts(s.ensure('Bob')), texts(s.find('#lobby'))];
    """
    lines = [":bob!b@h PRIVMSG ann :hi", ":t 301 ann Bob :at tea", ":t 301 ann eve :asleep"]
    in_private, in_room = session(page, lines, script)
    assert in_private == ["hi", "Bob is away: at tea"]
    assert "eve is away: asleep" in in_room


def test_an_away_notice_is_shown_once_until_they_speak(page: Page) -> None:
    script = """
        s.talkTo('bob');
        const away = (words) => feed(`:t 301 ann bob :${words}`);
        away('gone'); away('gone'); away('asleep');
        feed(':bob!b@h PRIVMSG ann :back');
        away('asleep');
        feed(':t 401 ann bob :Nobody has that name');
        return s.current.present.entries.map(({ text }) => text);
    """
    told = ["bob is away: gone", "bob is away: asleep", "back", "bob is away: asleep"]
    assert session(page, [], script) == told
