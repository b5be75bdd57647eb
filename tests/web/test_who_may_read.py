"""Earlier messages are shown and found only by users who may read them."""

from __future__ import annotations

import pytest

from tests.support.browser import PASSWORD, Company, Person, expect
from tests.support.irc import IrcClient
from tests.support.sasl_client import logged_in
from tests.support.trackers import Hosted
from tests.web.succession import Succession

_SECRET = "the surprise is at six"


def _enter_as(company: Company, hosted: Hosted, name: str, password: str = PASSWORD, room: str = "") -> Person:
    person = company.person(f"http://127.0.0.1:{hosted.port}")
    person.enter(name, password)
    if room:
        person.join(room)
        person.expect_member(name)
    return person


def _expect_found(person: Person, *places: str) -> None:
    """Search, and expect results in these places."""
    person.page.keyboard.press("Control+f")
    person.page.get_by_label("Words to search for").fill("surprise")
    person.page.keyboard.press("Enter")
    expect(person.page.locator("#search-status")).to_contain_text("found")
    expect(person.page.locator("#search-results .label")).to_have_text(list(places))


def _expect_nothing_to_export(person: Person) -> None:
    person.say("/export")
    expect(person.log).to_contain_text("There is nothing to export.")


@pytest.mark.parametrize("is_restarted", [False, True])
def test_an_open_room_is_readable_by_its_members(company: Company, trackers: Succession, is_restarted: bool) -> None:
    hosted = trackers.start()
    with IrcClient(hosted.port) as irc:
        irc.register("irma", password=PASSWORD)
        irc.join("#lobby", "#dev")
        irc.command(f"PRIVMSG #dev :{_SECRET}")
        if is_restarted:
            hosted = trackers.start()
        ann = _enter_as(company, hosted, "ann")
        _expect_found(ann)
        ann.join("dev")
        ann.expect_said(_SECRET)
        _expect_found(ann, "#dev")


@pytest.mark.thorough
@pytest.mark.parametrize("is_restarted", [False, True])
def test_a_locked_room_is_readable_by_former_members_only(
    company: Company, trackers: Succession, is_restarted: bool
) -> None:
    hosted = trackers.start()
    with logged_in(hosted, "bob") as bob:
        bob.join("#board")
        bob.command("MODE #board +k key", f"PRIVMSG #board :{_SECRET}")
        bob.command("PART #board")
    if is_restarted:
        hosted = trackers.start()
    ann = _enter_as(company, hosted, "ann", room="board")
    expect(ann.log).to_contain_text("This is the beginning of what you can read in #board.")
    _expect_found(ann)
    ann.expect_said(_SECRET, 0)
    _expect_nothing_to_export(ann)
    bob_again = _enter_as(company, hosted, "bob", "pw")
    _expect_found(bob_again, "#board")
    bob_again.page.locator("#search-results .go").click()
    expect(bob_again.page.locator("#search-results .why")).to_contain_text("You are not in #board.")


@pytest.mark.thorough
@pytest.mark.parametrize("is_restarted", [False, True])
def test_a_private_conversation_is_readable_by_its_accounts(
    company: Company, trackers: Succession, is_restarted: bool
) -> None:
    hosted = trackers.start()
    with logged_in(hosted, "bob") as bob, logged_in(hosted, "carol") as carol, IrcClient(hosted.port) as irc:
        irc.register("irma", password=PASSWORD)
        bob.command(f"PRIVMSG carol :{_SECRET}", f"PRIVMSG irma :{_SECRET}")
        carol.receive_until("PRIVMSG")
    if is_restarted:
        hosted = trackers.start()
    irma, carol_again, dave = (
        _enter_as(company, hosted, name, password)
        for name, password in (("irma", PASSWORD), ("carol", "pw"), ("dave", PASSWORD))
    )
    _expect_found(irma)
    _expect_found(dave)
    dave.say("/msg bob")
    dave.say("/export")
    expect(dave.log).to_contain_text("There is nothing to export.")
    _expect_found(carol_again, "bob")
    carol_again.page.locator("#search-results .go").click()
    expect(carol_again.page.locator("#room-name")).to_have_text("bob")
    expect(carol_again.log.locator(".target .text")).to_have_text(_SECRET)


@pytest.mark.thorough
def test_after_a_password_change_accounts_keep_what_they_heard(company: Company, trackers: Succession) -> None:
    hosted = trackers.start()
    with logged_in(hosted, "bob") as bob:
        bob.join("#lobby")
        bob.command(f"PRIVMSG #lobby :{_SECRET}")
    hosted = trackers.start("another")
    ann, bob_again = _enter_as(company, hosted, "ann", "another"), _enter_as(company, hosted, "bob", "pw")
    _expect_found(ann)
    ann.expect_said(_SECRET, 0)
    _expect_nothing_to_export(ann)
    _expect_found(bob_again, "#lobby")
    hosted = trackers.start()
    ann_again = _enter_as(company, hosted, "ann")
    ann_again.expect_said(_SECRET)
    _expect_found(ann_again, "#lobby")
