"""Styled fragments of text, laid out in lines that fit the window. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from wcwidth import iter_graphemes, wcswidth

from chatcore.prompting.theme import Role, Theme
from chatcore.terminal.screen.wrap import cuts, hanging_indent


class Fragment(NamedTuple):
    """A piece of a line and its style: the parameters of ECMA-48's SGR, or ''."""

    sgr: str
    text: str


class Look(NamedTuple):
    """What rendering for a terminal depends on, apart from the item itself."""

    now: datetime
    """Local time, used for items that have none."""
    day: date
    """The day last announced: lines of other days show a date."""
    theme: Theme
    width: int
    """In columns."""
    is_again: bool = False
    """Whether the item was shown before: if it has no time, its time is unknown, not now."""


def as_ansi(fragments: Iterable[Fragment]) -> str:
    """Return the fragments as one string with escape sequences."""
    runs = [(sgr, as_text(run)) for sgr, run in groupby(fragments, attrgetter("sgr"))]
    return "".join(f"\x1b[{sgr}m{text}\x1b[0m" if sgr and text else text for sgr, text in runs)


def as_text(fragments: Iterable[Fragment]) -> str:
    """Return the text of the fragments without styles."""
    return "".join(text for _, text in fragments)


def fitted(before: list[Fragment], text: list[Fragment], width: int) -> list[Fragment]:
    """Return `text` broken into lines that fit, the first after `before` and the others indented."""
    column = wcswidth(as_text(before))
    pending = list(cuts(as_text(text), column, width, hanging_indent(column, width)))[::-1]
    lines, begin = list(before), 0
    for sgr, part in text:
        pieces, position, end = [], begin, begin + len(part)
        while pending and pending[-1].start < end:
            cut = pending.pop()
            pieces.append(part[position - begin : cut.start - begin])
            pieces.append("" if cut.indent is None else f"\n{' ' * cut.indent}")
            position = cut.end
        lines.append(Fragment(sgr, "".join([*pieces, part[position - begin :]])))
        begin = end
    return lines


def cut(text: str, columns: int) -> str:
    """Return a text, shortened with an ellipsis if it does not fit."""
    if wcswidth(text) <= columns:
        return text
    fitting, width = "", 0
    for grapheme in iter_graphemes(text):
        width += max(0, wcswidth(grapheme))
        if width >= columns:
            break
        fitting += grapheme
    return fitting + "…" if columns > 0 else ""


def line_across(forms: Sequence[str], look: Look, role: Role = Role.RULE) -> list[Fragment]:
    """Return a rule with the first of these texts that fits, or else with the last one cut off."""
    lines = [f"\u2500\u2500 {form} \u2500\u2500" for form in forms]
    fitting = next((line for line in lines if wcswidth(line) <= look.width), lines[-1][: look.width])
    return [Fragment(look.theme[role], fitting)]
