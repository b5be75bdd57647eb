"""The page in the same chat: somebody at a desk, in light and in dark, and somebody with a phone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from playwright.sync_api import Browser, Page, sync_playwright

_URL = "http://127.0.0.1:8000/"
_DESK = {"viewport": {"width": 1120, "height": 700}}
_PHONE = {"viewport": {"width": 390, "height": 780}, "device_scale_factor": 1.5, "is_mobile": True, "has_touch": True}


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run the browser."""
    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


def come_in(
    browser: Browser, name: str, password: str, scheme: Literal["light", "dark"], *, has_phone: bool = False
) -> Page:
    """Come in as somebody, whose page is light or dark."""
    options: dict[str, Any] = _PHONE if has_phone else _DESK
    page = browser.new_context(locale="en-GB", color_scheme=scheme, **options).new_page()
    page.goto(_URL)
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Join", exact=True).click()
    page.locator("#log .told").first.wait_for()
    return page


def say(page: Page, text: str) -> None:
    """Type something and send it; it has arrived then."""
    page.locator("#text").fill(text)
    page.locator("#text").press("Enter")
    page.locator("#log .entry:not(.waiting) .text").last.wait_for()


def picture(page: Page) -> bytes:
    """Return the page as it looks, as a PNG."""
    return page.screenshot(animations="disabled", caret="hide")
