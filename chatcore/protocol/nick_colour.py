"""The colour of a name: the same hue in every client, in the page, and in the log that the operator reads.

The index into `HUES` is the 32-bit FNV-1a hash of the casefolded name in UTF-8, modulo the number of hues.

A hue is three colours of the 256-colour palette, which look the same on nearly every terminal (except those below 22,
which people change, so they are not used). `dark` is for dark backgrounds and `light` for light ones, with a contrast
of at least 4.5 on black and #002b36, or on white and #fdf6e3, and on all backgrounds of the page; `either` is for
unknown backgrounds, with a contrast of at least 3 on all four. The first two were chosen together: of all pairs that
are at most 30 degrees of hue apart, the twelve with the greatest least distance in OKLab, with lightness counted half.
"""

from __future__ import annotations

from typing import NamedTuple

from chatcore.protocol.names import casefold


class Hue(NamedTuple):
    """Indexes into the 256-colour palette."""

    dark: int
    light: int
    either: int


HUES = (
    Hue(117, 26, 32),
    Hue(149, 22, 28),
    Hue(79, 23, 30),
    Hue(111, 57, 103),
    Hue(141, 61, 63),
    Hue(176, 54, 134),
    Hue(207, 92, 200),
    Hue(210, 124, 196),
    Hue(119, 58, 136),
    Hue(205, 89, 198),
    Hue(208, 52, 131),
    Hue(218, 127, 129),
)


def hue_index(nick: str) -> int:
    """Return the index of a nick's hue in `HUES`."""
    digest = 0x811C9DC5
    for byte in casefold(nick).encode(errors="replace"):
        digest = (digest ^ byte) * 0x01000193 & 0xFFFFFFFF
    return digest % len(HUES)


def nick_colour(nick: str) -> str:
    """Return the SGR parameters of a nick's colour for an unknown background."""
    return f"38;5;{HUES[hue_index(nick)].either}"
