"""The address is the room: Back and Forward, bookmarks, links to messages, and a phone's Back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.browser import PASSWORD, Company, Page, Person, expect
from tests.support.irc import IrcClient
from tests.support.together import wait_until
from tests.support.trackers import Hosted
from tests.web.scripted_session import session
from tests.web.test_access import PHONE
from tests.web.test_sharing import forbid_copying

_COUNT = """() => {
    globalThis.pushed = 0;
    const push = history.pushState;
    history.pushState = function (...entry) { pushed++; push.apply(this, entry); };
}"""


@pytest.fixture
def irc(tracker: Hosted) -> Iterator[IrcClient]:
    with IrcClient(tracker.port) as client:
        client.register("irma", password=PASSWORD, caps="echo-message message-tags")
        client.join("#lobby", "#dev")
        yield client


@pytest.fixture
def ann(company: Company, tracker: Hosted, irc: IrcClient) -> Person:
    ann = company.person(f"http://127.0.0.1:{tracker.port}")
    ann.enter("ann")
    return ann


def _expect_at(person: Person, name: str, fragment: str) -> None:
    expect(person.page.locator("#room-name")).to_have_text(name)
    expect(person.page).to_have_url(f"{person.url}/{fragment}")


def test_back_and_forward_lead_from_room_to_room(ann: Person, irc: IrcClient) -> None:
    _expect_at(ann, "#lobby", "#room=lobby")
    entries = ann.page.evaluate("history.length")
    ann.join("dev")
    _expect_at(ann, "#dev", "#room=dev")
    ann.say("/msg irma psst")
    _expect_at(ann, "irma", "#with=irma")
    irc.command("PRIVMSG #lobby :unread")
    assert ann.page.evaluate("history.length") == entries + 2
    ann.page.go_back()
    _expect_at(ann, "#dev", "#room=dev")
    expect(ann.page).to_have_title("(1) #dev")
    expect(ann.page.locator("#text")).to_be_focused()
    ann.page.go_back()
    _expect_at(ann, "#lobby", "#room=lobby")
    ann.page.go_forward()
    _expect_at(ann, "#dev", "#room=dev")
    ann.page.reload()
    _expect_at(ann, "#dev", "#room=dev")
    ann.page.go_back()
    _expect_at(ann, "#lobby", "#room=lobby")


@pytest.mark.thorough
def test_back_skips_a_room_that_was_left(ann: Person) -> None:
    ann.join("dev")
    ann.join("tea")
    ann.page.get_by_role("button", name="Leave #dev").click()
    _expect_at(ann, "#tea", "#room=tea")
    ann.page.go_back()
    expect(ann.page.locator("#toast")).to_have_text("You are no longer in #dev.")
    _expect_at(ann, "#tea", "#room=tea")


@pytest.mark.thorough
def test_a_bookmark_leads_to_its_room_and_a_link_in_the_chat_too(ann: Person, company: Company, irc: IrcClient) -> None:
    bob = company.person(ann.url)
    bob.open("#room=dev")
    expect(bob.page).to_have_url(f"{ann.url}/#room=dev")
    bob.page.reload()
    bob.log_in("bob")
    _expect_at(bob, "#dev", "#room=dev")
    entries = bob.page.evaluate("history.length")
    bob.page.evaluate("location.hash = 'room=tea&room-key=k3y'")
    _expect_at(bob, "#tea", "#room=tea")
    assert bob.page.evaluate("history.length") == entries + 1
    bob.page.go_back()
    _expect_at(bob, "#dev", "#room=dev")
    bob.page.evaluate("location.hash = 'with=ann'")
    _expect_at(bob, "ann", "#with=ann")
    bob.page.get_by_role("button", name="Leave the chat").click()
    expect(bob.page).to_have_url(f"{ann.url}/")


@pytest.mark.thorough
def test_a_link_leads_to_a_message(ann: Person, company: Company, irc: IrcClient) -> None:
    first = irc.command("PRIVMSG #dev :the one")
    found = next(message for message in first if message.command == "PRIVMSG")
    irc.command(*(f"PRIVMSG #dev :line {number}" for number in range(120)))
    link = ann.page.evaluate(
        "async id => (await import('/view/share.js')).linkToMessage({ name: '#dev', isPrivate: false }, id)",
        found.tags["msgid"],
    )
    assert link == f"{ann.url}/#room=dev&message={found.tags['msgid']}"
    bob = company.person(ann.url)
    bob.enter("bob", fragment=link.removeprefix(f"{ann.url}/"))
    expect(bob.log.locator(".target .text")).to_have_text("the one")
    expect(bob.log.locator(".target")).to_be_in_viewport()
    _expect_at(bob, "#dev", "#room=dev")
    bob.say("seen")
    bob.expect_said("line 119")
    ann.page.evaluate("location.hash = 'room=dev&message=00000000000000000000'")
    expect(ann.log).to_contain_text("The message in that link does not exist")
    ann.page.evaluate("id => { location.hash = `room=dev&message=${id}` }", found.tags["msgid"])
    expect(ann.log.locator(".target .text")).to_have_text("the one")


@pytest.mark.thorough
def test_on_a_phone_back_first_closes_open_panels(company: Company, tracker: Hosted, irc: IrcClient) -> None:
    ann = company.person(f"http://127.0.0.1:{tracker.port}", **PHONE)
    ann.enter("ann")
    ann.page.locator("#show-rooms").tap()
    ann.page.get_by_label("Join or create a room").fill("dev")
    ann.page.get_by_role("button", name="Join the room").tap()
    _expect_at(ann, "#dev", "#room=dev")
    expect(ann.page.locator("#rooms")).not_to_be_visible()
    entries = ann.page.evaluate("history.length")
    ann.page.locator("#show-rooms").tap()
    expect(ann.page.locator("#rooms")).to_be_visible()
    ann.page.go_back()
    expect(ann.page.locator("#rooms")).not_to_be_visible()
    _expect_at(ann, "#dev", "#room=dev")
    forbid_copying(ann)
    ann.page.evaluate(_COUNT)
    for opener, panel in (("#show-members", "#members"), ("#show-search", "#search"), ("#copy-link", "#share")):
        ann.page.locator(opener).tap()
        expect(ann.page.locator(panel)).to_be_visible()
        ann.page.go_back()
        expect(ann.page.locator(panel)).not_to_be_visible()
        _expect_at(ann, "#dev", "#room=dev")
    assert ann.page.evaluate("pushed") == 3
    ann.page.locator("#show-rooms").tap()
    ann.page.locator("#shade").tap(position={"x": 340, "y": 300})
    expect(ann.page.locator("#rooms")).not_to_be_visible()
    wait_until(lambda: ann.page.evaluate("history.state.isAbove === false"))
    ann.page.go_back()
    _expect_at(ann, "#lobby", "#room=lobby")
    assert ann.page.evaluate("history.length") <= entries + 1


def test_a_link_is_followed_after_login(page: Page) -> None:
    script = """
        const { follow } = await import('/session/following.js');
        const { NO_LINK } = await import('/protocol/link.js');
        const fresh = new Session((message) => sent.push(message));
        const tell = (...lines) => lines.forEach((line) => receive(fresh, parse(line), 0));
        const leads = [follow(fresh, NO_LINK), follow(fresh, { ...NO_LINK, person: 'bob' })];
        sent.length = 0;
        tell(':t 001 ann :Hi', ':t 376 ann :End', ':ann!a@h JOIN #lobby');
        const at = fresh.current.name;
        follow(fresh, { ...NO_LINK, room: '#dev', message: 'abc' });
        tell(':ann!a@h JOIN #tea');
        const asked = () => sent.some(({ params }) => params.includes('msgid=abc'));
        const before = asked();
        tell(':ann!a@h JOIN #dev');
        return [leads, at, before, asked(), fresh.wanted.link];
    """
    assert session(page, [], script) == [[False, True], "bob", False, True, None]
