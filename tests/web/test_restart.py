"""The tracker restarts: people reconnect, continue reading and talking, and find earlier messages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chatcore.protocol.goodbye import BACK_SOON
from tests.support.browser import PASSWORD, Company, expect
from tests.support.cable import Cable
from tests.support.irc import IrcClient
from tests.support.trackers import Hosted
from tests.web.succession import Succession

_COUNT = 150
_SCROLL_UP = """() => {
    const log = document.getElementById("log");
    log.scrollTop = 0;  // again and again: more may come in several steps, and by itself
    return log.querySelector(".entry .text").textContent === "0";
}"""


@pytest.fixture
def cable(trackers: Succession) -> Iterator[Cable]:
    """A cable to the first tracker, where two people with accounts have talked."""
    hosted = trackers.start()
    for name in ("ann", "bob"):
        hosted.tracker.keys.accounts.add(name, f"{name}'s password")
    cable = Cable(hosted.port)
    yield cable
    cable.close()


def _fill(port: int) -> None:
    with IrcClient(port) as irc:
        irc.register("irma", password=PASSWORD)
        irc.join("#lobby")
        irc.command(*(f"PRIVMSG #lobby :{number}" for number in range(_COUNT)))


def _restart(trackers: Succession, cable: Cable) -> Hosted:
    """Cut the cable and restart the tracker, while somebody else is in the lobby."""
    with IrcClient(cable.tracker_port) as irc:
        irc.register("stays", password=PASSWORD)
        irc.join("#lobby")
        cable.cut()
        irc.receive_until("QUIT")
        hosted = trackers.start()
    cable.lead_to(hosted.port)
    return hosted


def test_connected_users_continue_after_a_restart(company: Company, trackers: Succession, cable: Cable) -> None:
    _fill(cable.port)
    eve = company.person(f"http://127.0.0.1:{cable.port}")
    eve.enter("eve")
    eve.say("before")
    eve.expect_said("before")
    expect(eve.page.locator(".waiting")).to_have_count(0)
    hosted = _restart(trackers, cable)
    eve.say("typed meanwhile")
    with IrcClient(hosted.port) as irc:
        irc.register("irma", password=PASSWORD)
        irc.join("#lobby")
        irc.command("PRIVMSG #lobby :missed")
        cable.mend()
        eve.expect_said("typed meanwhile")
        expect(eve.page.locator(".failed, .waiting")).to_have_count(0)
        eve.expect_said("missed")
        eve.page.wait_for_function(_SCROLL_UP)
    expected = [*map(str, range(_COUNT)), "before", "missed", "typed meanwhile"]
    assert eve.texts.all_inner_texts() == expected


@pytest.mark.thorough
def test_earlier_messages_are_found_and_shown_in_place(company: Company, trackers: Succession, cable: Cable) -> None:
    _fill(cable.port)
    ann, bob = (company.person(f"http://127.0.0.1:{cable.port}") for _ in range(2))
    ann.enter("ann", "ann's password")
    bob.enter("bob", "bob's password")
    ann.say("/msg bob the surprise is at six")
    bob.look_at("ann")
    bob.expect_said("the surprise is at six")
    _restart(trackers, cable)
    cable.mend()
    ann.page.reload()
    ann.look_at("#lobby")
    ann.expect_member("ann")
    expect(ann.page.locator("#private-list")).to_contain_text("bob")
    ann.page.keyboard.press("Control+f")
    ann.page.keyboard.type("surprise")
    ann.page.keyboard.press("Enter")
    expect(ann.page.locator("#search-results .label")).to_have_text(["bob"])
    ann.page.locator("#search-results .go").click()
    expect(ann.page.locator("#room-name")).to_have_text("bob")
    expect(ann.log.locator(".target .text")).to_have_text("the surprise is at six")
    expect(ann.log).to_contain_text("What is said here is kept for 90 days")
    expect(ann.log).not_to_contain_text("Without an account")
    ann.page.get_by_label("Words to search for").fill("20 from:irma in:lobby")
    ann.page.keyboard.press("Enter")
    expect(ann.page.locator("#search-results .hit .text")).to_have_text(["20"])
    expect(ann.page.locator("#search-results .beside .text")).to_have_text(["19", "21"])
    ann.page.locator("#search-results .go").click()
    expect(ann.log.locator(".target .text")).to_have_text("20")
    expect(ann.log.locator(".target")).to_be_in_viewport()


@pytest.mark.thorough
def test_after_a_shutdown_one_click_reconnects(company: Company, trackers: Succession, cable: Cable) -> None:
    eve = company.person(f"http://127.0.0.1:{cable.port}")
    eve.enter("eve")
    eve.join("dev")
    eve.say("before")
    expect(eve.page.locator(".waiting")).to_have_count(0)
    hosted = trackers.start()
    expect(eve.page.locator("#banner")).to_contain_text("The tracker has shut down")
    cable.lead_to(hosted.port)
    eve.page.get_by_role("button", name="Log in again").click()
    expect(eve.page.locator("#banner")).not_to_be_visible()
    expect(eve.page.locator("#room-name")).to_have_text("#dev")
    eve.say("after")
    expect(eve.texts).to_have_text(["before", "after"])


@pytest.mark.thorough
def test_when_a_tracker_restarts_the_page_says_so_and_reconnects(
    company: Company, trackers: Succession, cable: Cable
) -> None:
    eve = company.person(f"http://127.0.0.1:{cable.port}")
    eve.enter("eve")
    trackers.stop(BACK_SOON)
    banner = eve.page.locator("#banner")
    expect(banner).to_contain_text("The tracker will be back soon. Trying again in")
    cable.lead_to(trackers.start().port)
    expect(banner).not_to_be_visible()  # by itself
    eve.say("after")
    expect(eve.texts).to_have_text(["after"])
