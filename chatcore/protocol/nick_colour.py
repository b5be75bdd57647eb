"""The colour of a name: the same in every client, in the page and where the operator reads the log.

The index into `NICK_COLOURS` is the 32-bit FNV-1a hash of the casefolded name in UTF-8, modulo the number of colours.
"""

from __future__ import annotations

from chatcore.protocol.names import casefold

NICK_COLOURS = (33, 34, 37, 69, 74, 98, 127, 131, 136, 161, 166, 172)
"""Colours of the 256-colour palette that are readable on black and on white."""


def nick_colour(nick: str) -> str:
    """Return the SGR parameters of a nick's colour."""
    digest = 0x811C9DC5
    for byte in casefold(nick).encode(errors="replace"):
        digest = (digest ^ byte) * 0x01000193 & 0xFFFFFFFF
    return f"38;5;{NICK_COLOURS[digest % len(NICK_COLOURS)]}"
