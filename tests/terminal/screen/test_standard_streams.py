"""Streams of somebody elsewhere, who has no terminal."""

import pytest

from chatcore.terminal.screen.plain import PlainScreen
from chatcore.terminal.screen.standard_streams import RemoteStreams
from chatcore.terminal.screen.typed_lines import LINES_AHEAD
from chatcore.terminal.session.effects import Answer, Caution, Problem


class Elsewhere:
    """What somebody sends and sees."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.err: list[str] = []
        self.read: list[int] = []
        self.streams = RemoteStreams(self.out.append, self.err.append, self.read.append)
        self.screen = PlainScreen(self.streams)


@pytest.fixture
def elsewhere() -> Elsewhere:
    return Elsewhere()


def test_what_is_shown_goes_to_two_streams(elsewhere: Elsewhere) -> None:
    with elsewhere.screen as screen:
        for item in (Answer("fine"), Problem("not so"), Caution("careful")):
            screen.show(item)
    assert elsewhere.out == ["* fine\n"]
    assert elsewhere.err == ["error: not so\n", "warning: careful\n"]


def test_lines_are_read_and_nobody_is_shown_a_question(elsewhere: Elsewhere) -> None:
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


def test_lines_that_nobody_has_read_are_told(elsewhere: Elsewhere) -> None:
    elsewhere.streams.feed(b"one\ntwo\n")
    elsewhere.screen.read_line()
    elsewhere.screen.tell_unread()
    assert elsewhere.err == ["error: the input from line 2 on was not sent\n"]


def test_what_is_read_on_is_told_in_bytes(elsewhere: Elsewhere) -> None:
    many = b"line\n" * (LINES_AHEAD + 10)
    elsewhere.streams.feed(b"one\n")
    elsewhere.streams.feed(many)
    assert elsewhere.read == [4]
    for _ in range(12):
        elsewhere.screen.read_line()
    assert elsewhere.read == [4, len(many)]


def test_output_that_nobody_takes_is_the_end(elsewhere: Elsewhere) -> None:
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
