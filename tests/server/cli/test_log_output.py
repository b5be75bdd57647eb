"""Where the log is printed: in a pager on a terminal, if there is one and it is wanted."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from chatcore.server.cli.log_output import Output, opened_output


@pytest.fixture
def on_terminal(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> pytest.CaptureFixture[str]:
    """Standard output says that it is a terminal; what is printed is captured."""
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda _: True)
    return capfd


def _printed(fixture: pytest.CaptureFixture[str], *, wants_pager: bool = True) -> str:
    with opened_output(wants_pager=wants_pager) as out:
        assert out.is_watched
        out.write("one\n")
        out.write("two\n")
    return fixture.readouterr().out


def test_a_pager_gets_everything(on_terminal: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGER", "sed 's/^/paged: /'")
    assert _printed(on_terminal) == "paged: one\npaged: two\n"
    assert _printed(on_terminal, wants_pager=False) == "one\ntwo\n"


@pytest.mark.parametrize("pager", ["", "cat", "/no/such/pager --option"])
def test_without_a_working_pager_output_is_printed(
    on_terminal: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, pager: str
) -> None:
    monkeypatch.setenv("PAGER", pager)
    assert _printed(on_terminal) == "one\ntwo\n"


def test_less_gets_default_options(
    on_terminal: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    less = tmp_path / "less"
    less.write_text('#!/bin/sh\necho "$LESS"\ncat\n')
    less.chmod(0o700)
    monkeypatch.delenv("PAGER", raising=False)
    monkeypatch.delenv("LESS", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert _printed(on_terminal) == "FRX\none\ntwo\n"
    monkeypatch.setenv("LESS", "-S")
    assert _printed(on_terminal) == "-S\none\ntwo\n"


def test_quitting_the_pager_ends_output_quietly(
    on_terminal: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAGER", "sed q")
    written = 0
    with opened_output(wants_pager=True) as out:
        for _ in range(10_000):
            out.write("one\n" * 1000)
            written += 1
    assert written < 10_000
    assert on_terminal.readouterr().out == "one\n"


def test_ctrl_c_ends_output_but_not_the_pager(
    on_terminal: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAGER", "sed p")
    with opened_output(wants_pager=True) as out:
        out.write("one\n")
        signal.raise_signal(signal.SIGINT)
    assert on_terminal.readouterr().out == "one\none\n"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_in_a_pipe_there_is_no_pager(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGER", "sed d")
    with opened_output(wants_pager=True) as out:
        assert not out.is_watched
        out.write("one\n")
    assert capfd.readouterr().out == "one\n"


def test_unencodable_characters_are_escaped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "out"
    for is_utf8, written in ((False, rb"\xe9\u65e5"), (True, "é日".encode())):
        with path.open("w", encoding="ascii") as stream:
            monkeypatch.setattr(sys, "stdout", stream)
            with opened_output(wants_pager=False, is_utf8=is_utf8) as out:
                out.write("é日")
            monkeypatch.undo()
        assert path.read_bytes() == written


def test_output_knows_its_encoding() -> None:
    assert Output(sys.stdout, "ascii", is_watched=False).encoding == "ascii"
