"""The page's names have the terminal client's hues, and can be read on every background."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from chatcore.protocol.nick_colour import HUES
from tests.support.contrast import contrast, from_hex, from_palette

_STYLE = (Path(__file__).parents[2] / "chatcore/web/style.css").read_text(encoding="utf-8")
_PAIR = r"light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)"

_GROUNDS = ("page", "surface", "raised", "hover", "mention", "found", "chosen", "code")


def _pair(pattern: str) -> tuple[str, str]:
    found = re.search(pattern + _PAIR, _STYLE)
    assert found, pattern
    return found[1], found[2]


@pytest.mark.parametrize("number", range(len(HUES)))
def test_name_colours_match_the_terminal(number: int) -> None:
    light, dark = _pair(rf"\.name-{number} \{{ --name: ")
    assert (from_hex(light), from_hex(dark)) == (from_palette(HUES[number].light), from_palette(HUES[number].dark))


@pytest.mark.parametrize("scheme", [0, 1])
def test_contrast(scheme: int) -> None:
    """At least 4.5, as https://www.w3.org/TR/WCAG22/#contrast-minimum has it for text."""
    inks = [
        *(f"--{name}: " for name in ("text", "quiet", "danger")),
        *(rf"\.name-{n} \{{ --name: " for n in range(len(HUES))),
        *(rf"\.ink-{n} \{{ color: " for n in range(16)),
    ]
    for ink, ground in itertools.product(inks, _GROUNDS):
        assert contrast(from_hex(_pair(ink)[scheme]), from_hex(_pair(f"--{ground}: ")[scheme])) >= 4.5, (ink, ground)
