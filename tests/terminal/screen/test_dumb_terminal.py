"""A remote terminal that only shows text: typed keys are edited and echoed here."""

import pytest

from chatcore.terminal.screen.dumb_terminal import DumbTerminal
from chatcore.terminal.screen.plain import PlainScreen
from chatcore.terminal.session.effects import Answer
from tests.support.window import Window


class Dumb:
    """A user at such a terminal."""

    def __init__(self) -> None:
        self.window = Window(environment={"TERM": "dumb"})
        self.screen = PlainScreen(DumbTerminal(self.window.terminal))

    def typed(self, keys: str) -> str:
        """Type keys and return the resulting line."""
        self.window.type(keys)
        return self.screen.read_line()


@pytest.fixture
def dumb() -> Dumb:
    return Dumb()


@pytest.mark.parametrize(
    ("keys", "line", "shown"),
    [
        ("hello\r", "hello", "hello"),
        ("hellp\x7fo\r", "hello", "hello"),
        ("\x7f\x08x\n", "x", "x"),
        ("nothing\x15all\r", "all", "all"),
        ("wide \u5b57\x7f\x7f.\r", "wide.", "wide."),
        ("up\x1b[A\x1bOB\x1b[1;5C\x1b\r", "up", "up"),
        ("e\u0301\x7f\u00e9\r", "\u00e9", "\u00e9"),
        ("a\x04b\t\x01c\r", "abc", "abc"),
    ],
)
def test_keys_edit_the_line(dumb: Dumb, keys: str, line: str, shown: str) -> None:
    assert dumb.typed(keys) == line
    assert dumb.window.shown()[0] == shown


@pytest.mark.parametrize("key", ["\x04", "\x03", "half\x03"])
def test_ctrl_c_and_ctrl_d_end_the_input(dumb: Dumb, key: str) -> None:
    with pytest.raises(EOFError):
        dumb.typed(key)


def test_the_end_of_the_keys_ends_the_input(dumb: Dumb) -> None:
    dumb.window.terminal.end()
    with pytest.raises(EOFError):
        dumb.screen.read_line()


def test_questions_are_shown_and_secrets_are_not(dumb: Dumb) -> None:
    with dumb.screen as screen:
        dumb.window.type("ann\r")
        assert screen.ask("Name: ") == "ann"
        screen.show(Answer("fine"))
        streams = DumbTerminal(dumb.window.terminal)
        streams.read()
        with streams.unseen():
            dumb.window.type("secret\r")
        assert streams.lines.next() == "secret"
        dumb.window.type("seen\r")
        assert streams.lines.next() == "seen"
    assert dumb.window.text.split() == ["Name:", "ann", "*", "fine", "seen"]


def test_keys_typed_after_the_visit_are_not_echoed(dumb: Dumb) -> None:
    with dumb.screen:
        assert dumb.typed("one\r") == "one"
    dumb.window.type("two\r")
    assert dumb.window.text.split() == ["one"]


def test_a_line_is_bounded(dumb: Dumb) -> None:
    assert len(dumb.typed("x" * 5000 + "\r")) == 4096
