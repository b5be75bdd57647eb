"""Whether a terminal is dark or light: the question (OSC 11), and finding its answer in the input. Pure.

The question is followed by one that every terminal answers (DA1): after that answer, no other will come. Answers can be
late and arrive in the middle of a line, so until then all input passes through `Answers`.

https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from chatcore.prompting.theme import Background

QUESTION = "\x1b]11;?\x1b\\\x1b[c"

_ANSWER = re.compile(r"\x1b\]11;(?P<colour>[^\x07\x1b]*)(?:\x07|\x1b\\)|(?P<fence>\x1b\[\?[0-9;]*c)")
# The beginning of an answer at the end of the input. ESC alone is more likely a key.
_BEGUN = re.compile(r"\x1b(?:\](?:1(?:1(?:;[^\x07\x1b]{0,40}\x1b?)?)?)?|\[(?:\?[0-9;]{0,40})?)\Z")
_RGB = re.compile(r"rgba?:([0-9a-f]{1,4})/([0-9a-f]{1,4})/([0-9a-f]{1,4})", re.IGNORECASE)
_MIDDLE = 0.18  # the luminance with the same contrast to black and to white


class Answers:
    """Removes answers from the input."""

    def __init__(self) -> None:
        self.background = Background.UNKNOWN
        self.are_complete = False
        self._kept = ""
        self._passed_on = 0  # how many kept characters were passed on: an ESC, which might have been a key

    def take_out(self, read: str) -> str:
        """Return the input without answers. What may begin an answer is kept until more is read."""
        if not read or self.are_complete:
            return read
        text, passed_on = self._kept + read, self._passed_on
        for answer in _ANSWER.finditer(text):
            self.are_complete = self.are_complete or answer["fence"] is not None
            if answer["colour"] is not None:
                self.background = _background(answer["colour"])
            if answer.start() == 0:
                passed_on = 0
        rest = _ANSWER.sub("", text)
        begun = None if self.are_complete else _BEGUN.search(rest)
        end = begun.start() if begun else len(rest)
        self._kept, self._passed_on = rest[end:], passed_on if end == 0 else 0
        if not begun and rest.endswith("\x1b"):
            self._kept, self._passed_on = "\x1b", 1
        return rest[passed_on:end]


def hinted(environment: Mapping[str, str]) -> Background:
    """Return the background as TERM or COLORFGBG tell it (`15;0`, or three numbers)."""
    if environment.get("TERM") == "linux":
        return Background.DARK
    number = environment.get("COLORFGBG", "").rpartition(";")[2]
    if not (number.isascii() and number.isdigit() and int(number) < 16):
        return Background.UNKNOWN
    return Background.LIGHT if number == "7" or int(number) > 8 else Background.DARK


def _background(colour: str) -> Background:
    found = _RGB.match(colour)
    if not found:
        return Background.UNKNOWN
    red, green, blue = (int(value, 16) / (16 ** len(value) - 1) for value in found.groups())
    return Background.DARK if luminance(red, green, blue) < _MIDDLE else Background.LIGHT


def luminance(*rgb: float) -> float:
    """Return the relative luminance of a colour whose red, green and blue are from 0 to 1 (WCAG 2)."""
    red, green, blue = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
