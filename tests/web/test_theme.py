"""Light and dark theme: the page, and the browser's toolbar on a phone."""

from __future__ import annotations

from tests.support.browser import Browser
from tests.support.together import wait_until
from tests.support.trackers import Hosted

_COLOURS = """() => {
    const shown = (meta) => matchMedia(meta.media).matches;
    const [bar, ...others] = [...document.querySelectorAll("meta[name=theme-color]")].filter(shown);
    const page = getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).map(Number);
    const hex = "#" + page.map((part) => part.toString(16).padStart(2, "0")).join("");
    return [bar.content, hex, others.length, document.getElementById("theme").getAttribute("aria-pressed")];
}"""
_LIGHT, _DARK = ["#f5f6f9", "#f5f6f9", 0, "false"], ["#14171d", "#14171d", 0, "true"]


def test_the_browsers_toolbar_has_the_pages_colour(browser: Browser, tracker: Hosted) -> None:
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{tracker.port}/")
    wait_until(lambda: page.evaluate(_COLOURS) == _DARK)
    page.emulate_media(color_scheme="light")
    wait_until(lambda: page.evaluate(_COLOURS) == _LIGHT)
    page.evaluate("document.getElementById('theme').click()")
    wait_until(lambda: page.evaluate(_COLOURS) == _DARK)
    page.reload()
    wait_until(lambda: page.evaluate(_COLOURS) == _DARK)
    page.emulate_media(color_scheme="dark")
    page.evaluate("document.getElementById('theme').click()")
    wait_until(lambda: page.evaluate(_COLOURS) == _LIGHT)
    context.close()
