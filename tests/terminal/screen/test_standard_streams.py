"""The streams of a remote user without a terminal."""

import pytest

from chatcore.terminal.screen.plain import PlainScreen
from chatcore.terminal.screen.standard_streams import RemoteStreams
from chatcore.terminal.screen.typed_lines import LINES_AHEAD
from chatcore.terminal.session.effects import Answer, Caution, Problem


class Elsewhere:
    """A remote user: what they send and see."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.err: list[str] = []
        self.read: list[int] = []
        self.streams = RemoteStreams(self.out.append, self.err.append, self.read.append)
        self.screen = PlainScreen(self.streams)


@pytest.fixture
def elsewhere() -> Elsewhere:
    return Elsewhere()


def test_items_go_to_stdout_or_stderr(elsewhere: Elsewhere) -> None:
    with elsewhere.screen as screen:
        for item in (Answer("fine"), Problem("not so"), Caution("careful")):
            screen.show(item)
    assert elsewhere.out == ["* fine\n"]
    assert elsewhere.err == ["error: not so\n", "warning: careful\n"]


def test_lines_are_read_without_showing_questions(elsewhere: Elsewhere) -> None:
    elsewhere.streams.feed(b"one\ntwo\nthr")
    elsewhere.streams.feed(b"")
    elsewhere.streams.feed(b"ee")
    elsewhere.streams.end_input()
    screen = elsewhere.screen
    assert [screen.read_line(), screen.ask("Name: "), screen.ask("Password: ", is_secret=True)] == [
        "one",
        "two",
        "three",
    ]
    with pytest.raises(EOFError):
        screen.read_line()
    assert (elsewhere.out, elsewhere.err, screen.has_person) == ([], [], False)


def test_unread_lines_are_reported(elsewhere: Elsewhere) -> None:
    elsewhere.streams.feed(b"one\ntwo\n")
    elsewhere.screen.read_line()
    elsewhere.screen.tell_unread()
    assert elsewhere.err == ["error: the input from line 2 on was not sent\n"]


def test_bytes_read_are_acknowledged(elsewhere: Elsewhere) -> None:
    many = b"line\n" * (LINES_AHEAD + 10)
    elsewhere.streams.feed(b"one\n")
    elsewhere.streams.feed(many)
    assert elsewhere.read == [4]
    for _ in range(12):
        elsewhere.screen.read_line()
    assert elsewhere.read == [4, len(many)]


def test_closed_output_ends_the_input(elsewhere: Elsewhere) -> None:
    def gone(_: str) -> None:
        raise BrokenPipeError

    streams = RemoteStreams(gone, elsewhere.err.append)
    screen = PlainScreen(streams)
    streams.feed(b"one\n")
    screen.show(Answer("fine"))
    screen.show(Answer("fine"))
    with pytest.raises(EOFError):
        screen.read_line()
    assert elsewhere.err == []
