"""Text from people, made harmless for the log and for screens."""

from __future__ import annotations

import sys
import unicodedata
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.protocol.escape import escape_for_log, escape_for_screen, unescape_log
from tests.support.generated import PROPERTY

_BIDI_CONTROLS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
_BIDI_MARKS = "\u061c\u200e\u200f"
# Text with backslashes and the characters that follow them in an escape, where undoing could go wrong.
_TRICKY = st.text(
    st.sampled_from("\\nrtxuU00a1f\n\r\t\x1b\x9b\u202e\ud800\u200b\u3164\U000e0041") | st.characters(), max_size=30
)
_SHOWN_FORMATS = set("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
"""Signs that are written before numbers and verses; Unicode counts them as format characters."""
_JOINERS = set("\u200c\u200d")
_UNASSIGNED = set("\u2065\ufff0\ufff1\ufff2\ufff3\ufff4\ufff5\ufff6\ufff7\ufff8")
_INVISIBLE_LETTERS = set("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0")


def _is_dangerous(character: str) -> bool:
    """Ask Unicode's own tables: control, line or paragraph separator, surrogate, bidirectional control, invisible."""
    return (
        _is_invisible(character)
        or unicodedata.category(character) in {"Cc", "Zl", "Zp", "Cs"}
        or unicodedata.bidirectional(character) in _BIDI_CONTROLS
        or character in _BIDI_MARKS
    )


def _is_invisible(character: str) -> bool:
    if unicodedata.category(character) == "Cf" and not 0x13430 <= ord(character) <= 0x1345F:  # hieroglyphs
        return character not in _SHOWN_FORMATS | _JOINERS
    return character in _INVISIBLE_LETTERS | _UNASSIGNED or 0xE0000 <= ord(character) <= 0xE0FFF


@pytest.fixture(scope="module")
def every_character() -> str:
    """Return planes 0, 1 and the start of 14: the others are ideographs, private or empty."""
    return "".join(map(chr, chain(range(0x20000), range(0xE0000, 0xE1010), [sys.maxunicode])))


@pytest.fixture(scope="module")
def dangerous(every_character: str) -> set[str]:
    return set(filter(_is_dangerous, every_character))


def test_no_dangerous_character_passes(every_character: str, dangerous: set[str]) -> None:
    assert set(escape_for_log(every_character)).isdisjoint(dangerous)
    assert set(escape_for_screen(every_character)).isdisjoint(dangerous)


def test_all_other_characters_are_unchanged(every_character: str, dangerous: set[str]) -> None:
    harmless = "".join(character for character in every_character if character not in dangerous)
    assert escape_for_screen(harmless) == harmless
    assert escape_for_log(harmless) == harmless.replace("\\", "\\\\")


def test_log_escape_of_every_character_is_undone(every_character: str) -> None:
    assert unescape_log(escape_for_log(every_character)) == every_character


@PROPERTY
@given(_TRICKY)
def test_log_escape_is_undone(text: str) -> None:
    assert unescape_log(escape_for_log(text)) == text


@PROPERTY
@given(_TRICKY, _TRICKY)
def test_different_texts_differ_in_the_log(one: str, other: str) -> None:
    assert (escape_for_log(one) == escape_for_log(other)) == (one == other)


@PROPERTY
@given(_TRICKY)
def test_escaped_text_is_one_line_of_utf8(text: str) -> None:
    for escaped in (escape_for_log(text), escape_for_screen(text)):
        assert escaped.splitlines() in ([], [escaped])
        assert escaped.encode().decode() == escaped
        assert not any(map(_is_dangerous, escaped))


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("", ""),
        ("Grüße, 世界 👩‍👩‍👧", "Grüße, 世界 👩‍👩‍👧"),
        ("a\r\nb\tc", r"a\r\nb\tc"),
        ("\x1b[2J\x07", r"\x1b[2J\x07"),
        ("\0\x7f\x85\x9b", r"\x00\x7f\x85\x9b"),
        ("\u2028\u2029\u202e\u2066", r"\u2028\u2029\u202e\u2066"),
        ("\ud83d", r"\ud83d"),
        (r"C:\new", r"C:\\new"),
        (r"\x1b", r"\\x1b"),
        ("zero\u200bwidth soft\xadhyphen", r"zero\u200bwidth soft\xadhyphen"),
        ("\ufeff\u2060\u3164\U000e0041", r"\ufeff\u2060\u3164\U000e0041"),
        ("❤\ufe0f 👁\ufe0f\u200d🗨\ufe0f", "❤\ufe0f 👁\ufe0f\u200d🗨\ufe0f"),
        ("می\u200cخوریم क्\u200dष", "می\u200cخوریم क्\u200dष"),
        ("🏴\U000e0067\U000e007f", r"🏴\U000e0067\U000e007f"),
        (r"\U000e0041", r"\\U000e0041"),
    ],
)
def test_log_form(text: str, escaped: str) -> None:
    assert escape_for_log(text) == escaped


def test_screen_form_leaves_backslashes_alone() -> None:
    assert escape_for_screen("C:\\new\x1b[0m") == r"C:\new\x1b[0m"


@pytest.mark.parametrize("text", ["", "plain", "\\", r"\q", r"\x1", r"\u12", r"\U00110000", r"\U0010fff", "a\\"])
def test_undoing_leaves_other_backslashes(text: str) -> None:
    assert unescape_log(text) == text
