"""Asking a terminal whether it is dark or light, with keys from a pipe and output to a string."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import DummyInput, PipeInput, create_pipe_input
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.shortcuts import PromptSession

from chatcore.prompting import asking
from chatcore.prompting.asking import BackgroundQuestion
from chatcore.prompting.background import QUESTION
from chatcore.prompting.own_terminal import OwnTerminal
from chatcore.prompting.theme import Background

_LIGHT = "\x1b]11;rgb:ffff/ffff/ffff\x1b\\"
_FENCE = "\x1b[?62c"


class Asked:
    """A terminal, and the program that asks it."""

    def __init__(self, keys: PipeInput, output: Vt100_Output, text: io.StringIO) -> None:
        self.keys = keys
        self.output = output
        self.text = text

    def question(self, **environment: str) -> BackgroundQuestion:
        question = BackgroundQuestion(environment)
        question.ask(OwnTerminal())
        return question

    def typed(self) -> str:
        self.keys.send_text("\r")
        typed: str = PromptSession[str]("> ").prompt()
        return typed


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    monkeypatch.setattr(asking, "_PATIENCE_S", 0)
    monkeypatch.setattr(asking, "_PATIENCE_AT_END_S", 0)
    text = io.StringIO()
    output = Vt100_Output(text, lambda: Size(24, 80), enable_cpr=False)
    with create_pipe_input() as keys, create_app_session(input=keys, output=output):
        yield Asked(keys, output, text)


def test_an_immediate_answer_is_separated_from_keys(asked: Asked) -> None:
    asked.keys.send_text(f"he{_LIGHT}l{_FENCE}lo")
    assert asked.question().background is Background.LIGHT
    assert asked.text.getvalue() == QUESTION
    assert asked.typed() == "hello"


def test_a_late_answer_is_not_taken_for_keys(asked: Asked) -> None:
    question = asked.question(COLORFGBG="15;0")
    seen = [question.background]  # from COLORFGBG
    asked.keys.send_text(f"he{_LIGHT}l{_FENCE}lo")
    assert asked.typed() == "hello"
    seen.append(question.background)
    assert seen == [Background.DARK, Background.LIGHT]


def test_an_answer_at_the_end_is_consumed(asked: Asked) -> None:
    question = asked.question()
    asked.keys.send_text(_LIGHT + _FENCE)
    question.end()
    assert question.background is Background.LIGHT


def test_without_an_answer_the_environment_decides(asked: Asked) -> None:
    asked.keys.send_text(_FENCE)
    assert asked.question().background is Background.UNKNOWN
    assert asked.question(COLORFGBG="0;15").background is Background.LIGHT


def test_the_linux_console_is_not_asked(asked: Asked) -> None:
    question = asked.question(TERM="linux")
    assert question.background is Background.DARK
    assert asked.text.getvalue() == ""
    question.end()


def test_nothing_is_asked_if_the_input_is_not_a_terminal(asked: Asked) -> None:
    question = BackgroundQuestion({})
    with create_app_session(input=DummyInput(), output=asked.output):
        question.ask(OwnTerminal())
    assert asked.text.getvalue() == ""
    assert question.background is Background.UNKNOWN


def test_a_vanished_terminal_has_an_unknown_background(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(descriptor: int, count: int) -> bytes:
        raise OSError(5, "Input/output error")

    asked.keys.send_text("x")
    monkeypatch.setattr(os, "read", gone)
    assert asked.question().background is Background.UNKNOWN
