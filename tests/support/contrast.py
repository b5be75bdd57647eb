"""Contrast by WCAG 2, and colours of the 256-colour palette."""

from __future__ import annotations

import re

from chatcore.prompting.background import luminance

RGB = tuple[int, int, int]

BLACK, SOLARIZED_DARK, WHITE, SOLARIZED_LIGHT = (0, 0, 0), (0, 0x2B, 0x36), (255, 255, 255), (0xFD, 0xF6, 0xE3)
DARK_GROUNDS, LIGHT_GROUNDS = (BLACK, SOLARIZED_DARK), (WHITE, SOLARIZED_LIGHT)

# The sixteen of a Linux console.
_CONSOLE = (
    "000000 aa0000 00aa00 aa5500 0000aa aa00aa 00aaaa aaaaaa 555555 ff5555 55ff55 ffff55 5555ff ff55ff 55ffff ffffff"
)


def from_hex(text: str) -> RGB:
    """Return a colour written as `#rrggbb`."""
    red, green, blue = bytes.fromhex(text.removeprefix("#"))
    return red, green, blue


def from_palette(number: int) -> RGB:
    """Return a colour of the 256-colour palette, as xterm has it."""
    if number < 16:
        return from_hex(_CONSOLE.split()[number])
    if number >= 232:
        grey = 8 + 10 * (number - 232)
        return grey, grey, grey
    red, green, blue = (0 if level == 0 else 55 + 40 * level for level in divmod_cube(number - 16))
    return red, green, blue


def divmod_cube(number: int) -> RGB:
    return number // 36, number // 6 % 6, number % 6


def ink(sgr: str) -> RGB | None:
    """Return the colour that SGR parameters set; None if they do not change it."""
    of_256 = re.search(r"38;5;(\d+)", sgr)
    if of_256:
        return from_palette(int(of_256[1]))
    of_16 = re.search(r"\b([39])([0-7])\b", sgr)
    return from_palette(int(of_16[2]) + (8 if of_16[1] == "9" else 0)) if of_16 else None


def contrast(one: RGB, other: RGB) -> float:
    """Return the contrast of two colours, from 1 to 21 (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio)."""
    darker, lighter = sorted(luminance(*(value / 255 for value in colour)) for colour in (one, other))
    return (lighter + 0.05) / (darker + 0.05)
