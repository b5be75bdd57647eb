"""Names the first difference between the lines that were sealed and those that are there. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

Difference = Literal["altered", "missing", "doubled", "reordered", "added"]


def first_difference(sealed: Sequence[str], found: Sequence[str]) -> tuple[Difference, int] | None:
    """Return what is the matter with which line, counted from 0; None if there is no difference. They are digests.

    What is missing is counted where it was, everything else where it is.
    """
    both = min(len(sealed), len(found))
    place = next((place for place in range(both) if sealed[place] != found[place]), both)
    if place == len(sealed) == len(found):
        return None
    if place == len(found):
        return "missing", place
    if place == len(sealed):
        return ("doubled" if found[place] in sealed else "added"), place
    return _name(sealed, found, place), place


def _name(sealed: Sequence[str], found: Sequence[str], place: int) -> Difference:
    """Name what is the matter where they begin to differ."""
    due, there = sealed[place], found[place]
    comes_later, was_due_before = due in found[place:], there in sealed[:place]
    if there in sealed[place:]:
        return "reordered" if comes_later else "missing"
    if was_due_before:
        return "doubled"
    return "added" if comes_later else "altered"
