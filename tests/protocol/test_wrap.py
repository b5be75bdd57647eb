"""Splitting long text into pieces that fit."""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar, SupportsIndex

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chatcore.protocol.framing import MAX_BODY_BYTES
from chatcore.protocol.wrap import bytes_left, split_text, wrap_text
from tests.support.generated import PROPERTY

_FAMILY = "👩\u200d👩\u200d👧"
_TEXTS = st.text(st.sampled_from("  abü世👩\u0301\u200d\ufe0f") | st.characters(codec="utf-8"), max_size=80)
_WIDTHS = st.integers(min_value=4, max_value=30)


class _Watched(str):
    """Text that counts how many of its characters are copied or encoded, including those of its slices."""

    looked_at: ClassVar[int] = 0

    def __getitem__(self, index: SupportsIndex | slice) -> _Watched:
        part = _Watched(super().__getitem__(index))
        _Watched.looked_at += len(part)
        return part

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        _Watched.looked_at += len(self)
        return super().encode(encoding, errors)


def _joins_back(pieces: list[str], text: str) -> bool:
    """Return whether the pieces, in order, make `text`, with nothing or one dropped space between two of them."""
    possible = {0}
    for number, piece in enumerate(pieces):
        starts = {place + gap for place in possible for gap in (0, 1) if not gap or text[place : place + 1] == " "}
        possible = {start + len(piece) for start in (starts if number else {0}) if text.startswith(piece, start)}
    return bool(possible & {len(text), len(text.removesuffix(" "))})


@PROPERTY
@given(_TEXTS, _WIDTHS)
@example("aaaa ", 4)
@example(" aaaaa", 4)
@example("aaaa   b", 4)
@example("", 4)
def test_pieces_fit_and_lose_only_the_spaces_at_breaks(text: str, width: int) -> None:
    pieces = wrap_text(text, width)
    assert all(len(piece.encode()) <= width for piece in pieces)
    assert _joins_back(pieces, text)
    assert all(pieces) or pieces == [""]


@PROPERTY
@given(st.lists(st.text("abü世👩", min_size=1, max_size=4), min_size=1, max_size=12), st.integers(16, 40))
def test_words_that_fit_are_never_broken(words: list[str], width: int) -> None:
    assert " ".join(wrap_text(" ".join(words), width)).split(" ") == words


@PROPERTY
@given(_TEXTS, _WIDTHS)
def test_text_that_fits_is_left_alone(text: str, width: int) -> None:
    assert (wrap_text(text, width) == [text]) == (len(text.encode()) <= width) or text[-1:] == " "
    assert wrap_text(text, max(4, len(text.encode()))) == [text]


@PROPERTY
@given(st.lists(st.text("abc", min_size=1, max_size=6), min_size=1, max_size=12), _WIDTHS)
def test_pieces_are_as_full_as_possible(words: list[str], width: int) -> None:
    pieces = wrap_text(" ".join(words), width)
    for piece, following in pairwise(pieces):
        first_word = following.split(" ")[0]
        assert len(piece) == width or len(piece) + 1 + len(first_word) > width


@pytest.mark.parametrize(
    ("text", "width", "pieces"),
    [
        ("one two three", 8, ["one two", "three"]),
        ("one two three", 7, ["one two", "three"]),
        ("one two three", 6, ["one", "two", "three"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ("ab cdefghijk", 4, ["ab", "cdef", "ghij", "k"]),
        ("üüü", 5, ["üü", "ü"]),
        ("世界世界", 7, ["世界", "世界"]),
        ("👩👩", 4, ["👩", "👩"]),
        ("aaaa  b", 4, ["aaaa", " b"]),
    ],
)
def test_breaks(text: str, width: int, pieces: list[str]) -> None:
    assert wrap_text(text, width) == pieces


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("one two three", ["one", "two", "three"]),
        ("世界世界x", ["世界", "世", "界x"]),
        ("世界世x", ["世界", "世x"]),
        ("世 abcdef", ["世", "abcdef"]),
        ("😀😀", ["😀", "😀"]),
        ("abcdefg", None),
        ("one abcdefg", None),
        ("abcdef😀", None),
    ],
)
def test_words_are_kept_if_asked(text: str, pieces: list[str] | None) -> None:
    if pieces is None:
        with pytest.raises(ValueError, match="does not fit"):
            wrap_text(text, 6, keep_words=True)
    else:
        assert wrap_text(text, 6, keep_words=True) == pieces


@pytest.mark.parametrize(
    ("cluster", "meaning"),
    [
        ("e\u0301", "a letter and its accent"),
        ("\u0915\u093f", "a Devanagari consonant and its vowel sign, whose combining class is 0"),
        ("1\ufe0f\u20e3", "a keycap"),
        ("❤\ufe0f", "a symbol drawn as emoji"),
        ("👍\U0001f3fd", "an emoji and its skin tone"),
        (_FAMILY, "emoji joined to one"),
    ],
)
def test_grapheme_clusters_stay_together(cluster: str, meaning: str) -> None:
    for width in range(len(cluster.encode()), 3 * len(cluster.encode())):
        pieces = wrap_text(cluster * 5, max(4, width))
        assert all(len(piece) % len(cluster) == 0 for piece in pieces), meaning
        assert "".join(pieces) == cluster * 5


def test_cluster_longer_than_a_piece_is_broken_between_characters() -> None:
    text = "e" + "\u0301" * 20
    pieces = wrap_text(text, 9)
    assert "".join(pieces) == text
    assert len(pieces) == 5


def test_a_long_text_is_read_once() -> None:
    """A pasted book takes time in proportion to its length: no piece scans all the remaining text."""
    text = _Watched("word " * 10_000 + "end")
    pieces = wrap_text(text, 400)
    assert " ".join(pieces) == text
    assert len(text) < _Watched.looked_at < 10 * len(text)


def test_lone_surrogate_counts_as_the_question_mark_that_is_sent() -> None:
    """A terminal makes lone surrogates of bytes that are not UTF-8."""
    assert wrap_text("\udce4\udcf6 ü\udcfc", 4) == ["\udce4\udcf6", "ü\udcfc"]
    assert wrap_text("\udce4" * 9, 4) == ["\udce4" * 4, "\udce4" * 4, "\udce4"]


@pytest.mark.parametrize("width", [3, 0, -1])
def test_a_width_too_small_for_a_character_is_refused(width: int) -> None:
    with pytest.raises(ValueError, match="at least 4"):
        wrap_text("a", width)


@pytest.mark.parametrize("words", [("PRIVMSG", "#röom"), ("353", "ann", "=", "#room"), ("WALLOPS",)])
def test_the_bytes_left_fill_the_line(words: tuple[str, ...]) -> None:
    left = bytes_left("ann!u@h", *words)
    line = f":ann!u@h {' '.join(words)} :{'x' * left}"
    assert len(line.encode()) == MAX_BODY_BYTES


@PROPERTY
@given(_TEXTS, _WIDTHS)
def test_split_text_keeps_everything_and_breaks_after_spaces(text: str, width: int) -> None:
    pieces = split_text(text, width)
    assert "".join(pieces) == text
    assert not text or all(0 < len(piece.encode()) <= width for piece in pieces)
    assert all(piece.endswith(" ") or " " not in piece for piece in pieces[:-1])


def test_an_emoji_that_fits_is_not_split() -> None:
    assert split_text(f"ab{_FAMILY}", len(_FAMILY.encode())) == ["ab", _FAMILY]


def test_a_split_width_of_three_bytes_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 4"):
        split_text("x", 3)
