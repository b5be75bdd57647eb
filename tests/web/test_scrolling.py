"""Scrolling through history: the reader's place stays, and the page shows slow and failed loading."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatcore.errors import ArchiveUnavailable
from chatcore.server.archive.off import NoArchive
from chatcore.state.history import HistoryQuery, Kinds, Past, Seeker
from tests.support.browser import PASSWORD, Company, Person, expect
from tests.support.cable import Cable
from tests.support.irc import IrcClient
from tests.support.trackers import ROOT, Hosted, hosted_tracker

_COUNT = 600
_SMALL = {"MAX_ENTRIES": 300, "CUT": 50}
_BOUNDS = ROOT / "chatcore" / "web" / "protocol/bounds.js"

_PLACE = """log => {
    const { top } = log.getBoundingClientRect();
    const one = [...log.querySelectorAll(".text")].find((text) => text.getBoundingClientRect().top > top + 100);
    return [one.textContent, Math.round(one.getBoundingClientRect().top - top)];
}"""


class Unavailable(NoArchive):
    """An archive whose disk does not answer."""

    is_on = True

    def room_past(self, seeker: Seeker, room: str, query: HistoryQuery, kinds: Kinds) -> Past:
        """See Archive."""
        raise ArchiveUnavailable("The disk is tired.")


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[Hosted]:
    """Run a tracker that soon considers a silent connection lost."""
    with hosted_tracker(tmp_path, PASSWORD, ghost_timeout_s=0.5) as tracker:
        yield tracker


@pytest.fixture
def irc(tracker: Hosted) -> Iterator[IrcClient]:
    with IrcClient(tracker.port) as client:
        client.register("irma", password=PASSWORD)
        client.join("#lobby")
        client.command(*(f"PRIVMSG #lobby :{number}" for number in range(_COUNT)))
        yield client


@pytest.fixture
def ann(company: Company, irc: IrcClient, cable: Cable) -> Person:
    """A person whose page keeps few messages."""
    ann = company.person(f"http://127.0.0.1:{cable.port}")
    bounds = re.sub(r"(MAX_ENTRIES|CUT) = \d+", lambda found: f"{found[1]} = {_SMALL[found[1]]}", _BOUNDS.read_text())
    ann.replace_script("protocol/bounds.js", bounds)
    ann.enter("ann")
    ann.expect_said(str(_COUNT - 1))
    return ann


def _scroll_until(person: Person, text: str, *, up: bool) -> None:
    """Scroll on until a message comes; meanwhile the first visible message stays where it is."""
    script = """async ([isUp, wanted]) => {
        const log = document.getElementById("log"), place = PLACE, jumps = [];
        const has = () => [...log.querySelectorAll(".text")].some(({ textContent }) => textContent === wanted);
        const changed = () => new Promise((resolve) => {
            const observer = new MutationObserver(() => { observer.disconnect(); resolve(); });
            observer.observe(log, { childList: true });
        });
        while (!has()) {
            const isChanged = changed();
            log.scrollTop = isUp ? 150 : log.scrollHeight - log.clientHeight - 150;
            const before = place(log);
            await isChanged;
            while (document.querySelector(".loading.busy")) await changed();
            const after = place(log);
            if (before[0] !== after[0] || Math.abs(before[1] - after[1]) > 2) jumps.push([before, after]);
        }
        return jumps;
    }"""
    assert person.page.evaluate(script.replace("PLACE", _PLACE), [up, text]) == []


def test_the_reading_place_stays_while_messages_load_and_unload(ann: Person, irc: IrcClient) -> None:
    _scroll_until(ann, "0", up=True)
    ann.expect_said(str(_COUNT - 1), 0)
    expect(ann.page.get_by_role("button", name="Jump to latest")).to_be_visible()
    assert ann.texts.count() <= 150
    irc.command("PRIVMSG #lobby :last")
    _scroll_until(ann, "last", up=False)
    numbers = [int(text) for text in ann.texts.all_inner_texts()[:-1]]
    assert numbers == list(range(numbers[0], _COUNT))
    assert len(numbers) <= 300


@pytest.mark.thorough
def test_slow_loading_is_shown_and_a_lost_connection_loses_nothing(ann: Person, cable: Cable) -> None:
    loading = ann.log.get_by_text("Loading older messages\u2026")
    expect(loading).not_to_be_visible()
    cable.swallows_down = True
    ann.log.evaluate("log => { log.scrollTop = 0 }")
    expect(loading).to_be_visible()
    cable.cut()
    expect(ann.page.locator("#banner")).to_contain_text("Connection lost")
    cable.mend()
    ann.expect_said(str(_COUNT - 99))  # one of the first hundred lines is her arrival
    expect(loading).not_to_be_visible()


@pytest.mark.thorough
def test_an_archive_failure_is_shown_and_can_be_retried(ann: Person, tracker: Hosted) -> None:
    services = tracker.tracker.services
    archive, services.archive = services.archive, Unavailable()
    ann.log.evaluate("log => { log.scrollTop = 0 }")
    expect(ann.log).to_contain_text("Older messages could not be loaded: The disk is tired.")
    services.archive = archive
    ann.page.get_by_role("button", name="Try again").click()
    ann.expect_said(str(_COUNT - 99))  # one of the first hundred lines is her arrival
    expect(ann.log).not_to_contain_text("The disk is tired.")
