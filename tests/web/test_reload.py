"""A reload of the page comes back as the same visitor; a copy of the tab does not take anybody's place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.browser import PASSWORD, Company, Dialog, Person, expect
from tests.support.cable import Cable
from tests.support.irc import IrcClient
from tests.support.trackers import Hosted, tracker_process

_STORED = "[sessionStorage.length, localStorage.length]"
_SHUT_OUT = "Too many wrong passwords from your address, try again later"
_KEEPS = "JSON.parse(sessionStorage['chat-visit'] ?? '{}')"


@pytest.fixture
def ann(company: Company, tracker: Hosted) -> Person:
    ann = company.person(f"http://127.0.0.1:{tracker.port}")
    ann.enter("ann")
    return ann


def _wait_until(person: Person, condition: str) -> None:
    """Wait until a condition holds in the page, as far as frequent polling can tell."""
    person.page.evaluate(f"async () => {{ while (!({condition})) await new Promise(requestAnimationFrame) }}")


def _wait_for_token(person: Person) -> None:
    """Wait until the lines after the tracker's welcome have arrived: rooms are joined later."""
    person.join("barrier")


def test_a_reload_returns_to_the_same_room(ann: Person, tracker: Hosted) -> None:
    ann.join("dev")
    ann.say("before")
    ann.expect_said("before")
    with IrcClient(tracker.port) as irc:
        irc.register("irma", password=PASSWORD)
        irc.join("#lobby", "#dev")
        ann.page.locator("#text").fill("half a")
        ann.page.reload()
        irc.command("PRIVMSG #dev :meanwhile")
        ann.expect_said("meanwhile")
        ann.expect_said("before")
        expect(ann.page.locator("#room-name")).to_have_text("#dev")
        expect(ann.page.locator("#me")).to_have_text("ann")
        expect(ann.page.locator("#login")).not_to_be_visible()
        expect(ann.page.locator("#text")).to_have_value("half a")
        ann.look_at("#lobby")
        ann.expect_member("irma")
        ann.say("still an operator")
        ann.expect_said("still an operator")
    assert PASSWORD not in ann.page.evaluate("JSON.stringify([{ ...sessionStorage }, { ...localStorage }])")


@pytest.mark.thorough
def test_a_reload_returns_to_a_private_conversation(ann: Person, company: Company, tracker: Hosted) -> None:
    with IrcClient(tracker.port) as irc:
        irc.register("irma", password=PASSWORD)
        ann.say("/msg irma psst")
        ann.expect_said("psst")
        ann.page.reload()
        expect(ann.page.locator("#room-name")).to_have_text("irma")
        ann.expect_said("psst")


@pytest.mark.thorough
def test_a_reload_after_leaving_asks_for_a_login(ann: Person) -> None:
    _wait_for_token(ann)
    ann.page.get_by_role("button", name="Leave the chat").click()
    ann.page.reload()
    expect(ann.page.get_by_label("Username")).to_be_visible()
    assert ann.page.evaluate(_STORED) == [0, 0]


@pytest.mark.thorough
def test_a_reload_after_being_removed_asks_for_a_login(ann: Person, tracker: Hosted) -> None:
    _wait_for_token(ann)
    tracker.tracker.bans.add("ann")
    ann.page.reload()
    expect(ann.page.get_by_role("alert")).not_to_be_empty()
    expect(ann.page.get_by_label("Username")).to_have_value("ann")


@pytest.mark.thorough
def test_a_copy_of_the_tab_takes_nobodys_place(ann: Person, tracker: Hosted) -> None:
    _wait_for_token(ann)
    _wait_until(ann, f"{_KEEPS}.token")
    with ann.context.expect_page() as opened:
        ann.page.evaluate("window.open(location.href)")  # which copies sessionStorage, as duplicating a tab does
    expect(opened.value.get_by_label("Password")).to_be_visible()
    assert opened.value.evaluate(_STORED) == [0, 0]
    ann.say("still here")
    ann.expect_said("still here")
    ann.page.reload()
    expect(ann.page.locator("#me")).to_have_text("ann")


@pytest.mark.thorough
def test_a_discarded_tab_is_restored(ann: Person, tracker: Hosted) -> None:
    """Nobody tells a page that it will be discarded: it has kept everything needed beforehand."""
    ann.join("dev")
    ann.page.locator("#text").fill("half a")
    _wait_until(ann, f"{_KEEPS}.token && {_KEEPS}.chat?.rooms[1]?.draft")
    kept = ann.page.evaluate("sessionStorage['chat-visit']")
    ann.page.close()
    ann.page = ann.context.new_page()
    ann.page.route("**/nothing", lambda route: route.fulfill(body=""))
    ann.page.goto(f"{ann.url}/nothing")
    ann.page.evaluate("kept => { sessionStorage['chat-visit'] = kept }", kept)
    ann.open()
    expect(ann.page.locator("#room-name")).to_have_text("#dev")
    expect(ann.page.locator("#text")).to_have_value("half a")
    ann.look_at("#lobby")
    ann.expect_member("ann")


@pytest.mark.thorough
def test_a_late_reload_asks_for_the_password_only(ann: Person, tracker: Hosted) -> None:
    ann.join("dev")
    ann.page.locator("#text").fill("half a")
    spoil = "sessionStorage['chat-visit'] = sessionStorage['chat-visit'].replace(/(?<=token.:.)[^\"]*/, 'unknown')"
    ann.page.evaluate(f"addEventListener('pagehide', () => {{ {spoil} }})")
    ann.page.reload()
    expect(ann.page.get_by_role("alert")).to_contain_text("You were away for too long")
    expect(ann.page.get_by_label("Username")).to_have_value("ann")
    expect(ann.page.get_by_label("Password")).to_be_focused()
    ann.page.keyboard.type(PASSWORD)
    ann.page.keyboard.press("Enter")
    expect(ann.page.locator("#room-name")).to_have_text("#dev")
    expect(ann.page.locator("#text")).to_have_value("half a")
    ann.expect_member("ann")
    expect(ann.page.locator("#room-list li")).to_have_count(2)


@pytest.mark.thorough
def test_unsent_messages_ask_before_a_reload_and_are_sent_after(
    company: Company, tracker: Hosted, cable: Cable
) -> None:
    ann = company.person(f"http://127.0.0.1:{cable.port}")
    ann.enter("ann")
    ann.join("dev")
    asked: list[str] = []

    def accept(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    ann.page.on("dialog", accept)
    cable.cut()
    expect(ann.page.locator("#banner")).to_be_visible()
    ann.say("typed in the dark")
    _wait_until(ann, f"{_KEEPS}.chat?.rooms[1]?.pending.length")
    cable.mend()
    ann.page.reload()
    assert asked == ["beforeunload"]
    ann.expect_said("typed in the dark")
    expect(ann.page.locator(".waiting, .failed")).to_have_count(0)
    _wait_until(ann, f"!{_KEEPS}.chat?.rooms[1]?.pending.length")
    ann.page.reload()
    ann.expect_said("typed in the dark")
    assert asked == ["beforeunload"]


@pytest.mark.thorough
def test_only_one_of_two_tabs_with_the_same_token_resumes(ann: Person, tracker: Hosted) -> None:
    _wait_for_token(ann)
    ann.page.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide'))")
    with ann.context.expect_page() as opened:
        ann.page.evaluate("window.open(location.href)")
    other = opened.value
    expect(other.locator("#me")).to_have_text("ann")
    expect(ann.page.locator("#banner")).to_contain_text("You are no longer in the chat")
    ann.page.reload()
    expect(ann.page.get_by_label("Username")).to_be_visible()
    expect(other.locator("#banner")).not_to_be_visible()


@pytest.mark.thorough
def test_a_lost_connection_resumes_as_the_same_visitor(company: Company, tracker: Hosted, cable: Cable) -> None:
    ann = company.person(f"http://127.0.0.1:{cable.port}")
    ann.enter("ann")
    ann.join("dev")
    with IrcClient(tracker.port) as irc:
        irc.register("irma", password=PASSWORD)
        irc.join("#dev")
        cable.cut()
        irc.receive_until("QUIT")
        irc.command("MODE #dev +i", "PRIVMSG #dev :missed")
        cable.mend()
        ann.expect_said("missed")
        ann.say("not as a stranger")
        ann.expect_said("not as a stranger")
        assert irc.receive_until("PRIVMSG").params[1] == "not as a stranger"


@pytest.mark.thorough
def test_conversations_continue_after_a_tracker_is_killed(company: Company, tmp_path: Path, cable: Cable) -> None:
    ann, bob = (company.person(f"http://127.0.0.1:{cable.port}") for _ in range(2))
    with tracker_process(tmp_path / "killed", password=PASSWORD) as first:
        cable.lead_to(first.port)
        for person, name in ((ann, "ann"), (bob, "bob")):
            person.enter(name)
            person.join("dev")
        ann.say("/msg bob before")
        ann.expect_said("before")
        cable.is_cut = True
        first.process.kill()
        first.process.wait()
    with tracker_process(tmp_path / "killed", password=PASSWORD) as second:
        cable.lead_to(second.port)
        cable.mend()
        for person in (ann, bob):
            expect(person.page.locator("#banner")).not_to_be_visible()
            expect(person.page.locator("#toast")).to_be_empty()
        ann.say("after")
        bob.look_at("ann")
        bob.expect_said("before")
        bob.expect_said("after")
        bob.look_at("#dev")
        bob.expect_member("ann")


@pytest.mark.thorough
def test_a_user_is_remembered_until_they_choose_forget(company: Company, tracker: Hosted) -> None:
    ann = company.person(f"http://127.0.0.1:{tracker.port}")
    ann.open()
    expect(ann.page.get_by_label("Remember me on this device")).not_to_be_checked()
    ann.page.get_by_label("Remember me on this device").check()
    ann.log_in("ann")
    ann.join("dev")
    _wait_until(ann, "JSON.parse(localStorage['chat-remembered'] ?? '{}').chat?.rooms[1]")
    assert PASSWORD not in ann.page.evaluate("localStorage['chat-remembered']")
    other = ann.context.new_page()  # not taken for ann's tab while that is open
    other.goto(f"{ann.url}/")
    expect(other.get_by_label("Password")).to_be_focused()
    expect(other.get_by_label("Username")).to_have_value("ann")
    other.close()
    ann.page.close()
    ann.page = ann.context.new_page()
    ann.open()
    expect(ann.page.locator("#me")).to_have_text("ann")
    expect(ann.page.locator("#room-name")).to_have_text("#dev")
    ann.page.get_by_role("button", name="Leave the chat").click()
    ann.page.get_by_role("button", name="Forget me on this device").click()
    expect(ann.page.get_by_label("Username")).to_have_value("")
    ann.page.reload()
    expect(ann.page.get_by_label("Username")).to_be_focused()
    expect(ann.page.get_by_role("button", name="Forget me on this device")).to_be_hidden()
    assert ann.page.evaluate(_STORED) == [0, 0]


@pytest.mark.thorough
def test_a_taken_name_gets_a_suggestion(company: Company, tracker: Hosted) -> None:
    with IrcClient(tracker.port) as irc:
        irc.register("ann", password=PASSWORD)
        ann = company.person(f"http://127.0.0.1:{tracker.port}")
        ann.open()
        ann.log_in("ann")
        expect(ann.page.get_by_role("alert")).not_to_be_empty()
        ann.page.get_by_role("button", name="Join as ann_").click()
        expect(ann.page.locator("#me")).to_have_text("ann_")


@pytest.mark.thorough
def test_a_locked_out_user_sees_for_how_long(company: Company, tracker: Hosted) -> None:
    ann = company.person(f"http://127.0.0.1:{tracker.port}")
    ann.open()
    gone = {"status": 429, "headers": {"Retry-After": "90"}, "body": ""}
    ann.page.route("**/", lambda route: route.fulfill(**gone) if route.request.resource_type == "fetch" else None)
    ann.page.route_web_socket("**/irc", lambda socket: socket.close(code=1013, reason=_SHUT_OUT))
    ann.log_in("ann", "wrong")
    expect(ann.page.get_by_role("alert")).to_have_text(_SHUT_OUT)
    expect(ann.page.locator("#login-wait")).to_have_text("You can try again in 1:30.")
    expect(ann.page.get_by_role("button", name="Join", exact=True)).to_be_disabled()
