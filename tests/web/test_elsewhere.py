"""The page's tracker is gone: the page moves to another one of the chat, or links to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatcore.protocol.tracker_list import TrackerAddress
from chatcore.server.services import TrackerServices
from chatcore.state.requests import TrackersChanged
from tests.support.browser import PASSWORD, Company, Person, expect
from tests.support.cable import Cable
from tests.support.clustered import clustered_pair
from tests.support.irc import IrcClient
from tests.support.trackers import Hosted, hosted_tracker


def _has_others(hosted: Hosted, *others: int) -> None:
    """Have a tracker list others on this machine, at these ports."""
    told = tuple(TrackerAddress((f"127.0.0.1:{port}",), page=f"https://127.0.0.1:{port}/") for port in others)
    hosted.tracker.publish(TrackersChanged(told))


@pytest.fixture
def second(tmp_path: Path) -> Iterator[Hosted]:
    with hosted_tracker(tmp_path / "second", PASSWORD) as second:
        yield second


@pytest.fixture
def ann(company: Company, tracker: Hosted, second: Hosted, cable: Cable, monkeypatch: pytest.MonkeyPatch) -> Person:
    """A person who reached the first of two trackers through a cable."""
    monkeypatch.setattr(TrackerServices, "has_others", True)
    _has_others(tracker, second.port)
    _has_others(second, cable.port)
    with IrcClient(tracker.port) as irc:
        irc.register("irma", password=PASSWORD)  # pages loaded from now on have the others in their policy
    ann = company.person(f"http://127.0.0.1:{cable.port}")
    ann.enter("ann")
    return ann


def test_the_page_moves_to_the_other_tracker_and_says_so(ann: Person, second: Hosted, cable: Cable) -> None:
    ann.say("here")
    ann.expect_said("here")
    cable.cut()
    expect(ann.page.locator("#toast")).to_contain_text(f"You are now at 127.0.0.1:{second.port}.")
    expect(ann.page.locator("#banner")).not_to_be_visible()
    with IrcClient(second.port) as irc:
        irc.register("irma", password=PASSWORD)
        irc.join("#lobby")
        ann.say("there")
        assert irc.receive_until("PRIVMSG").params == ("#lobby", "there")


@pytest.mark.thorough
def test_the_page_links_to_trackers_it_cannot_reach_by_itself(ann: Person, second: Hosted, cable: Cable) -> None:
    second.tracker.gate.hosts._siblings.clear()  # it does not know the first tracker
    cable.cut()
    links = ann.page.locator("#banner-elsewhere a")
    expect(links).to_have_text([f"127.0.0.1:{second.port}"])
    assert links.get_attribute("href") == f"https://127.0.0.1:{second.port}/"
    cable.mend()
    expect(ann.page.locator("#banner")).not_to_be_visible()


@pytest.mark.thorough
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_page_moves_between_trackers_of_one_chat(company: Company, tmp_path: Path, scheme: str) -> None:
    """With TLS the browser trusts the certificates of both."""
    with clustered_pair(tmp_path, PASSWORD) as pair, IrcClient(pair.second.port) as irc:
        irc.register("irma", password=PASSWORD)
        irc.join("#lobby")
        bob = company.person(f"{scheme}://127.0.0.1:{pair.first.port}")
        bob.enter("bob")
        bob.say("before")
        bob.expect_said("before")
        irc.receive_until("PRIVMSG", "before")
        pair.first.process.kill()
        expect(bob.page.locator("#toast")).to_contain_text(f"You are now at 127.0.0.1:{pair.second.port}.")
        bob.say("after")
        irc.receive_until("PRIVMSG", "after")
        bob.expect_said("after")
        assert bob.texts.all_inner_texts() == ["before", "after"]
