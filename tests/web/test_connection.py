"""The connection breaks and is restored: nothing is lost or duplicated."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.browser import PASSWORD, Company, Person, expect
from tests.support.cable import Cable
from tests.support.irc import IrcClient, only
from tests.support.together import wait_until
from tests.support.trackers import Hosted, hosted_tracker, tracker_process


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[Hosted]:
    """Run a tracker that soon considers a silent connection lost."""
    with hosted_tracker(tmp_path, PASSWORD, ghost_timeout_s=0.5) as tracker:
        yield tracker


@pytest.fixture
def ann(company: Company, irc: IrcClient, cable: Cable) -> Person:
    """A person who reaches the tracker through the cable."""
    ann = company.person(f"http://127.0.0.1:{cable.port}")
    ann.enter("ann")
    ann.expect_member("irma")
    return ann


def _expect_back(person: Person) -> None:
    expect(person.page.locator("#banner")).not_to_be_visible()


def _press_try_now(person: Person) -> None:
    """Press the button at once, and again whenever it reappears."""
    person.page.evaluate(
        """() => {
            const press = () => document.querySelector("#banner button")?.click();
            new MutationObserver(press).observe(document.querySelector("#banner"), { childList: true, subtree: true });
            press();
        }"""
    )


def _heard(irc: IrcClient) -> list[str]:
    return [message.params[1] for message in only(irc.sync(), "PRIVMSG")]


def test_missed_messages_come_once(ann: Person, irc: IrcClient, cable: Cable) -> None:
    ann.join("dev")
    ann.look_at("#lobby")
    ann.say("hello")
    ann.expect_said("hello")
    irc.receive_until("PRIVMSG", "hello")
    expect(ann.page.locator(".waiting")).to_have_count(0)  # its echo has come
    cable.cut()
    expect(ann.page.locator("#banner")).to_contain_text("Connection lost")
    irc.receive_until("QUIT")
    irc.command(*(f"PRIVMSG #lobby :missed {number}" for number in range(150)), "PRIVMSG #dev :missed too")
    ann.say("typed while away")
    expect(ann.page.locator(".waiting .text")).to_have_text("typed while away")
    cable.mend()
    _press_try_now(ann)
    _expect_back(ann)
    ann.expect_said("typed while away")
    expected = ["hello", *(f"missed {number}" for number in range(150)), "typed while away"]
    expect(ann.texts).to_have_count(len(expected))
    assert ann.texts.all_inner_texts() == expected
    expect(ann.page.locator("#room-list button").filter(has_text="#dev").locator(".badge")).to_have_text("1")
    ann.look_at("#dev")
    ann.expect_said("missed too")
    assert _heard(irc) == ["typed while away"]


@pytest.mark.thorough
def test_a_refused_login_says_why(tracker: Hosted, company: Company) -> None:
    ann = company.person(f"http://127.0.0.1:{tracker.port}")
    ann.open()
    tracker.tracker.bans.add("127.0.0.1")
    ann.log_in("ann")
    expect(ann.page.get_by_role("alert")).to_have_text("You are banned from this tracker")
    tracker.tracker.bans.remove("127.0.0.1")
    ann.log_in("ann")
    ann.expect_member("ann")


@pytest.mark.thorough
def test_the_try_now_button_does_not_wait(ann: Person, cable: Cable) -> None:
    cable.cut()
    _press_try_now(ann)
    wait_until(lambda: cable.refused >= 20)  # automatic retries would take four minutes for as many
    cable.mend()
    _expect_back(ann)


@pytest.mark.thorough
def test_the_username_is_regained_from_the_lost_connection(ann: Person, irc: IrcClient, cable: Cable) -> None:
    cable.lose()  # the tracker still believes that ann is there
    expect(ann.page.locator("#banner")).to_contain_text("Connection lost")
    _expect_back(ann)
    expect(ann.page.locator("#me")).to_have_text("ann")
    ann.expect_member("irma")
    ann.say("it is me")
    ann.expect_said("it is me")


@pytest.mark.thorough
def test_a_message_lost_on_its_way_is_sent_again(ann: Person, irc: IrcClient, cable: Cable) -> None:
    irc.send("PRIVMSG #lobby :here")
    ann.expect_said("here")
    cable.swallows_up = True
    ann.say("into the void")
    expect(ann.page.locator(".waiting .state")).to_have_text("Sending\u2026")
    cable.cut()
    cable.mend()
    _expect_back(ann)
    ann.expect_said("into the void")
    expect(ann.page.locator(".waiting")).to_have_count(0)
    assert _heard(irc) == ["into the void"]


@pytest.mark.thorough
def test_a_message_whose_echo_was_lost_is_not_sent_twice(ann: Person, irc: IrcClient, cable: Cable) -> None:
    cable.swallows_down = True
    ann.say("you hear me")
    irc.receive_until("PRIVMSG", "you hear me")
    cable.cut()
    cable.mend()
    _expect_back(ann)
    expect(ann.page.locator(".waiting")).to_have_count(0)
    ann.expect_said("you hear me")
    assert _heard(irc) == []


@pytest.mark.thorough
def test_a_closed_tracker_is_not_called_again(company: Company, tmp_path: Path) -> None:
    with tracker_process(tmp_path, password=PASSWORD) as program:
        ann = company.person(f"http://127.0.0.1:{program.port}")
        ann.enter("ann")
        ann.page.clock.install()
        sockets = ann.sockets
        program.stop()
        expect(ann.page.locator("#banner")).to_contain_text("The tracker has shut down")
        ann.page.clock.run_for(120_000)
        expect(ann.page.locator("#banner")).to_contain_text("The tracker has shut down")
        assert ann.sockets == sockets
        ann.page.get_by_role("button", name="Log in again").click()
        expect(ann.page.get_by_label("Username")).to_be_visible()
        expect(ann.page.get_by_role("alert")).to_have_text("The tracker does not answer. Is the chat still running?")


@pytest.mark.thorough
def test_a_removed_user_sees_the_reason(ann: Person, irc: IrcClient, tracker: Hosted) -> None:
    tracker.visit_of("ann").end("Kicked by the operator: too loud", is_lost=False)
    expect(ann.page.locator("#banner")).to_contain_text(
        "You are no longer in the chat: Kicked by the operator: too loud"
    )


@pytest.mark.thorough
def test_a_removed_user_can_return_to_the_same_rooms(ann: Person, irc: IrcClient, tracker: Hosted) -> None:
    ann.join("dev")
    ann.say("before")
    ann.expect_said("before")
    tracker.visit_of("ann").end("Kicked by the operator: too loud", is_lost=False)
    irc.receive_until("QUIT")
    irc.command("PRIVMSG #dev :meanwhile")
    ann.page.get_by_role("button", name="Log in again").click()
    ann.expect_said("meanwhile")
    ann.expect_said("before")
    expect(ann.page.locator("#room-name")).to_have_text("#dev")
    expect(ann.page.locator("#banner")).not_to_be_visible()


@pytest.mark.thorough
def test_a_silent_connection_is_given_up(ann: Person, irc: IrcClient, cable: Cable) -> None:
    ann.say("heard")
    ann.expect_said("heard")
    expect(ann.page.locator(".waiting")).to_have_count(0)  # no answer is on its way, which would be a sign of life
    ann.page.clock.install()
    cable.swallows_down = True
    irc.send("PRIVMSG #lobby :unheard")
    irc.sync()
    ann.page.evaluate("dispatchEvent(new Event('offline'))")  # makes the page ask whether the tracker is there
    ann.page.clock.run_for(5_000)
    expect(ann.page.locator("#banner")).to_contain_text("Connection lost")
    cable.mend()
    ann.page.clock.run_for(20_000)
    ann.expect_said("unheard")


def _go_silent(ann: Person, irc: IrcClient, cable: Cable) -> None:
    """Control the page's clock, and lose whatever the tracker sends from now on."""
    ann.page.clock.install()
    ann.page.clock.run_for(10_000)  # all pending lines are sent
    irc.command("NICK iris")
    ann.expect_member("iris")
    cable.swallows_down = True


@pytest.mark.thorough
def test_silence_is_noticed_soon(ann: Person, irc: IrcClient, cable: Cable) -> None:
    _go_silent(ann, irc, cable)
    ann.page.clock.run_for(24_000)
    expect(ann.page.locator("#banner")).not_to_be_visible()
    ann.page.clock.run_for(2_000)
    expect(ann.page.locator("#banner")).to_contain_text("Connection lost")


@pytest.mark.thorough
def test_sending_into_silence_is_noticed_sooner(ann: Person, irc: IrcClient, cable: Cable) -> None:
    _go_silent(ann, irc, cable)
    ann.say("into the void")
    ann.page.clock.run_for(12_000)
    expect(ann.page.locator("#banner")).not_to_be_visible()
    ann.say("and more")  # which does not restart the wait
    ann.page.clock.run_for(2_000)
    expect(ann.page.locator("#banner")).to_contain_text("Connection lost")
