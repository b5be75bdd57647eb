"""The operator's prompt, with keys from a pipe and a terminal in memory."""

from __future__ import annotations

import io
import os
import select
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output.vt100 import Vt100_Output

from chatcore.server.console import prompted_lines
from chatcore.server.console.line_source import LineSource
from chatcore.server.console.prompted_lines import PromptedLines
from tests.server.conftest import Typed
from tests.support.emulator import Emulator
from tests.support.together import DEADLINE_S, wait_until

_COLUMNS = 80


class _Source(LineSource):
    """The lines read before the prompt; the test decides whether there is a person at the terminal."""

    is_foreground = True

    @property
    def has_person(self) -> bool:
        return self.is_foreground


class _Operator:
    """A person at the prompt."""

    def __init__(self, lines: PromptedLines, source: _Source, keys: PipeInput, text: io.StringIO) -> None:
        self.lines = lines
        self.source = source
        self.keys = keys
        self._text = text

    @property
    def seen(self) -> str:
        emulator = Emulator(_COLUMNS)
        emulator.feed(self._text.getvalue().replace("\n", "\r\n"))
        return emulator.text.rstrip()

    def sees(self, text: str) -> None:
        """Wait until the screen ends with a text."""
        wait_until(lambda: self.seen.endswith(text))

    def take(self) -> list[str]:
        """Wait until there is something to read, and return the lines."""
        assert select.select([self.lines], [], [], DEADLINE_S)[0]
        self.lines.read()
        return self.lines.ready()


@contextmanager
def _operating(source: _Source) -> Iterator[_Operator]:
    text = io.StringIO()
    output = Vt100_Output(text, lambda: Size(rows=24, columns=_COLUMNS), enable_cpr=False)
    with (
        create_pipe_input() as keys,
        create_app_session(input=keys, output=output),
        PromptedLines(source, lambda before: ["kick "] if "kick".startswith(before) else []) as lines,
    ):
        yield _Operator(lines, source, keys, text)


@pytest.fixture(autouse=True)
def no_terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Replace standard input, so that no terminal attributes are read."""
    with Path(os.devnull).open(encoding="utf-8") as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        yield


@pytest.fixture
def source(typed: Typed) -> _Source:
    return _Source(typed("").fileno())


@pytest.fixture
def operator(source: _Source, monkeypatch: pytest.MonkeyPatch) -> Iterator[_Operator]:
    monkeypatch.setattr(prompted_lines, "_LOOK_AGAIN_S", 0.01)
    with _operating(source) as operator:
        yield operator


def test_a_line_is_read_and_stays_on_the_screen(operator: _Operator) -> None:
    operator.keys.send_text("kick ann\r")
    assert operator.take() == ["kick ann"]
    operator.sees("> kick ann\n>")
    assert operator.lines.is_open
    assert operator.lines.has_terminal


def test_lines_read_before_the_prompt_come_first(typed: Typed) -> None:
    source = _Source(typed("rooms\n").fileno())
    source.read()
    with _operating(source) as operator:
        assert operator.lines.ready() == ["rooms"]


def test_pasted_lines_are_separate_lines(operator: _Operator) -> None:
    operator.keys.send_text("\x1b[200~rooms\nbans\x1b[201~\r")
    assert operator.take() == ["rooms", "bans"]


def test_output_does_not_disturb_typing(operator: _Operator) -> None:
    operator.keys.send_text("say half")
    operator.sees("> say half")
    operator.lines.write("ann joined")
    operator.sees("ann joined\n> say half")
    operator.keys.send_text(" a line\r")
    assert operator.take() == ["say half a line"]


def test_tab_completes_and_the_arrow_recalls(operator: _Operator) -> None:
    operator.keys.send_text("ki\t")
    operator.sees("> kick")
    operator.keys.send_text("ann\r")
    assert operator.take() == ["kick ann"]
    operator.keys.send_text("\x1b[A\r")
    assert operator.take() == ["kick ann"]


def test_echoed_input_is_escaped(operator: _Operator) -> None:
    operator.keys.send_text("\x1b[200~\x1b]0;x\x07\x1b[201~\r")
    assert operator.take() == ["\x1b]0;x\x07"]
    operator.sees("> \\x1b]0;x\\x07\n>")


def test_ctrl_d_ends_the_lines(operator: _Operator) -> None:
    operator.keys.send_text("\x04")
    assert operator.take() == []
    assert not operator.lines.is_open


def test_a_fault_of_the_prompt_is_logged_and_ends_the_lines(
    source: _Source, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise LookupError("a fault of ours")

    monkeypatch.setattr(PromptedLines, "_take", fail)
    with _operating(source) as operator:
        operator.keys.send_text("x\r")
        assert operator.take() == []
        assert not operator.lines.is_open
    assert "the prompt of the console failed" in caplog.text


def test_ctrl_c_sends_sigint(operator: _Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: sent.append((pid, number)))
    operator.keys.send_text("\x03")
    wait_until(lambda: sent)
    assert sent == [(os.getpid(), signal.SIGINT)]
    assert operator.lines.is_open


def test_ctrl_z_stops_the_process_group_and_keeps_the_line(
    operator: _Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = threading.Event()
    sent: list[tuple[int, int]] = []

    def kill(pid: int, number: int) -> None:
        sent.append((pid, number))
        stopped.set()

    monkeypatch.setattr(os, "kill", kill)
    operator.keys.send_text("say half\x1a")
    assert stopped.wait(DEADLINE_S)
    assert sent == [(0, signal.SIGTSTP)]
    signal.raise_signal(signal.SIGCONT)
    assert operator.take() == []
    operator.keys.send_text(" a line\r")
    assert operator.take() == ["say half a line"]


def test_sigcont_restores_the_prompt_with_the_typed_text(operator: _Operator) -> None:
    """A shell may have changed the terminal."""
    operator.keys.send_text("say half")
    operator.sees("> say half")
    signal.raise_signal(signal.SIGCONT)
    assert operator.take() == []
    operator.keys.send_text(" a line\r")
    assert operator.take() == ["say half a line"]


def test_no_prompt_is_shown_in_the_background(source: _Source, monkeypatch: pytest.MonkeyPatch) -> None:
    """Taking the terminal from a shell would stop the tracker."""
    monkeypatch.setattr(prompted_lines, "_LOOK_AGAIN_S", 0.01)
    source.is_foreground = False
    with _operating(source) as operator:
        operator.lines.write("ann joined")
        operator.sees("ann joined")
        assert ">" not in operator.seen
        source.is_foreground = True
        operator.sees("ann joined\n>")


def test_at_the_end_the_prompt_vanishes_with_unfinished_input(source: _Source) -> None:
    before = signal.getsignal(signal.SIGCONT)
    with _operating(source) as operator:
        operator.keys.send_text("half a li")
        operator.sees("> half a li")
    assert not operator.seen.endswith("half a li")
    assert signal.getsignal(signal.SIGCONT) is before
    operator.lines.write("The tracker is closed.")
    operator.sees("The tracker is closed.")
