"""A question that one key answers."""

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from chatcore.prompting.interruption import Woken
from chatcore.prompting.line_prompt import LinePrompt


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        ("a", "a"),
        ("B", "b"),
        ("\r", "a"),
        ("xyz b", "b"),
        ("\x1b[200~b\x1b[201~\r", "a"),
        ("\x03", "n"),
        ("\x04", "n"),
        ("\x1b", "n"),
        ("\x1b[A\r", "a"),
    ],
)
def test_one_key_answers_the_question(keys: str, answer: str) -> None:
    with create_pipe_input() as keyboard, create_app_session(input=keyboard, output=DummyOutput()):
        keyboard.send_text(keys)
        prompt = LinePrompt("> ")
        assert prompt.choose("a or b? ", "abn", default="a", refusal="n") == answer


def test_a_question_can_be_interrupted() -> None:
    with create_pipe_input() as keyboard, create_app_session(input=keyboard, output=DummyOutput()):
        prompt = LinePrompt("> ")
        keyboard.send_text("x")
        prompt.wake()
        with pytest.raises(Woken):
            prompt.choose("a or b? ", "abn", default="a", refusal="n")
