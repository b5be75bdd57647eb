"""Names the first difference between the sealed lines and the lines found. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

Difference = Literal["altered", "missing", "doubled", "reordered", "added"]


def first_difference(sealed: Sequence[str], found: Sequence[str]) -> tuple[Difference, int] | None:
    """Return the first difference between two lists of digests, with its line (from 0); None if there is none.

    The line number of a missing line is its sealed one; of all other differences, it is that in the file.
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
    """Name the difference at the first line that differs."""
    due, there = sealed[place], found[place]
    comes_later, was_due_before = due in found[place:], there in sealed[:place]
    if there in sealed[place:]:
        return "reordered" if comes_later else "missing"
    if was_due_before:
        return "doubled"
    return "added" if comes_later else "altered"
