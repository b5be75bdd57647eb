"""The last drawing of a prompt, repeated below new text."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from chatcore.prompting.last_drawing import LastDrawing
from chatcore.prompting.prompt_loop import FRAME_S, MOST_FRAME_S, PromptLoop


class Drawn:
    """A prompt that is drawn by hand."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.drawing = LastDrawing(lambda: None, lambda: "<prompt>")
        self.app: Any = SimpleNamespace(before_render=_Event(), after_render=_Event(), renderer=SimpleNamespace())
        self.app.renderer.last_rendered_screen = None
        self.app.layout = SimpleNamespace(current_window=None)
        self.drawing.watch(cast("Any", self.app))

    def draw(self, row: int = 0) -> None:
        self.app.before_render.act(self.app)
        screen = SimpleNamespace(get_cursor_position=lambda _window: SimpleNamespace(y=row))
        self.app.renderer.last_rendered_screen = screen
        self.app.after_render.act(self.app)

    def write(self) -> bool:
        return self.drawing.write_above("text\n", self.written.append)


class _Event:
    def __iadd__(self, act: object) -> _Event:
        self.act: Any = act
        return self


@pytest.mark.parametrize(("row", "up"), [(0, ""), (2, "\x1b[2A")])
def test_the_prompt_is_redrawn_below_the_text(row: int, up: str) -> None:
    drawn = Drawn()
    assert not drawn.write()
    drawn.draw(row)
    assert drawn.write()
    assert drawn.written == [f"\r\x1b[0m\x1b[?7h{up}\x1b[Jtext\n<prompt>"]


def test_a_partial_redraw_is_not_reused_until_a_full_one() -> None:
    drawn = Drawn()
    drawn.draw()
    drawn.draw()  # draws only the difference
    assert not drawn.write()
    drawn.app.renderer.last_rendered_screen = None
    drawn.draw()
    assert drawn.write()
    drawn.drawing.forget()
    assert not drawn.write()


def test_drawing_at_once_needs_a_running_loop() -> None:
    loop = PromptLoop(lambda: None)
    assert not loop.draw_at_once(lambda: True)
    assert 0 < FRAME_S < MOST_FRAME_S
