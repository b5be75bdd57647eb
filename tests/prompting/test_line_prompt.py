"""The prompt for one line."""

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from chatcore.prompting.line_prompt import LinePrompt


def test_redraws_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = 0

    def draw() -> None:
        nonlocal drawn
        drawn += 1

    def redraw_often(_buffer: object) -> None:
        for _ in range(1000):
            prompt.redraw()

    with create_pipe_input() as keyboard, create_app_session(input=keyboard, output=DummyOutput()):
        prompt = LinePrompt("> ")
        monkeypatch.setattr(prompt.session.app, "invalidate", draw)
        prompt.session.default_buffer.on_text_changed += redraw_often
        for line in ("one", "two"):
            keyboard.send_text(f"{line}\r")
            drawn = 0
            assert prompt.read_line() == line
            assert 0 < drawn < 100
