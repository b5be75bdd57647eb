"""An invitation in the page's link: the form asks only for a username, and the invitation is nowhere to be seen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatcore.protocol.goodbye import BACK_SOON
from chatcore.protocol.invitations import RANDOM_BYTES, Invitation, fragment, make_invitation
from tests.support.accessible import assert_accessible
from tests.support.browser import PASSWORD, Company, Page, Person, Route, expect
from tests.support.cable import Cable
from tests.support.irc import IrcClient
from tests.support.trackers import Hosted, hosted_tracker
from tests.web.succession import Succession
from tests.web.test_access import PHONE

_STORED = "[sessionStorage.length, localStorage.length]"
_GLOBALS = """Object.getOwnPropertyNames(globalThis).map((name) => {
    try { return String(globalThis[name]); } catch { return ""; }
})"""
_UNKNOWN_INVITATION = make_invitation(bytes(range(RANDOM_BYTES)))


@pytest.fixture
def url(tracker: Hosted) -> str:
    return f"http://127.0.0.1:{tracker.port}"


@pytest.fixture
def invitation(tracker: Hosted) -> Invitation:
    return _invite(tracker)


@pytest.fixture
def ann(company: Company, url: str, invitation: Invitation) -> Person:
    """A person who has just opened the link."""
    ann = company.person(url)
    ann.open(fragment("#dev", invitation))
    return ann


def _invite(tracker: Hosted, uses: int = 20) -> Invitation:
    invitation, _ = tracker.tracker.invitations.make("", "", uses, 24)
    return invitation


def _enter(person: Person, name: str) -> None:
    """Fill in everything that the form asks an invited person for."""
    person.page.get_by_label("Username").fill(name)
    person.page.get_by_role("button", name="Join", exact=True).click()


def _expect_invited(page: Page, to: str = "#dev") -> None:
    expect(page.locator("#login-hint")).to_have_text(f"You are invited to {to}. Choose a username.")
    expect(page.get_by_label("Password")).to_be_hidden()
    expect(page.get_by_label("Password")).to_be_disabled()  # so browsers do not fill it in


def _expect_in(person: Person, name: str, room: str = "#dev") -> None:
    person.expect_member(name)
    expect(person.page.locator("#me")).to_have_text(name)
    expect(person.page.locator("#room-name")).to_have_text(room)


def test_invited_people_are_asked_for_a_name_only(ann: Person, irc: IrcClient) -> None:
    _expect_invited(ann.page)
    expect(ann.page.get_by_label("Username")).to_be_focused()
    ann.page.keyboard.type("ann")
    ann.page.keyboard.press("Enter")
    _expect_in(ann, "ann")
    ann.say("here I am")
    assert irc.receive_until("PRIVMSG").params == ("#dev", "here I am")


@pytest.mark.thorough
def test_the_invitation_is_visible_nowhere(company: Company, url: str, invitation: Invitation) -> None:
    """Not in the address, the tab's history, storage, a request, the page or what scripts can reach."""
    ann = company.person(url)
    heads: list[str] = []
    ann.page.on("request", lambda request: heads.append(request.url + json.dumps(request.headers)))
    ann.page.goto("about:blank")
    ann.open(fragment("#dev", invitation, "k3y"))

    def look() -> None:
        page = ann.page
        seen = [page.url, page.content(), *heads, page.evaluate("JSON.stringify([history.state, document.referrer])")]
        seen += page.evaluate("[...Object.values(sessionStorage), ...Object.values(localStorage)]")
        seen += page.evaluate(_GLOBALS)
        assert [text for text in seen if invitation.secret in text or "k3y" in text] == []
        assert page.url == f"{url}/#room=dev"

    _expect_invited(ann.page)
    look()
    assert ann.page.evaluate("history.length") == 2
    _enter(ann, "ann")
    _expect_in(ann, "ann")
    look()
    ann.page.reload()
    _expect_in(ann, "ann")
    look()
    ann.page.go_back()
    ann.page.go_forward()
    _expect_in(ann, "ann")
    look()


@pytest.mark.thorough
def test_the_address_is_cleared_at_once(company: Company, url: str, invitation: Invitation) -> None:
    ann = company.person(url)
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    for name in ("style.css", "app.js", "icon.svg", "chat.webmanifest"):
        ann.page.route(f"**/{name}", hold)
    ann.page.goto(f"{url}/{fragment('#dev', invitation)}", wait_until="commit")
    ann.page.wait_for_url(f"{url}/", wait_until="commit")
    assert ann.page.evaluate("document.styleSheets.length") == 0, "the page is still loading"
    for route in waiting:
        route.continue_()
    _expect_invited(ann.page)


@pytest.mark.thorough
def test_a_taken_name_leaves_the_invitation(ann: Person, irc: IrcClient) -> None:
    _enter(ann, "irma")
    expect(ann.page.get_by_role("alert")).to_have_text("That username is taken")
    expect(ann.page.get_by_label("Username")).to_be_focused()
    _expect_invited(ann.page)
    _enter(ann, "ann")
    _expect_in(ann, "ann")


@pytest.mark.thorough
def test_an_accounts_name_cannot_be_used_with_an_invitation(ann: Person, tracker: Hosted) -> None:
    assert tracker.tracker.keys.accounts.add("bob", "bobs own")
    _enter(ann, "bob")
    expect(ann.page.get_by_role("alert")).to_contain_text("That username is registered")
    _expect_invited(ann.page)
    ann.page.get_by_role("button", name="I have a password").click()
    expect(ann.page.get_by_label("Password")).to_be_focused()
    ann.page.keyboard.type("not bobs")
    ann.page.keyboard.press("Enter")
    expect(ann.page.get_by_role("alert")).to_have_text("That is not the password.")
    expect(ann.page.get_by_label("Password")).to_be_focused()
    ann.page.keyboard.type("bobs own")
    ann.page.keyboard.press("Enter")
    _expect_in(ann, "bob")


@pytest.mark.thorough
def test_an_empty_password_field_leaves_the_invitation(ann: Person) -> None:
    ann.page.get_by_role("button", name="I have a password").click()
    expect(ann.page.get_by_role("button", name="I have a password")).to_be_hidden()
    _enter(ann, "ann")
    _expect_in(ann, "ann")


def _problem(why: str) -> str:
    return f"{why} Ask for another one, or enter the chat's password."


@pytest.mark.thorough
def test_an_invitation_that_is_no_longer_valid(company: Company, tracker: Hosted, url: str) -> None:
    ann = company.person(url)
    ann.open(fragment("#dev", _UNKNOWN_INVITATION))
    _enter(ann, "ann")
    expect(ann.page.get_by_role("alert")).to_have_text(_problem("That invitation is not known here."))
    expect(ann.page.get_by_label("Password")).to_be_focused()
    expect(ann.page.get_by_label("Username")).to_have_value("ann")
    expect(ann.page.locator("#login-hint")).to_have_text(
        "You are invited to #dev. Choose a username and enter the chat's password."
    )
    ann.page.keyboard.type(PASSWORD)
    ann.page.keyboard.press("Enter")
    _expect_in(ann, "ann")


@pytest.mark.thorough
def test_an_invitation_that_was_revoked_says_so(ann: Person, tracker: Hosted, invitation: Invitation) -> None:
    assert tracker.tracker.invitations.revoke(invitation.id) is not None
    _enter(ann, "ann")
    expect(ann.page.get_by_role("alert")).to_have_text(_problem("That invitation was revoked."))
    expect(ann.page.get_by_label("Password")).to_be_focused()


@pytest.mark.thorough
def test_an_invitation_that_is_used_up_says_so(company: Company, tracker: Hosted, url: str) -> None:
    invitation = _invite(tracker, uses=1)
    with IrcClient(tracker.port) as irc:
        irc.register("irma", password=invitation.text)
        ann = company.person(url)
        ann.open(fragment("#dev", invitation))
        _enter(ann, "ann")
        expect(ann.page.get_by_role("alert")).to_have_text(_problem("That invitation is used up."))
        ann.page.reload()
        expect(ann.page.get_by_label("Password")).to_be_visible()


@pytest.mark.thorough
def test_an_invitation_to_a_chat_without_a_password(company: Company, tmp_path: Path) -> None:
    with hosted_tracker(tmp_path) as tracker:
        ann = company.person(f"http://127.0.0.1:{tracker.port}")
        ann.open(fragment("#dev", _UNKNOWN_INVITATION))
        _enter(ann, "ann")
        _expect_in(ann, "ann")


@pytest.mark.thorough
def test_an_incomplete_link_says_so(company: Company, url: str, invitation: Invitation) -> None:
    ann = company.person(url)
    ann.open(fragment("#dev", invitation)[:-1])
    expect(ann.page.get_by_role("alert")).to_have_text(
        "The invitation in that link is incomplete: copy the link again."
    )
    ann.log_in("ann", f" {invitation.text} ")  # typed instead of opened as a link
    _expect_in(ann, "ann")


@pytest.mark.thorough
def test_reloads_lose_nothing(ann: Person) -> None:
    ann.page.reload()
    _expect_invited(ann.page)
    assert ann.page.evaluate(_STORED) == [0, 0]
    ann.page.goto("about:blank")
    ann.page.go_back()
    _expect_invited(ann.page)
    _enter(ann, "ann")
    _expect_in(ann, "ann")
    ann.page.reload()
    _expect_in(ann, "ann")
    assert "inv-" not in ann.page.evaluate("JSON.stringify([{ ...sessionStorage }, { ...localStorage }])")


@pytest.mark.thorough
def test_a_late_reload_uses_the_invitation_again(ann: Person) -> None:
    _enter(ann, "ann")
    _expect_in(ann, "ann")
    ann.join("barrier")  # by now the token has arrived
    spoil = "sessionStorage['chat-visit'] = sessionStorage['chat-visit'].replace(/(?<=token.:.)[^\"]*/, 'unknown')"
    ann.page.evaluate(f"addEventListener('pagehide', () => {{ {spoil} }})")
    ann.page.reload()
    _expect_in(ann, "ann", "#barrier")
    expect(ann.page.locator("#toast")).to_contain_text("You were away for too long")


@pytest.mark.thorough
def test_a_second_tab_with_the_link_is_another_visitor(ann: Person, url: str, invitation: Invitation) -> None:
    _enter(ann, "ann")
    _expect_in(ann, "ann")
    second = ann.context.new_page()
    second.goto(f"{url}/{fragment('#dev', invitation)}")
    _expect_invited(second)
    second.get_by_label("Username").fill("ann2")
    second.get_by_role("button", name="Join", exact=True).click()
    expect(second.locator("#me")).to_have_text("ann2")
    expect(ann.page.locator("#banner")).to_be_hidden()


@pytest.mark.thorough
def test_a_copy_of_the_tab_has_no_invitation(ann: Person) -> None:
    with ann.context.expect_page() as opened:
        ann.page.evaluate("window.open(location.href)")
    expect(opened.value.get_by_label("Password")).to_be_visible()
    _expect_invited(ann.page)


@pytest.mark.thorough
def test_another_link_opens_its_room_after_login(ann: Person, url: str, irc: IrcClient) -> None:
    _enter(ann, "ann")
    _expect_in(ann, "ann")
    irc.command("JOIN #tea", "MODE #tea +k k3y")
    ann.page.evaluate("fragment => { location.hash = fragment }", fragment("#tea", _UNKNOWN_INVITATION, "k3y"))
    expect(ann.page.locator("#room-name")).to_have_text("#tea")
    expect(ann.page).to_have_url(f"{url}/#room=tea")
    ann.page.evaluate("fragment => { location.hash = fragment }", fragment("", _UNKNOWN_INVITATION))
    expect(ann.page.locator("#toast")).to_have_text("You are already in the chat.")
    expect(ann.page).to_have_url(f"{url}/#room=tea")
    ann.page.go_back()
    ann.say("still here")
    ann.expect_said("still here")


@pytest.mark.thorough
def test_another_link_at_the_form(company: Company, url: str, invitation: Invitation, irc: IrcClient) -> None:
    irc.command("JOIN #tea", "MODE #tea +k k3y")
    ann = company.person(url)
    ann.open("#dev")
    expect(ann.page.get_by_label("Password")).to_be_visible()
    ann.page.evaluate("globalThis.changes = 0; addEventListener('hashchange', () => changes++)")
    ann.page.evaluate("fragment => { location.hash = fragment }", fragment("", invitation))
    _expect_invited(ann.page, "this chat")
    ann.page.evaluate("location.hash = 'room=tea&room-key=k3y'")
    _expect_invited(ann.page, "#tea")
    expect(ann.page).to_have_url(f"{url}/#room=tea")
    _enter(ann, "ann")
    _expect_in(ann, "ann", "#tea")
    assert ann.page.evaluate("changes") <= 4  # two links, each removed from the address afterwards


def test_a_link_does_not_move_the_cursor_of_somebody_who_types(company: Company, url: str) -> None:
    ann = company.person(url)
    ann.open()
    ann.page.get_by_label("Username").press_sequentially("an")
    ann.page.evaluate("location.hash = 'room=tea'")
    expect(ann.page.locator("#login-hint")).to_contain_text("#tea")
    ann.page.keyboard.type("n")
    expect(ann.page.get_by_label("Username")).to_have_value("ann")
    expect(ann.page.get_by_label("Password")).to_have_value("")


@pytest.mark.thorough
def test_leaving_the_chat_forgets_the_invitation(ann: Person) -> None:
    _enter(ann, "ann")
    _expect_in(ann, "ann")
    ann.page.get_by_role("button", name="Leave the chat").click()
    expect(ann.page.locator("#login-hint")).to_have_text(
        "To come back, open your invitation link again, or enter the chat's password."
    )
    expect(ann.page.get_by_label("Password")).to_be_visible()
    ann.page.reload()
    expect(ann.page.get_by_label("Password")).to_be_visible()


@pytest.mark.thorough
def test_the_key_in_a_link_opens_its_room(company: Company, url: str, invitation: Invitation, irc: IrcClient) -> None:
    irc.command("JOIN #tea", "MODE #tea +k k3y")
    ann = company.person(url)
    ann.open(fragment("#tea", invitation, "k3y"))
    ann.page.reload()
    _enter(ann, "ann")
    _expect_in(ann, "ann", "#tea")


@pytest.mark.thorough
@pytest.mark.parametrize("options", [{"color_scheme": "light"}, {"color_scheme": "dark"}, PHONE])
def test_the_form_is_accessible(company: Company, url: str, invitation: Invitation, options: dict[str, object]) -> None:
    ann = company.person(url, **options)
    ann.open(fragment("#dev", invitation))
    _expect_invited(ann.page)
    assert_accessible(ann.page)
    ann.page.get_by_label("Username").press("Tab")
    expect(ann.page.get_by_role("button", name="I have a password")).to_be_focused()
    assert ann.page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0


@pytest.mark.thorough
@pytest.mark.parametrize("password", [PASSWORD, "another one"])
def test_a_guest_returns_after_a_restart_with_the_same_password(
    company: Company, trackers: Succession, password: str
) -> None:
    hosted = trackers.start()
    cable = Cable(hosted.port)
    invitation = _invite(hosted)
    ann = company.person(f"http://127.0.0.1:{cable.port}")
    ann.open(fragment("#dev", invitation))
    _enter(ann, "ann")
    _expect_in(ann, "ann")
    with IrcClient(hosted.port) as stays:  # otherwise the room would end with ann's connection
        stays.register("stays", password=PASSWORD)
        stays.join("#dev")
        cable.cut()
        stays.receive_until("QUIT")
        expect(ann.page.locator("#banner")).to_be_visible()
        trackers.stop(BACK_SOON)
    cable.lead_to(trackers.start(password).port)
    cable.mend()
    if password == PASSWORD:
        expect(ann.page.locator("#banner")).to_be_hidden()
        ann.say("still here")
        ann.expect_said("still here")
    else:
        ended = "That invitation ended with the password it was made under."
        expect(ann.page.get_by_role("alert")).to_have_text(_problem(ended))
        expect(ann.page.get_by_label("Password")).to_be_focused()
    cable.close()
