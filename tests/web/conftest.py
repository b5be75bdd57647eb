"""A browser, the people who use it, and a tracker that they are at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.trackers import TrackerProcess, tracker_process

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.web.cable import Cable
    from tests.web.people import Company

_HERE = Path(__file__).parent
_PASSWORD = "sesame"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give all tests of the page to one worker: one browser at a time is enough for a machine."""
    for item in items:
        if item.path.parent == _HERE:
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from tests.web.people import chromium

    # Not for the whole session: while it runs, nothing else in this process can have an event loop.
    with chromium() as browser:
        yield browser


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[TrackerProcess]:
    with tracker_process(tmp_path, "--max-name-length", "20", "--no-limits", password=_PASSWORD) as tracker:
        yield tracker


@pytest.fixture
def company(browser: Browser) -> Iterator[Company]:
    from tests.web.people import Company

    company = Company(browser)
    yield company
    company.leave()


@pytest.fixture
def cable(tracker: TrackerProcess) -> Iterator[Cable]:
    from tests.web.cable import Cable

    cable = Cable(tracker.port)
    yield cable
    cable.close()
