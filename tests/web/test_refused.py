"""A room that a person may not enter: a dialog says why, and what helps."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.accessible import assert_accessible
from tests.support.browser import PASSWORD, Company, Page, Person, expect
from tests.support.irc import IrcClient
from tests.support.trackers import Hosted
from tests.web.scripted_session import session
from tests.web.test_access import PHONE

_PARTS = """
    const { askHelper } = await import('/session/refusal.js');
    const label = (command) => sent.findLast((message) => message.command === command).tags.label;
    const refused = (numeric, text = 'No') => feed(`@label=${label('JOIN')} :t ${numeric} ann #dev :${text}`);
    const told = () => s.current?.present.entries.at(-1)?.text;
"""


@pytest.mark.parametrize(
    ("numeric", "kind"),
    [
        ("405", "many"),
        ("471", "full"),
        ("473", "invitation"),
        ("474", "banned"),
        ("475", "key"),
        ("477", "account"),
        ("403", "other"),
    ],
)
def test_the_dialog_gives_the_reason(page: Page, numeric: str, kind: str) -> None:
    script = f"s.join('#dev'); refused('{numeric}'); return [s.refusal.kind, s.refusal.text, s.wanted.size, told()];"
    found, text, wanted, told = session(page, [], _PARTS + script)
    assert (found, text, wanted) == (kind, "No", 0)
    assert told != "No"


def test_a_wrong_key_can_be_corrected(page: Page) -> None:
    script = """
        s.join('#dev'); refused(475);
        const first = { ...s.refusal };
        s.join('#Dev', 'wrong'); refused(475);
        const second = { ...s.refusal };
        s.join('#dev', 'right'); feed(':ann!a@h JOIN #dev');
        return [first, second, s.refusal, s.current.key];
    """
    first, second, left, key = session(page, [], _PARTS + script)
    assert (first["isKeyed"], first["attempt"]) == (False, 1)
    assert (second["isKeyed"], second["attempt"]) == (True, 2)
    assert (left, key) == (None, "right")


def test_operators_may_help_and_an_invitation_helps(page: Page) -> None:
    script = """
        s.join('#dev'); refused(473);
        feed(`@label=${label('NAMES')} :t BATCH +n labeled-response`,
            '@batch=n :t 353 ann = #dev :@bob +carol ~dave!d@h eve', '@batch=n :t 366 ann #dev :End', ':t BATCH -n');
        const helpers = s.refusal.helpers;
        feed(':bob!b@h INVITE ann #other');
        const other = s.refusal.inviter;
        feed(':bob!b@h INVITE ann #DEV');
        const inviter = s.refusal.inviter;
        askHelper(s, 'bob');
        return [helpers, other, inviter, s.refusal, s.current.name, s.current.draft];
    """
    expected = [["bob", "dave"], "", "bob", None, "bob", "May I join #dev?"]
    assert session(page, [], _PARTS + script) == expected


def test_a_returning_user_sees_the_refusal_in_the_room(page: Page) -> None:
    script = """
        feed(':ann!a@h JOIN #dev');
        lost();
        feed(':t 001 ann :Hi', ':t 376 ann :End');
        const asked = sent.findLast(({ params }) => params[0] === '#dev').tags.label;
        feed(`@label=${asked} :t 473 ann #dev :No`);
        return [s.refusal, s.find('#dev').obstacle.text];
    """
    assert session(page, [], _PARTS + script) == [None, "No"]


def test_a_user_who_may_enter_no_room_sees_the_list(page: Page) -> None:
    script = """
        const first = new Session((message) => sent.push(message));
        const tell = (...lines) => lines.forEach((line) => receive(first, parse(line), 0));
        tell(':t 001 eve :Hi', ':t 376 eve :End');
        tell(`@label=${label('JOIN')} :t 474 eve #lobby :Banned`);
        return [first.finding.isOpen, first.current];
    """
    assert session(page, [], _PARTS + script) == [True, None]


@pytest.fixture
def irc(tracker: Hosted) -> Iterator[IrcClient]:
    with IrcClient(tracker.port) as client:
        client.register("irma", password=PASSWORD)
        client.join("#tea")
        yield client


@pytest.fixture
def ann(company: Company, tracker: Hosted, irc: IrcClient) -> Person:
    ann = company.person(f"http://127.0.0.1:{tracker.port}")
    ann.enter("ann")
    return ann


def test_a_password_is_asked_for(ann: Person, irc: IrcClient) -> None:
    irc.command("MODE #tea +k k3y")
    ann.say("/join tea")
    dialog = ann.page.get_by_role("dialog", name="You are not in #tea")
    key = dialog.get_by_label("Password of #tea")
    expect(key).to_be_focused()
    assert_accessible(ann.page)
    ann.page.keyboard.type("wrong")
    ann.page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_have_text("That is not the password.")
    expect(key).to_be_focused()
    assert_accessible(ann.page)
    ann.page.keyboard.type("k3y")
    ann.page.keyboard.press("Enter")
    expect(ann.page.locator("#room-name")).to_have_text("#tea")
    expect(dialog).to_have_count(0)
    expect(ann.page.locator("#text")).to_be_focused()


@pytest.mark.thorough
def test_the_dialog_offers_a_way_in(company: Company, tracker: Hosted, irc: IrcClient) -> None:
    irc.command("MODE #tea +i")
    ann = company.person(f"http://127.0.0.1:{tracker.port}", **PHONE)
    ann.enter("ann", fragment="#room=tea")
    dialog = ann.page.get_by_role("dialog", name="You are not in #tea")
    expect(dialog).to_contain_text("#tea is by invitation only. Anybody who is in it can type: /invite ann #tea")
    expect(dialog.get_by_role("button", name="Write to irma")).to_be_visible()
    assert_accessible(ann.page)
    irc.command("INVITE ann #tea")
    expect(dialog).to_contain_text("irma invites you to #tea.")
    assert ann.page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
    dialog.get_by_role("button", name="Join #tea").tap()
    expect(ann.page.locator("#room-name")).to_have_text("#tea")
    expect(dialog).to_have_count(0)


@pytest.mark.thorough
def test_a_banned_user_can_ask_an_operator(ann: Person, irc: IrcClient) -> None:
    irc.command("MODE #tea +b ann!*@*")
    ann.page.get_by_label("Join or create a room").fill("tea")
    ann.page.get_by_role("button", name="Join the room").click()
    dialog = ann.page.get_by_role("dialog", name="You are not in #tea")
    expect(dialog).to_contain_text("You are banned from #tea.")
    dialog.get_by_role("button", name="Write to irma").click()
    expect(ann.page.locator("#room-name")).to_have_text("irma")
    expect(ann.page.locator("#text")).to_have_value("May I join #tea?")
