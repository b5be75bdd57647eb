"""A browser, the people who use it, and their tracker."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.irc import IrcClient
from tests.support.trackers import Hosted, hosted_tracker

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.support.browser import Company, Page
    from tests.support.cable import Cable
    from tests.web.succession import Succession

_HERE = Path(__file__).parent
_PASSWORD = "sesame"


@pytest.hookimpl(tryfirst=True)  # before xdist asks, also where this folder alone is named
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the tests of the page to two workers, each with one browser: more would only wait for each other."""
    for item in items:
        if item.path.parent == _HERE:
            item.add_marker(pytest.mark.xdist_group(f"browser {zlib.crc32(item.path.name.encode()) % 2}"))


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Run one browser for this folder: while it runs, nothing else in this process can have an event loop."""
    from tests.support.browser import chromium

    with chromium() as browser:
        yield browser


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[Hosted]:
    """Run a tracker with a password, in this process."""
    with hosted_tracker(tmp_path, _PASSWORD, max_name_length=20) as tracker:
        yield tracker


@pytest.fixture
def irc(tracker: Hosted) -> Iterator[IrcClient]:
    """A person with another client, in two rooms."""
    with IrcClient(tracker.port) as client:
        client.register("irma", password=_PASSWORD)
        client.join("#lobby", "#dev")
        yield client


@pytest.fixture(scope="package")
def page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Open the page, whose modules can be imported there."""
    with hosted_tracker(tmp_path_factory.mktemp("tracker")) as hosted:
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{hosted.port}/")
        yield page
        page.close()


@pytest.fixture
def company(browser: Browser) -> Iterator[Company]:
    from tests.support.browser import Company

    company = Company(browser)
    yield company
    company.leave()


@pytest.fixture
def trackers(tmp_path: Path) -> Iterator[Succession]:
    """One tracker after the other, with the same files."""
    from tests.web.succession import Succession

    trackers = Succession(tmp_path)
    yield trackers
    trackers.stop()


@pytest.fixture
def cable(tracker: Hosted) -> Iterator[Cable]:
    from tests.support.cable import Cable

    cable = Cable(tracker.port)
    yield cable
    cable.close()
