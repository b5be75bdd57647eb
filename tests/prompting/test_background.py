"""A terminal's answer is taken out of the typed keys, however late it comes and wherever it is split."""

from __future__ import annotations

import pytest

from chatcore.prompting.background import Answers, hinted
from chatcore.prompting.theme import Background

_BLACK = "\x1b]11;rgb:0000/0000/0000\x1b\\"
_FENCE = "\x1b[?62;22c"


@pytest.mark.parametrize(
    ("answer", "background"),
    [
        (_BLACK, Background.DARK),
        ("\x1b]11;rgb:0000/2b2b/3636\x07", Background.DARK),
        ("\x1b]11;rgb:fd/f6/e3\x07", Background.LIGHT),
        ("\x1b]11;rgba:ffff/ffff/ffff/8000\x1b\\", Background.LIGHT),
        ("\x1b]11;rgb:f/f/f\x07", Background.LIGHT),
        ("\x1b]11;white\x07", Background.UNKNOWN),
        ("", Background.UNKNOWN),
    ],
)
def test_the_background_is_read_from_the_answer(answer: str, background: Background) -> None:
    answers = Answers()
    assert answers.take_out(f"a{answer}b{_FENCE}c") == "abc"
    assert answers.background is background
    assert answers.are_complete


@pytest.mark.parametrize("fence", [_FENCE, "\x1b[?6c"])
def test_answers_may_be_split_anywhere(fence: str) -> None:
    whole = f"a{_BLACK}b{fence}c"
    for cut in range(len(whole)):
        answers = Answers()
        rest = answers.take_out(whole[:cut]) + answers.take_out(whole[cut:])
        # An ESC alone may be a key: it is passed on, and means nothing by itself.
        assert rest.replace("\x1b", "") == "abc"
        assert answers.background is Background.DARK
    answers = Answers()
    assert "".join(map(answers.take_out, whole)).replace("\x1b", "") == "abc"


@pytest.mark.parametrize(
    "keys", ["\x1b", "\x1b[A", "\x1b]x", "\x1b\x1b", "\x1b[200~pasted\x1b[201~", "\x1b[1;5C", "\x1b[?x"]
)
def test_keys_are_left_alone(keys: str) -> None:
    answers = Answers()
    assert answers.take_out(keys) + answers.take_out("next") == keys + "next"
    answers = Answers()
    assert "".join(map(answers.take_out, f"{keys}next")) == keys + "next"


def test_nothing_is_taken_out_after_the_last_answer() -> None:
    answers = Answers()
    assert answers.take_out(_FENCE) == ""
    assert answers.take_out(_BLACK + _FENCE) == _BLACK + _FENCE
    assert answers.background is Background.UNKNOWN


@pytest.mark.parametrize(
    ("value", "background"),
    [
        ("15;0", Background.DARK),
        ("0;15", Background.LIGHT),
        ("0;default;7", Background.LIGHT),
        ("7;8", Background.DARK),
        ("12;default", Background.UNKNOWN),
        ("0;300", Background.UNKNOWN),
        ("", Background.UNKNOWN),
    ],
)
def test_environment_variables_hint_at_the_background(value: str, background: Background) -> None:
    assert hinted({"COLORFGBG": value}) is background
    assert hinted({}) is Background.UNKNOWN
    assert hinted({"TERM": "linux", "COLORFGBG": value}) is Background.DARK
