"""Draw the page's icons from icon.svg: python -m pictures.icons."""

from __future__ import annotations

import struct
from pathlib import Path

from playwright.sync_api import Browser

from pictures.page import chromium

_WEB = Path(__file__).parents[1] / "chatcore" / "web"
_BLUE = "#3b5bdb"  # the icon's own
_ICONS = {
    "icon-192.png": (192, "", 100),
    "icon-512.png": (512, "", 100),
    "icon-180.png": (180, _BLUE, 100),  # phones round the corners themselves, and show black where it is transparent
    "icon-maskable.png": (512, _BLUE, 80),  # the inner four fifths stay, whatever the shape
}
"""Pixels, background, and the percentage of the width that the icon takes."""


def _drawn(browser: Browser, pixels: int, background: str, percent: int) -> bytes:
    page = browser.new_page(viewport={"width": pixels, "height": pixels})
    style = f"margin: 0; display: grid; place-items: center; height: 100vh; background: {background or 'none'}"
    page.set_content(f'<body style="{style}">{(_WEB / "icon.svg").read_text(encoding="utf-8")}</body>')
    page.eval_on_selector("svg", "(svg, percent) => { svg.style.width = svg.style.height = percent + '%' }", percent)
    drawn = page.screenshot(omit_background=not background)
    page.close()
    return drawn


def _ico(png: bytes, pixels: int) -> bytes:
    """Return a favicon.ico with one picture, which may be a PNG since Windows Vista."""
    return struct.pack("<3H4B2H2I", 0, 1, 1, pixels, pixels, 0, 0, 1, 32, len(png), 22) + png


def main() -> None:
    """Draw all of them."""
    with chromium() as browser:
        for name, how in _ICONS.items():
            (_WEB / name).write_bytes(_drawn(browser, *how))
        (_WEB / "favicon.ico").write_bytes(_ico(_drawn(browser, 32, "", 100), 32))


if __name__ == "__main__":
    main()
