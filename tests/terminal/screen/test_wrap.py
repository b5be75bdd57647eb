"""Lines are wrapped to the window at natural breaks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import wcswidth

from chatcore.terminal.screen.wrap import cuts, hanging_indent


def _wrapped(text: str, column: int, width: int, indent: int) -> str:
    done, position = "", 0
    for cut in cuts(text, column, width, indent):
        assert position <= cut.start <= cut.end
        done += text[position : cut.start] + ("" if cut.indent is None else "\n" + " " * cut.indent)
        position = cut.end
    return done + text[position:]


_URL = "https://a.example/b?c=d"  # 23 columns


@pytest.mark.parametrize(
    ("text", "wrapped"),
    [
        ("a few words", "a few words"),
        ("one two three four five six seven", "one two three four\n          five six seven"),
        ("exactly twenty chars", "exactly twenty chars"),
        ("exactly twenty charss", "exactly twenty\n          charss"),
        ("one\ntwo", "one\n          two"),
        ("one\n\n  two", "one\n          \n            two"),
        ("one two three four    five", "one two three four\n          five"),
        ("one two three four       ", "one two three four"),
        ("one two three four   \nfive", "one two three four\n          five"),
        ("                       far in", "far in"),
        # A word too long for the indent starts further left; one too long for a row is wrapped by the terminal.
        (f"see {_URL} there", f"see\n {_URL} there"),
        (f"{_URL} there", f"\n {_URL} there"),
        ("x" * 45, "x" * 45),
        ("x" * 45 + " yes", "x" * 45 + " yes"),
        ("see " + "x" * 45, "see\n          " + "x" * 45),
        # Scripts without spaces.
        ("日本語日本語日本語日本", "日本語日本語日本語日\n          本"),
        ("日本語日本語日本語語。本", "日本語日本語日本語\n          語。本"),
        ("日本語日本語日本語「本」", "日本語日本語日本語\n          「本」"),
        ("word 日本語日本語日本語", "word 日本語日本語日\n          本語"),
        ("น" * 25, "น" * 20 + "\n          " + "น" * 5),
        ("hi " + "น" * 25, "hi\n          " + "น" * 20 + "\n          " + "น" * 5),
        ("   " + "น" * 25, "น" * 20 + "\n          " + "น" * 5),
        ("\N{GRINNING FACE}" * 11, "\N{GRINNING FACE}" * 10 + "\n          \N{GRINNING FACE}"),
    ],
)
def test_text_is_wrapped_at_natural_breaks(text: str, wrapped: str) -> None:
    assert _wrapped(text, 10, 30, 10) == wrapped


def test_text_beginning_beyond_the_window_continues_in_the_next_row() -> None:
    assert _wrapped("one two", 27, 20, 2) == "one two"
    assert _wrapped("one two three four five", 27, 20, 2) == "one two three\n  four five"
    assert _wrapped("one", 20, 20, 2) == "\n  one"
    assert _wrapped("", 20, 20, 2) == ""


def test_the_indent_is_small_in_a_narrow_window() -> None:
    assert [hanging_indent(12, width) for width in (80, 24, 23, 20, 10, 5)] == [12, 12, 2, 2, 1, 0]


_TEXTS = st.text(st.sampled_from("ab  \n日、「\N{GRINNING FACE}น\u0301\u200d\u05d0x"))


@given(text=_TEXTS, column=st.integers(0, 60), width=st.integers(1, 40), indent=st.integers(0, 12))
def test_lines_fit_and_only_blanks_are_lost(text: str, column: int, width: int, indent: int) -> None:
    indent = hanging_indent(indent, width)
    wrapped = _wrapped(text, column, width, indent)
    assert wrapped.replace(" ", "").replace("\n", "") == text.replace(" ", "").replace("\n", "")
    assert wrapped.count("\n") >= text.count("\n")
    for line in wrapped.split("\n")[1:]:
        words = line.split()
        if wcswidth(line) > width and width > 3:  # one long word, which is left to the terminal
            assert max(map(wcswidth, words)) > width - max(indent, 1) - 4
