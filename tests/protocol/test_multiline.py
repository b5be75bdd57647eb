"""The text of a message of several lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.protocol.multiline import Part, as_read, fitted, from_one_line, join, take_apart, to_one_line
from tests.support.composed import PARTS
from tests.support.generated import PROPERTY


@PROPERTY
@given(PARTS)
def test_joined_parts_are_split_again(parts: list[Part]) -> None:
    assert take_apart(join(parts)) == parts


@pytest.mark.thorough
@PROPERTY
@given(PARTS, st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0")))
def test_a_text_fits_on_one_line_of_a_file_and_is_read_back(parts: list[Part], plain: str) -> None:
    text = join(parts)
    assert not set(to_one_line(text.encode())) & {ord("\n")}
    assert from_one_line(to_one_line(text.encode()).decode()) == text
    assert from_one_line(plain) == plain


def test_a_text_is_shown_with_breaks_and_without_joints() -> None:
    text = join([Part("", False), Part("how is ", False), Part("everyone?", True), Part("well", False)])
    assert as_read(text) == "\nhow is everyone?\nwell"


@pytest.mark.thorough
@PROPERTY
@given(PARTS, st.integers(4, 40))
def test_long_parts_are_split_and_read_the_same(parts: list[Part], max_bytes: int) -> None:
    pieces = fitted(join(parts), max_bytes)
    assert all(len(piece.text.encode()) <= max_bytes for piece in pieces)
    assert all(piece.text for piece in pieces if piece.is_joined), "a joined piece is never empty"
    assert as_read(join(pieces)) == as_read(join(parts))
    if all(len(part.text.encode()) <= max_bytes for part in parts):
        assert pieces == parts


@pytest.mark.parametrize("max_bytes", [4, 11])
def test_parts_are_split_after_a_space(max_bytes: int) -> None:
    pieces = fitted("one two thr", max_bytes)
    assert pieces[0] == Part("one " if max_bytes == 4 else "one two thr", False)
