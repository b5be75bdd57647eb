"""LineSource: whole lines from a descriptor, however they arrive."""

from __future__ import annotations

import os
import pty
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.server.console.line_source import LineSource
from tests.support.generated import PROPERTY


class _Pipe:
    """A source of lines, and the end that feeds it."""

    def __init__(self) -> None:
        self.read_end, self.write_end = os.pipe()
        self.lines = LineSource(self.read_end)
        self._is_fed = False

    def feed(self, data: bytes) -> None:
        os.write(self.write_end, data)

    def end(self) -> None:
        if not self._is_fed:
            self._is_fed = True
            os.close(self.write_end)

    def close(self) -> None:
        self.end()
        os.close(self.read_end)


@pytest.fixture
def pipe() -> Iterator[_Pipe]:
    pipe = _Pipe()
    yield pipe
    pipe.close()


def test_lines_have_no_line_ends(pipe: _Pipe) -> None:
    pipe.feed(b"one\r\ntwo\n\nhalf")
    pipe.lines.read()
    assert pipe.lines.ready() == ["one", "two", ""]
    assert pipe.lines.ready() == []
    pipe.feed(b" more\n")
    pipe.lines.read()
    assert pipe.lines.ready() == ["half more"]
    assert pipe.lines.is_open


def test_the_end_of_input_ends_the_last_line(pipe: _Pipe) -> None:
    pipe.feed(b"one\ntwo")
    pipe.end()
    pipe.lines.read()
    assert pipe.lines.ready() == ["one"]
    pipe.lines.read()
    assert not pipe.lines.is_open
    assert pipe.lines.ready() == ["two"]
    assert pipe.lines.ready() == []


def test_an_end_after_a_whole_line_adds_none(pipe: _Pipe) -> None:
    pipe.feed(b"one\n")
    pipe.end()
    pipe.lines.read()
    pipe.lines.read()
    assert pipe.lines.ready() == ["one"]


def test_read_line_takes_one_line_and_leaves_the_rest(pipe: _Pipe) -> None:
    pipe.feed(b"secret\r\nhelp\nex")
    assert pipe.lines.read_line() == "secret"
    assert pipe.lines.ready() == ["help"]
    pipe.feed(b"it\n")
    assert pipe.lines.read_line() == "exit"


@pytest.mark.parametrize(("data", "lines"), [(b"", [None]), (b"half", ["half", None]), (b"\n", ["", None])])
def test_read_line_at_the_end_of_input(pipe: _Pipe, data: bytes, lines: list[str | None]) -> None:
    pipe.feed(data)
    pipe.end()
    assert [pipe.lines.read_line() for _ in lines] == lines


def test_bytes_that_are_not_utf8_do_no_harm(pipe: _Pipe) -> None:
    pipe.feed(b"say \xff\xe4\n")
    pipe.lines.read()
    assert pipe.lines.ready() == ["say \ufffd\ufffd"]


def test_a_closed_descriptor_is_the_end_of_input() -> None:
    read_end, write_end = os.pipe()
    os.close(write_end)
    os.close(read_end)
    lines = LineSource(read_end)
    lines.read()
    assert not lines.is_open
    assert lines.read_line() is None


def test_fileno_is_the_descriptor(pipe: _Pipe) -> None:
    assert pipe.lines.fileno() == pipe.read_end


class _Screen:
    """A terminal whose input is read from `lines`."""

    def __init__(self) -> None:
        self.keyboard, self.descriptor = pty.openpty()
        self.lines = LineSource(self.descriptor)

    def type(self, text: str) -> None:
        os.write(self.keyboard, text.encode())

    def close(self) -> None:
        os.close(self.keyboard)
        os.close(self.descriptor)


@pytest.fixture
def screen() -> Iterator[_Screen]:
    screen = _Screen()
    yield screen
    screen.close()


def _type_when_asked(screen: _Screen, monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
    """Have somebody type the next answer at each question; return the list that collects the questions."""
    left, asked = list(answers), []

    def show(question: str, **_: object) -> None:
        asked.append(question)
        screen.type(left.pop(0))

    monkeypatch.setattr("builtins.print", show)
    return asked


@pytest.mark.parametrize(
    ("answers", "is_yes"),
    [
        (["y\n"], True),
        (["Yes \n"], True),
        (["n\n"], False),
        (["NO\n"], False),
        (["\n"], False),
        (["what?\n", "secret\n", "y\n"], True),
        (["yy\n", "\n"], False),
    ],
)
def test_unclear_answers_are_asked_again(
    screen: _Screen, monkeypatch: pytest.MonkeyPatch, answers: list[str], is_yes: bool
) -> None:
    asked = _type_when_asked(screen, monkeypatch, *answers)
    assert screen.lines.ask_yes("Sure? ") is is_yes
    assert asked == ["Sure? "] * len(answers)


def test_earlier_input_does_not_answer_a_question(screen: _Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    screen.type("y\ny\n")
    screen.lines.read()
    screen.type("y\n")
    _type_when_asked(screen, monkeypatch, "n\n")
    assert screen.lines.ask_yes("Sure? ") is False


def test_ctrl_d_at_a_question_raises_eoferror(screen: _Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    _type_when_asked(screen, monkeypatch, "\x04")
    with pytest.raises(EOFError):
        screen.lines.ask_yes("Sure? ")


@pytest.mark.parametrize(("foreground", "has_person"), [(os.getpgrp(), True), (os.getpgrp() + 1, False)])
def test_a_background_process_has_no_person(
    screen: _Screen, monkeypatch: pytest.MonkeyPatch, foreground: int, has_person: bool
) -> None:
    """Reading would stop it."""
    monkeypatch.setattr(os, "tcgetpgrp", lambda _: foreground)
    assert screen.lines.has_person is has_person


def test_a_terminal_has_a_person_and_a_pipe_has_none(screen: _Screen, pipe: _Pipe) -> None:
    assert screen.lines.has_person
    assert not pipe.lines.has_person


@PROPERTY
@given(st.lists(st.sampled_from([b"a", b"\xc3", b"\xa4", b"\n", b"\r\n", b"word "]), max_size=30))
def test_lines_do_not_depend_on_how_they_are_split(pieces: list[bytes]) -> None:
    """Even if they are split within characters and line ends."""
    pipe = _Pipe()
    got = []
    for piece in pieces:
        for number in range(len(piece)):
            pipe.feed(piece[number : number + 1])
            pipe.lines.read()
            got += pipe.lines.ready()
    pipe.end()
    pipe.lines.read()
    got += pipe.lines.ready()
    pipe.close()
    *ended, last = b"".join(pieces).split(b"\n")
    expected = [line.removesuffix(b"\r") for line in ended] + ([last.removesuffix(b"\r")] if last else [])
    assert got == [line.decode(errors="replace") for line in expected]
