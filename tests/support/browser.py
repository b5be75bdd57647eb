"""People at the page, in a real browser: Debian's Chromium, driven by playwright, with its own waiting."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest

from chatcore.server.incoming.page_bundle import join_modules
from chatcore.server.incoming.page_edition import SOURCES

_HOW = "apt-get install chromium-headless-shell, and pip install playwright"


def _unavailable() -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(f"the page is not tested: {_HOW}", pytrace=False)
    pytest.skip(f"for the page in a browser: {_HOW}", allow_module_level=True)


# The full browser takes three times the processor time for the same pages.
_CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium") or ""
if not _CHROMIUM:
    _unavailable()
try:
    from playwright.sync_api import Browser, BrowserContext, Dialog, Locator, Page, Route, expect, sync_playwright
except ImportError:
    _unavailable()

__all__ = ["PASSWORD", "Browser", "Company", "Dialog", "Page", "Person", "Route", "chromium", "expect"]
DEADLINE_MS = 20_000
PASSWORD = "sesame"
_SHOWS_PAST = """
    const get = Storage.prototype.getItem; // so that nothing is kept for it
    Storage.prototype.getItem = function (key) { return key === "chat-history" ? "shown" : get.call(this, key); };
"""
expect.set_options(timeout=DEADLINE_MS)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run the browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_arguments())
        try:
            yield browser
        finally:
            browser.close()


def _arguments(*more: str) -> list[str]:
    return [*more, *(["--no-sandbox"] if os.geteuid() == 0 else [])]


@contextmanager
def trusting(browser: Browser, key_digest: str, folder: Path) -> Iterator[BrowserContext]:
    """Run another browser, with its profile in the folder, that trusts the certificate with this public key."""
    arguments = _arguments(f"--ignore-certificate-errors-spki-list={key_digest}")
    context = browser.browser_type.launch_persistent_context(folder, executable_path=_CHROMIUM, args=arguments)
    try:
        yield context
    finally:
        context.close()


@contextmanager
def resolving(browser: Browser, name: str) -> Iterator[BrowserContext]:
    """Run another browser, that resolves this name to this machine."""
    arguments = _arguments(f"--host-resolver-rules=MAP {name} 127.0.0.1")
    another = browser.browser_type.launch(executable_path=_CHROMIUM, args=arguments)
    try:
        yield another.new_context(ignore_https_errors=True)
    finally:
        another.close()


class Person:
    """Somebody with a browser of their own. An error in the page's script fails the test (see `check`)."""

    def __init__(self, browser: Browser, url: str, *, shows_past: bool = True, **options: Any) -> None:
        """Open a window; with `shows_past`, older messages of a room are shown at once."""
        self.context: BrowserContext = browser.new_context(ignore_https_errors=True, locale="en-GB", **options)
        self.context.set_default_timeout(DEADLINE_MS)
        if shows_past:
            self.context.add_init_script(_SHOWS_PAST)
        self.page: Page = self.context.new_page()
        self.url = url
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.sockets = 0
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("websocket", lambda _: self._count_socket())

    def _count_socket(self) -> None:
        self.sockets += 1

    @property
    def log(self) -> Locator:
        """Return the messages of the current room."""
        return self.page.locator("#log")

    @property
    def texts(self) -> Locator:
        """Return the texts in the current room, one element per message."""
        return self.page.locator("#log .entry .text")

    def open(self, fragment: str = "") -> None:
        """Go to the page."""
        self.page.goto(f"{self.url}/{fragment}")

    def replace_script(self, name: str, text: str) -> None:
        """Replace the text of one of the page's scripts, from the next time the page is opened."""
        scripts = {path: source.decode() for path, source in SOURCES.items() if path.endswith(".js")}
        assert name in scripts
        joined = join_modules({**scripts, name: text}, "app.js")
        self.page.route("**/app.js", lambda route: route.fulfill(body=joined, content_type="text/javascript"))

    def log_in(self, name: str, password: str = PASSWORD) -> None:
        """Fill in the form and send it."""
        self.page.get_by_label("Username").fill(name)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Join", exact=True).click()

    def enter(self, name: str, password: str = PASSWORD, fragment: str = "") -> None:
        """Open the page, log in, and wait until the person is in."""
        self.open(fragment)
        self.log_in(name, password)
        self.expect_member(name)

    def say(self, text: str) -> None:
        """Type something and send it."""
        self.page.locator("#text").fill(text)
        self.page.locator("#text").press("Enter")

    def join(self, room: str) -> None:
        """Enter a room by the form below the list of rooms."""
        self.page.get_by_label("Join or create a room").fill(room)
        self.page.get_by_role("button", name="Join the room").click()
        expect(self.page.locator("#room-name")).to_have_text("#" + room.removeprefix("#"))

    def look_at(self, name: str) -> None:
        """Choose a room or conversation from the lists."""
        self.page.locator("#rooms li button").filter(has_text=name).click()
        expect(self.page.locator("#room-name")).to_have_text(name)

    def expect_member(self, name: str) -> None:
        """Wait until a name is among the members."""
        expect(self.page.locator("#member-list .label").get_by_text(name, exact=True)).to_be_attached()

    def expect_said(self, text: str, times: int = 1) -> None:
        """Wait until exactly this was said, and this often."""
        expect(self.texts.get_by_text(text, exact=True)).to_have_count(times)

    def check(self) -> None:
        """Fail if the page's script failed, or contacted another host."""
        assert self.errors == []
        assert [url for url in self.requests if not url.startswith(self.url.rsplit("/", 1)[0])] == []


class Company:
    """All people of one test."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._people: list[Person] = []

    def person(self, url: str, **options: Any) -> Person:
        """Return a new person. `options` are those of a Person, and of a playwright browser context."""
        person = Person(self._browser, url, **options)
        self._people.append(person)
        return person

    def leave(self) -> None:
        """Close all browsers' windows."""
        for person in self._people:
            person.context.close()
        for person in self._people:
            person.check()
