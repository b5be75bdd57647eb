"""All text is readable on every common background."""

from __future__ import annotations

import itertools

import pytest

from chatcore.prompting.theme import Background, Depth, Role, Theme, depth_of
from chatcore.protocol.nick_colour import HUES, hue_index
from tests.support.contrast import BLACK, DARK_GROUNDS, LIGHT_GROUNDS, RGB, WHITE, contrast, from_palette, ink

_NAMES = {hue_index(name): name for name in map(str, range(200))}


def _inks(theme: Theme) -> dict[str, RGB]:
    looks = {role.value: theme[role] for role in Role} | {f"name {hue}": theme.name(_NAMES[hue]) for hue in _NAMES}
    return {what: colour for what, sgr in looks.items() if (colour := ink(sgr)) is not None}


@pytest.mark.parametrize(
    ("theme", "grounds", "least"),
    [
        (Theme(Background.DARK), DARK_GROUNDS, 4.5),
        (Theme(Background.LIGHT), LIGHT_GROUNDS, 4.5),
        (Theme(Background.UNKNOWN), DARK_GROUNDS + LIGHT_GROUNDS, 3),
        (Theme(Background.DARK, Depth.SIXTEEN), [BLACK], 4.5),
        (Theme(Background.LIGHT, Depth.SIXTEEN), [WHITE], 4.5),
    ],
)
def test_every_colour_has_enough_contrast(theme: Theme, grounds: list[RGB], least: float) -> None:
    """At least 4.5, as https://www.w3.org/TR/WCAG22/#contrast-minimum demands for text."""
    inks = _inks(theme)
    assert len(inks) >= len(HUES)
    for (what, colour), ground in itertools.product(inks.items(), grounds):
        assert contrast(colour, ground) >= least, (what, ground)


@pytest.mark.parametrize("which", [0, 1])
def test_hues_are_distinguishable(which: int) -> None:
    """The least distance between two hues, in OKLab (https://bottosson.github.io/posts/oklab/)."""
    least = min(
        sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5
        for one, other in itertools.combinations([_oklab(from_palette(hue[which])) for hue in HUES], 2)
    )
    assert least > 0.088


def test_quiet_text_differs_from_text_and_names() -> None:
    for background in (Background.DARK, Background.LIGHT):
        theme = Theme(background)
        quiet = {theme[role] for role in (Role.TIME, Role.PLACE, Role.TOLD, Role.HISTORY, Role.PENDING, Role.RULE)}
        assert len(quiet) == 1
        assert not quiet & {
            theme[Role.TEXT],
            theme[Role.PROBLEM],
            theme[Role.MENTION],
            *map(theme.name, _NAMES.values()),
        }


def test_names_of_one_hue_differ_in_style() -> None:
    theme = Theme(Background.DARK)
    assert [theme.name("alice", twin) for twin in range(5)] == [
        "38;5;218",
        "1;38;5;218",
        "4;38;5;218",
        "1;4;38;5;218",
        "38;5;218",
    ]


def test_without_colours_only_bold_is_used() -> None:
    theme = Theme(Background.DARK, Depth.NONE)
    assert {theme[role] for role in Role} == {"", "1"}
    assert theme.name("alice", 1) == ""
    assert Theme(Background.UNKNOWN, Depth.SIXTEEN).name("alice") == ""


@pytest.mark.parametrize(
    ("environment", "depth"),
    [
        ({"TERM": "xterm-256color"}, Depth.MANY),
        ({"TERM": "xterm-kitty"}, Depth.MANY),
        ({}, Depth.MANY),
        ({"TERM": "linux"}, Depth.SIXTEEN),
        ({"TERM": "rxvt-16color"}, Depth.SIXTEEN),
        ({"TERM": "linux", "COLORTERM": "truecolor"}, Depth.MANY),
        ({"TERM": "vt220"}, Depth.NONE),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, Depth.NONE),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, Depth.MANY),
    ],
)
def test_the_depth_follows_the_environment(environment: dict[str, str], depth: Depth) -> None:
    assert depth_of(environment) is depth


def _oklab(rgb: RGB) -> tuple[float, float, float]:
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in (v / 255 for v in rgb)
    )
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )
