"""Guessing which command a mistyped name means: one that begins with it, or is a slip of the fingers away. Pure."""

from __future__ import annotations

from collections.abc import Collection

_LEAST_CHARS_BEGUN = 2
_LEAST_CHARS_FOR_ONE_SLIP = 3
_LEAST_CHARS_FOR_TWO = 6


def near(name: str, known: Collection[str]) -> list[str]:
    """Return the names that may have been meant, best first; none if none is close enough."""
    if len(name) > max(map(len, known), default=0) + 2:
        return []
    ranked = []
    for number, each in enumerate(known):
        is_begun = len(name) >= _LEAST_CHARS_BEGUN and each.startswith(name)
        slips = 0 if is_begun else slips_between(name, each)
        if slips <= _most_slips(name):
            ranked.append((slips, number, each))
    return [each for _, _, each in sorted(ranked)]


def slips_between(typed: str, meant: str) -> int:
    """Return the edit distance: a slip is a letter too many, too few or wrong, or two neighbours swapped.

    This is the restricted Damerau-Levenshtein distance (optimal string alignment).
    """
    before: list[int] = []
    row = list(range(len(meant) + 1))
    for number, letter in enumerate(typed, 1):
        before, last, row = row, before, [number]
        for column, other in enumerate(meant, 1):
            best = min(before[column] + 1, row[column - 1] + 1, before[column - 1] + (letter != other))
            if number > 1 and column > 1 and (letter, typed[number - 2]) == (meant[column - 2], other):
                best = min(best, last[column - 2] + 1)
            row.append(best)
    return row[-1]


def _most_slips(name: str) -> int:
    return (len(name) >= _LEAST_CHARS_FOR_ONE_SLIP) + (len(name) >= _LEAST_CHARS_FOR_TWO)
