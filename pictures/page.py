"""The page in the same chat: at a desk, in light and in dark, and on a phone."""

from __future__ import annotations

import base64
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from playwright.sync_api import Browser, Page, sync_playwright

_URL = "http://127.0.0.1:8000/"
_DESK = {"viewport": {"width": 1120, "height": 700}}
_PHONE = {"viewport": {"width": 390, "height": 780}, "device_scale_factor": 1.5, "is_mobile": True, "has_touch": True}

_TOGETHER = """
<style>
  body { margin: 0; width: 1180px; height: 690px; position: relative; background: #eceff6 }
  img { position: absolute; border-radius: 10px; box-shadow: 0 6px 28px #0006 }
</style>
<img style="left: 24px; top: 24px; width: 800px" src="data:image/png;base64,%s">
<img style="left: 84px; bottom: 24px; width: 700px" src="data:image/svg+xml;base64,%s">
<img style="right: 24px; top: 44px; width: 300px; border: 6px solid #111; border-radius: 26px"
     src="data:image/png;base64,%s">
"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser, and close it at the end."""
    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


def come_in(
    browser: Browser, name: str, password: str, scheme: Literal["light", "dark"], *, has_phone: bool = False
) -> Page:
    """Join under a name, with a light or a dark page; return the page."""
    options: dict[str, Any] = _PHONE if has_phone else _DESK
    page = browser.new_context(locale="en-GB", color_scheme=scheme, **options).new_page()
    page.goto(_URL)
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Join", exact=True).click()
    page.locator("#log .told").first.wait_for()
    return page


def say(page: Page, text: str) -> None:
    """Type a message and send it; return once it has arrived."""
    page.locator("#text").fill(text)
    page.locator("#text").press("Enter")
    page.locator("#log .entry:not(.waiting) .text").last.wait_for()


def picture(page: Page) -> bytes:
    """Return a screenshot of the page, as a PNG."""
    return page.screenshot(animations="disabled", caret="hide")


def together(browser: Browser, desk: Page, phone: Page, terminal: str) -> bytes:
    """Return one JPEG of a page at a desk, of one on a phone, and of a terminal (an SVG)."""
    desk.set_viewport_size({"width": 800, "height": 470})
    phone.set_viewport_size({"width": 340, "height": 660})
    images = (picture(desk), terminal.encode(), picture(phone))
    page = browser.new_page(viewport={"width": 1180, "height": 690}, device_scale_factor=1.25)
    page.set_content(_TOGETHER % tuple(base64.b64encode(image).decode() for image in images))
    return page.screenshot(type="jpeg", quality=80)
