"""The page in Debian's Firefox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.programs.bidi import Firefox, firefox
from tests.support.irc import IrcClient
from tests.support.trackers import Hosted, hosted_tracker

_PASSWORD = "sesame"
_LAST = "document.getElementById('log').lastElementChild?.querySelector('.text')?.textContent"


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[Hosted]:
    with hosted_tracker(tmp_path, _PASSWORD) as hosted:
        yield hosted


@pytest.fixture
def browser(program: Callable[[str], Path], tmp_path: Path) -> Iterator[Firefox]:
    with firefox(program("firefox-esr"), tmp_path) as browser:
        yield browser


def test_a_person_talks_reloads_and_is_still_there(hosted: Hosted, browser: Firefox) -> None:
    with IrcClient(hosted.port) as irc:
        irc.register("irma", password=_PASSWORD)
        irc.join("#lobby")
        browser.open(f"http://127.0.0.1:{hosted.port}/")
        browser.type("username", "fred", enters=False)
        browser.type("password", _PASSWORD)
        browser.until("document.getElementById('room-name').textContent === '#lobby'")
        browser.type("text", "from Firefox")
        irc.receive_until("PRIVMSG", "#lobby", "from Firefox")
        irc.send("PRIVMSG #lobby :hello fred")
        browser.until(f"{_LAST} === 'hello fred'")
        browser.reload()
        browser.until(f"{_LAST} === 'hello fred'")
        browser.type("text", "and again")
        irc.receive_until("PRIVMSG", "#lobby", "and again")
        assert browser.until("document.querySelector('#me').textContent.startsWith('fred')")


def test_the_url_follows_the_room_and_back_returns_to_the_last(hosted: Hosted, browser: Firefox) -> None:
    page = f"http://127.0.0.1:{hosted.port}/"
    browser.open(f"{page}#room=dev&room-key=k3y")
    browser.type("username", "fred", enters=False)
    browser.type("password", _PASSWORD)
    browser.until("document.getElementById('room-name').textContent === '#dev'")
    browser.until(f"location.href === '{page}#room=dev'")
    browser.type("text", "/join tea")
    browser.until(f"location.href === '{page}#room=tea'")
    browser.run("() => setTimeout(() => history.back(), 0)")  # the script must return before the page is left
    browser.until("document.getElementById('room-name').textContent === '#dev'")
    browser.until(f"location.href === '{page}#room=dev'")
