"""The terminal, taken from the shell and given back."""

import io
import os
import pty
import sys
import termios
from collections.abc import Iterator

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import DummyInput
from prompt_toolkit.output.vt100 import Vt100_Output

from chatcore.prompting.own_terminal import OwnTerminal
from chatcore.prompting.possession import Possession

_MARK, _DO_NOT_MARK = "\x1b[?2004h", "\x1b[?2004l"


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.TextIOBase]:
    master, slave = pty.openpty()
    with os.fdopen(slave, encoding="utf-8") as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield stdin
    os.close(master)


def _has_echo(stdin: io.TextIOBase) -> bool:
    return bool(termios.tcgetattr(stdin.fileno())[3] & termios.ECHO)


def _possession(text: io.StringIO) -> Possession:
    output = Vt100_Output(text, lambda: Size(rows=24, columns=80))
    with create_app_session(input=DummyInput(), output=output):
        return Possession(OwnTerminal())


def test_a_terminal_is_lent_and_taken_back(stdin: io.TextIOBase) -> None:
    text = io.StringIO()
    possession = _possession(text)
    seen: list[tuple[bool, str]] = []

    def stop() -> None:
        seen.append((_has_echo(stdin), text.getvalue()[-8:]))

    assert _has_echo(stdin)
    possession.take()
    assert not _has_echo(stdin)
    possession.lend(stop)
    assert seen == [(True, _DO_NOT_MARK)]
    assert not _has_echo(stdin)
    assert text.getvalue().endswith(_MARK)
    possession.give_back()
    assert _has_echo(stdin)
    assert text.getvalue().endswith(_DO_NOT_MARK)


def test_a_terminal_is_taken_back_if_stopping_fails(stdin: io.TextIOBase) -> None:
    possession = _possession(io.StringIO())
    possession.take()

    def fail() -> None:
        raise PermissionError

    with pytest.raises(PermissionError):
        possession.lend(fail)
    assert not _has_echo(stdin)
