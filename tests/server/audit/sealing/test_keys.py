"""The keys of a chain, and the word for the first one."""

from __future__ import annotations

import re

import pytest

from chatcore.server.audit.sealing.keys import authenticate, chain_of, from_word, new_key, next_key, to_word

_KEY = bytes(range(32))
_WORD = to_word(_KEY)


def test_the_key_word_fits_a_line_and_a_qr_code() -> None:
    assert re.fullmatch(r"SEAL1[A-Z2-7]{56}", _WORD)
    assert len(f"verification key: {_WORD}") < 80


@pytest.mark.parametrize(
    "text",
    [
        _WORD,
        _WORD.lower(),
        f"  {_WORD}\n",
        f"{_WORD[:30]}\n{_WORD[30:]}",
        _WORD[:5] + _WORD[5:].replace("O", "0").replace("I", "1").replace("B", "8"),
    ],
)
def test_the_key_word_survives_being_copied(text: str) -> None:
    assert from_word(text) == _KEY


def test_every_mistyped_character_is_found() -> None:
    for place in range(5, len(_WORD)):
        for other in "AZ27":
            if other != _WORD[place]:
                with pytest.raises(ValueError, match="mistyped"):
                    from_word(_WORD[:place] + other + _WORD[place + 1 :])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "that is not a verification key: it should begin with SEAL1"),
        ("hello", "that is not a verification key: it should begin with SEAL1"),
        (_WORD[:-1], "that verification key is mistyped: a key is 61 letters and digits, not 60 characters"),
        (_WORD[:-1] + "ä", "that verification key is mistyped: a key is 61 letters and digits, not 61 characters"),
    ],
)
def test_an_invalid_key_word_is_explained(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        from_word(text)


def test_keys_and_derived_values_differ() -> None:
    keys = {new_key(), new_key(), _KEY, next_key(_KEY), next_key(next_key(_KEY)), authenticate(_KEY, b"")}
    assert len(keys) == 6
    assert chain_of(_KEY) != chain_of(next_key(_KEY))
    assert authenticate(_KEY, b"a", b"b") == authenticate(_KEY, b"ab")
