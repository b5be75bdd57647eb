"""Masks of chatcore.protocol.names: https://modern.ircdocs.horse/#wildcard-expressions."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chatcore.protocol.names import casefold, mask_matches, normalize_ban_mask
from tests.support.generated import PROPERTY

_MASKS = st.text("ab*?AB.[\\\n", max_size=12)


def _glob_reference(mask: str, text: str) -> bool:
    """Match by the definition, one table row for each character of the mask; slow, and hard to get wrong."""
    reached = [True] + [False] * len(text)
    for character in mask:
        previous = reached
        if character == "*":
            reached = [any(previous[: place + 1]) for place in range(len(text) + 1)]
        else:
            reached = [False] + [
                previous[place] and (character == "?" or casefold(character) == casefold(text[place]))
                for place in range(len(text))
            ]
    return reached[-1]


@PROPERTY
@given(_MASKS, st.text("abAB.[\\\n", max_size=12))
@example("*ab*ab*", "abab")
@example("*ab*ab", "ab")
@example("a**?", "ab")
@example("a?", "a\n")
def test_mask_matches_as_the_definition_says(mask: str, text: str) -> None:
    """The rule: "'?' to match one and only one character, and '*' to match any number of any characters"."""
    assert mask_matches(mask, text) == _glob_reference(mask, text)


@pytest.mark.parametrize(
    ("mask", "text", "matches"),
    [
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("a*c", "ac", True),
        ("a*c", "abbbc", True),
        ("a*c", "abcd", False),
        ("*!*@10.0.0.*", "ann!a@10.0.0.7", True),
        ("*!*@10.0.0.*", "ann!a@10x0.0.7", False),
        ("ANN!*@*", "ann!a@host", True),
        ("Ä*", "äb", False),
        ("a?", "a世", True),
        ("*", "", True),
        ("?", "", False),
        ("", "", True),
        ("", "a", False),
        ("a*b", "a\nb", True),
        ("a", "a\n", False),
        (r"a\b!*@*", r"a\b!u@h", True),
        (r"a\*", r"a\b", True),
    ],
)
def test_masks(mask: str, text: str, matches: bool) -> None:
    assert mask_matches(mask, text) is matches


@pytest.mark.parametrize("part", ["a", "a?", "?a", "aa"])
@pytest.mark.parametrize("stars", [20, 200])
def test_hostile_mask_takes_linear_time(part: str, stars: int) -> None:
    """Trying every way to spread the text over the stars would take longer than the test may."""
    text = "a" * 500
    assert not mask_matches(f"*{part}" * stars + "*b", text)
    assert not mask_matches(f"*{part}" * stars + "*b*", text)
    assert not mask_matches("b" + f"*{part}" * stars, text)
    assert mask_matches(f"*{part}" * stars, text)


@pytest.mark.parametrize(
    ("written", "mask"),
    [
        ("ann", "ann!*@*"),
        ("ann!a", "ann!a@*"),
        ("ann!", "ann!*@*"),
        ("ann!a@", "ann!a@*"),
        ("ann!@host", "ann!*@host"),
        ("!a@host", "*!a@host"),
        ("a@host", "*!a@host"),
        ("@host", "*!*@host"),
        ("a@", "*!a@*"),
        ("10.0.0.7", "*!*@10.0.0.7"),
        ("10.0.*", "*!*@10.0.*"),
        ("0::1", "*!*@0::1"),
        ("*", "*!*@*"),
        ("", "*!*@*"),
        ("ann!a@host", "ann!a@host"),
    ],
)
def test_ban_mask_is_completed(written: str, mask: str) -> None:
    assert normalize_ban_mask(written) == mask


@PROPERTY
@given(st.text("ab*?!@.:", max_size=15))
def test_completed_ban_mask_is_complete(written: str) -> None:
    mask = normalize_ban_mask(written)
    assert normalize_ban_mask(mask) == mask
    nick, bang, rest = mask.partition("!")
    user, at, host = rest.partition("@")
    assert all((nick, bang, user, at, host))
