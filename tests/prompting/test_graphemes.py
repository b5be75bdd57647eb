"""Editing by graphemes: keys treat a user-perceived character as one."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from chatcore.prompting.graphemes import end_after, start_before
from chatcore.prompting.line_prompt import LinePrompt

FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
GRAPHEMES = {
    "letter": "x",
    "accent": "e\u0301",
    "accents": "a\u0323\u0306\u0301",
    "emoji": "\U0001f44b",
    "skin": "\U0001f44d\U0001f3fd",
    "family": FAMILY,
    "profession": "\U0001f9d1\U0001f3fe\u200d\U0001f680",
    "flag": "\U0001f1e9\U0001f1ea",
    "pride": "\U0001f3f3\ufe0f\u200d\U0001f308",
    "Scotland": "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "keycap": "1\ufe0f\u20e3",
    "heart": "\u2764\ufe0f",
    "Hangul jamo": "\u1112\u1161\u11ab",
    "Devanagari": "\u0928\u093f",
    "Thai": "\u0e01\u0e33",
    "CJK": "\u6f22",
}

LEFT, RIGHT, DELETE, BACKSPACE = "\x1b[D", "\x1b[C", "\x1b[3~", "\x7f"
HOME, END = "\x01", "\x05"


@pytest.fixture
def keys() -> Iterator[PipeInput]:
    with create_pipe_input() as keys:
        yield keys


def _typed(keys: PipeInput, text: str) -> str:
    with create_app_session(input=keys, output=DummyOutput()):
        keys.send_text(text + "\r")
        return LinePrompt("> ").read_line()


_FIRST = ("accents", "family", "flag", "Thai")
grapheme = pytest.mark.parametrize(
    "it",
    [pytest.param(it, id=name, marks=() if name in _FIRST else pytest.mark.thorough) for name, it in GRAPHEMES.items()],
)


@grapheme
def test_backspace_deletes_a_whole_grapheme(keys: PipeInput, it: str) -> None:
    assert _typed(keys, f"a{it}{it}" + BACKSPACE) == f"a{it}"
    assert _typed(keys, f"a{it}{it}" + "\x08" * 2) == "a"
    assert _typed(keys, f"{it}b" + LEFT + BACKSPACE) == "b"


@grapheme
def test_delete_deletes_a_whole_grapheme(keys: PipeInput, it: str) -> None:
    assert _typed(keys, f"{it}{it}b" + HOME + DELETE) == f"{it}b"
    assert _typed(keys, f"{it}{it}b" + HOME + "\x04\x04") == "b"


@grapheme
def test_the_cursor_moves_over_whole_graphemes(keys: PipeInput, it: str) -> None:
    assert _typed(keys, f"a{it}" + LEFT + "|") == f"a|{it}"
    assert _typed(keys, f"{it}{it}" + HOME + RIGHT + "|") == f"{it}|{it}"
    assert _typed(keys, f"{it}{it}" + "\x02\x02\x06|") == f"{it}|{it}"


@grapheme
def test_whole_graphemes_are_swapped(keys: PipeInput, it: str) -> None:
    assert _typed(keys, f"a{it}b{LEFT}{LEFT}\x14|") == f"{it}a|b"
    assert _typed(keys, f"ba{it}\x14") == f"b{it}a"


def test_keys_at_the_ends_do_nothing(keys: PipeInput) -> None:
    assert _typed(keys, BACKSPACE + LEFT + RIGHT + DELETE + "\x14a\x14" + DELETE + RIGHT + "b") == "ab"
    assert _typed(keys, "\x15\x0b\x17\x1b\x7f\x1bda" + DELETE + "\x0b\x1bdb" + HOME + BACKSPACE + "\x15\x17") == "ab"


def test_a_repeated_key_counts_graphemes(keys: PipeInput) -> None:
    assert _typed(keys, f"a{FAMILY * 3}\x1b2{BACKSPACE}") == f"a{FAMILY}"


@pytest.mark.parametrize("move", ["\x1bb", "\x1bf"], ids=["back", "forward"])
def test_no_word_move_ends_inside_a_grapheme(keys: PipeInput, move: str) -> None:
    text = "cafe\u0301s, nai\u0308ve"
    for start in range(5):
        moved = _typed(keys, text + (END if move == "\x1bb" else HOME) + move * (start + 1) + "|")
        at = moved.index("|")
        assert start_before(text, at + 1) == at or at == len(text)


@pytest.mark.thorough
@pytest.mark.parametrize("delete", ["\x1b\x7f", "\x17"], ids=["word", "until a space"])
def test_no_key_deletes_part_of_a_grapheme(keys: PipeInput, delete: str) -> None:
    assert _typed(keys, "x cafe\u0301" + delete) in ("x caf", "x ")
    assert _typed(keys, f"x {FAMILY}" + delete) == "x "
    assert _typed(keys, f"{FAMILY} x" + HOME + "\x1bd") == " x"
    assert _typed(keys, f"x {FAMILY}" + "\x15") == ""
    assert _typed(keys, f"{FAMILY} x" + HOME + "\x0b") == ""


def test_moving_between_lines_lands_between_graphemes(keys: PipeInput) -> None:
    typed = _typed(keys, f"\x1b[200~a{FAMILY}b\nabc\x1b[201~\x1b[A|")
    assert typed == f"a|{FAMILY}b\nabc"


def test_a_grapheme_can_be_typed_in_parts_before_another(keys: PipeInput) -> None:
    """A flag comes as two letters; after the first of them the cursor does not move on."""
    german, austrian = "\U0001f1e9\U0001f1ea", "\U0001f1e6\U0001f1f9"
    assert _typed(keys, german + HOME + austrian + "|") == f"{austrian}|{german}"


_TEXT = st.text(st.sampled_from("ab\n" + "".join(GRAPHEMES.values())), max_size=20)


@given(text=_TEXT, position=st.integers(0, 20))
def test_bounds_enclose_one_grapheme(text: str, position: int) -> None:
    position = min(position, len(text))
    start, end = start_before(text, position), end_after(text, position)
    assert start < position or start == 0
    assert end > position or end == len(text)
    assert start_before(text, end) <= position
    assert end_after(text, start) >= position
