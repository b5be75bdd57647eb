"""Fixtures shared by files here."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from chatcore.server.console.line_source import LineSource
from tests.support.disk import Disk

Typed = Callable[[str], LineSource]


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    """The disk under all regular files; tests make it full, broken or slow."""
    return Disk(monkeypatch)


@pytest.fixture
def typed() -> Iterator[Typed]:
    """Make a source of lines that yields this input, and then ends."""
    descriptors = []

    def type_lines(text: str) -> LineSource:
        read_end, write_end = os.pipe()
        descriptors.append(read_end)
        os.write(write_end, text.encode())
        os.close(write_end)
        return LineSource(read_end)

    yield type_lines
    for descriptor in descriptors:
        os.close(descriptor)
