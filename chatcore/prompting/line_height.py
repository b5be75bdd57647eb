"""Limits how much of the window the text being typed may take, so that what is above it stays in sight."""

from __future__ import annotations

from functools import partial
from typing import Any

from prompt_toolkit import PromptSession
from prompt_toolkit.layout.controls import BufferControl
from prompt_toolkit.layout.dimension import AnyDimension, Dimension, to_dimension

_LEAST_ROWS = 2


def bound_height(prompt: PromptSession[Any]) -> None:
    """Limit the text to half of the rows; it scrolls there."""
    for window in set(prompt.layout.find_all_windows()):
        if isinstance(window.content, BufferControl) and window.content.buffer is prompt.default_buffer:
            window.height = partial(_height, prompt, window.height)


def _height(prompt: PromptSession[Any], space: AnyDimension) -> Dimension:
    """Return how many rows the text may take; `space` is what a menu needs."""
    most = max(_LEAST_ROWS, prompt.output.get_size().rows // 2)
    return Dimension(min=min(to_dimension(space).min, most), max=most)
