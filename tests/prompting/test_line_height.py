"""How much of the window the typed line may take."""

import pytest
from prompt_toolkit import PromptSession
from prompt_toolkit.completion import DummyCompleter
from prompt_toolkit.data_structures import Size
from prompt_toolkit.layout.controls import BufferControl
from prompt_toolkit.layout.dimension import Dimension, to_dimension
from prompt_toolkit.output import DummyOutput

from chatcore.prompting.line_height import bound_height


class _Output(DummyOutput):
    rows = 24

    def get_size(self) -> Size:
        return Size(rows=self.rows, columns=80)


def _height(prompt: PromptSession[str]) -> Dimension:
    (window,) = {
        window
        for window in prompt.layout.find_all_windows()
        if isinstance(window.content, BufferControl) and window.content.buffer is prompt.default_buffer
    }
    return to_dimension(window.height)


@pytest.mark.parametrize(("rows", "most"), [(24, 12), (5, 2), (1, 2), (60, 30)])
def test_the_line_takes_at_most_half_of_the_window(rows: int, most: int) -> None:
    output = _Output()
    prompt: PromptSession[str] = PromptSession(output=output)
    bound_height(prompt)
    output.rows = rows
    assert _height(prompt).max == most


@pytest.mark.parametrize(("rows", "least"), [(24, 4), (5, 2)])
def test_the_menu_keeps_its_space_within_half_of_the_window(rows: int, least: int) -> None:
    output = _Output()
    output.rows = rows
    prompt: PromptSession[str] = PromptSession(
        output=output, completer=DummyCompleter(), complete_while_typing=True, reserve_space_for_menu=4
    )
    bound_height(prompt)
    assert _height(prompt).min == least
