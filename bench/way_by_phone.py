"""A phone: Chromium in a phone's size, which does not know the tracker's certificate and warns of it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import suppress

from playwright.sync_api import Error, sync_playwright

from bench.person import Person

_PHONE = {"viewport": {"width": 390, "height": 780}, "device_scale_factor": 1.5, "is_mobile": True, "has_touch": True}
# chromium-headless-shell has no warning page: this is the full browser, which needs no display either.
_WITHOUT_A_DISPLAY = "--headless=new"


def by_phone(link: str, name: str, text: str, person: Person, until_heard: Callable[[], float]) -> float:
    """Join by the link, and say something; return what `until_heard` returns. The browser is running already."""
    arguments = [_WITHOUT_A_DISPLAY, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), headless=False, args=arguments, ignore_default_args=["--headless"]
        )
        page = browser.new_context(locale="en-GB", **_PHONE).new_page()  # type: ignore[arg-type]  # of several types
        person.begin()
        with suppress(Error):  # the certificate's warning
            person.scan(lambda: page.goto(link))
        page.locator("#details-button").wait_for()
        person.read()
        person.tap("Advanced", page.locator("#details-button").tap)
        person.tap("Proceed", page.locator("#proceed-link").tap)
        page.get_by_label("Username").wait_for()
        person.read()
        person.tap("Username", page.get_by_label("Username").tap)
        person.type(name, page.keyboard.press)
        person.tap("Join", page.get_by_role("button", name="Join", exact=True).tap)
        page.locator("#text").wait_for()
        person.tap("the line to write in", page.locator("#text").tap)
        person.type(f"{text}\r", lambda key: page.keyboard.press("Enter" if key == "\r" else key))
        heard = until_heard()
        browser.close()
    return heard
