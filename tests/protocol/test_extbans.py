"""Extended bans: entries of the ban list that are more than a mask."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.protocol.extbans import EXTBAN_TOKEN, EXTBANS, BanEntry, Effect, Subject, complete_mask, read_entry
from chatcore.protocol.names import casefold


@pytest.mark.parametrize(
    ("typed", "mask"),
    [
        ("eve", "eve!*@*"),
        ("m:eve", "m:eve!*@*"),
        ("M:Eve", "m:Eve!*@*"),
        ("m:eve!*@*", "m:eve!*@*"),
        ("m:*@10.0.0.1", "m:*!*@10.0.0.1"),
        ("m:2001:db8::1", "m:*!*@2001:db8::1"),
        ("2001:db8::1", "*!*@2001:db8::1"),
        ("z:eve", "*!*@z:eve"),
        ("m", "m!*@*"),
        ("R:Bob", "R:Bob"),
        ("r:b*", "R:b*"),
        ("m:r:bob", "m:R:bob"),
        ("R:m:x", "R:m:x"),
        ("m:m:eve", "m:*!*@m:eve"),
    ],
)
@pytest.mark.parametrize("letter", ["b", "e"])
def test_a_typed_mask_is_completed(letter: str, typed: str, mask: str) -> None:
    assert complete_mask(letter, typed) == mask


@pytest.mark.parametrize(
    ("letter", "typed"), [("b", "m:"), ("e", "M:"), ("I", "m:eve"), ("b", "R:"), ("I", "m:R:eve"), ("b", "m:R:")]
)
def test_an_invalid_extended_ban_is_refused(letter: str, typed: str) -> None:
    with pytest.raises(ValueError, match="extended ban"):
        complete_mask(letter, typed)


def test_other_lists_have_plain_masks() -> None:
    assert complete_mask("I", "eve") == "eve!*@*"
    assert complete_mask("I", "r:eve") == "R:eve"


@pytest.mark.parametrize(
    ("folded", "entry"),
    [
        ("m:eve!*@*", BanEntry(Effect.MUTE, Subject.SOURCE, "eve!*@*")),
        ("r:bob", BanEntry(Effect.BAN, Subject.ACCOUNT, "bob")),
        ("m:r:bob", BanEntry(Effect.MUTE, Subject.ACCOUNT, "bob")),
        ("r:m:bob", BanEntry(Effect.BAN, Subject.ACCOUNT, "m:bob")),
        ("eve!*@*", BanEntry(Effect.BAN, Subject.SOURCE, "eve!*@*")),
        ("*!*@2001:db8::1", BanEntry(Effect.BAN, Subject.SOURCE, "*!*@2001:db8::1")),
    ],
)
def test_an_entry_is_parsed(folded: str, entry: BanEntry) -> None:
    assert read_entry(folded) == entry


@given(st.text(min_size=1, max_size=30))
def test_a_completed_mask_is_unchanged(typed: str) -> None:
    """An entry must be found by its typed and by its listed form."""
    for given_ in (typed, f"m:{typed}"):
        try:
            mask = complete_mask("b", given_)
        except ValueError:
            continue
        assert complete_mask("b", mask) == mask
        assert (read_entry(casefold(mask)).effect is Effect.MUTE) == mask.startswith("m:")


def test_letters_are_case_insensitive() -> None:
    assert EXTBAN_TOKEN == ",mR"
    assert all(folded == casefold(row.letter) for folded, row in EXTBANS.items())
