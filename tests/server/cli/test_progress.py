"""The progress bar for work that takes longer than a second."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

from chatcore.server.cli.progress import Progress


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock() -> Iterator[float]:
    return iter(range(100))


def test_the_bar_appears_after_a_second_and_vanishes_at_the_end(clock: Iterator[float]) -> None:
    terminal = _Terminal()
    with Progress(200, terminal, lambda: next(clock)) as progress:
        for _ in range(3):
            progress.add(50)
    shown = terminal.getvalue().split("\r")
    assert shown[1:] == [
        f"[{'#' * 10}{' ' * 30}]  25%",
        f"[{'#' * 20}{' ' * 20}]  50%",
        f"[{'#' * 30}{' ' * 10}]  75%",
        "\x1b[K",
    ]


def test_quick_work_shows_no_bar() -> None:
    terminal = _Terminal()
    with Progress(0, terminal, lambda: 0.0) as progress:
        progress.add(50)
    assert terminal.getvalue() == ""


def test_a_pipe_gets_no_bar(clock: Iterator[float]) -> None:
    stream = io.StringIO()
    with Progress(100, stream, lambda: next(clock)) as progress:
        progress.add(50)
        progress.add(50)
    assert stream.getvalue() == ""


def test_the_bar_fits_a_narrow_terminal(clock: Iterator[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    terminal = _Terminal()
    with Progress(100, terminal, lambda: next(clock)) as progress:
        progress.add(100)
    assert terminal.getvalue() == f"\r[{'#' * 12}] 100%\r\x1b[K"


def test_an_unwanted_bar_is_not_shown(clock: Iterator[float]) -> None:
    terminal = _Terminal()
    with Progress(100, terminal, lambda: next(clock), is_wanted=False) as progress:
        progress.add(100)
    assert terminal.getvalue() == ""
