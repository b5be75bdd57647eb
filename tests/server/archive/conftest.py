"""Fixtures that several files here share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.server.archive.rooms_file import RoomsFile
from tests.server.archive.shelf import Shelf

MakeShelf = Callable[..., Shelf]


@pytest.fixture
def make_shelf(tmp_path: Path) -> Iterator[MakeShelf]:
    """Open the archive in the test's own folder; call it again to simulate a restart."""
    with ExitStack() as stack:

        def make(**settings: object) -> Shelf:
            shelf = Shelf(tmp_path, **settings)  # type: ignore[arg-type]
            stack.callback(shelf.close)
            return shelf

        yield make


@pytest.fixture
def shelf(make_shelf: MakeShelf) -> Shelf:
    """An empty archive."""
    return make_shelf()


@pytest.fixture
def rooms_file(tmp_path: Path) -> Iterator[RoomsFile]:
    """An empty file of rooms."""
    file = RoomsFile(tmp_path)
    yield file
    file.rooms.close()
