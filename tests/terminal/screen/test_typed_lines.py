"""Lines read from chunks of bytes."""

import threading

import pytest

from chatcore.prompting.interruption import Woken
from chatcore.terminal.screen import typed_lines
from chatcore.terminal.screen.typed_lines import LINES_AHEAD, TypedLines


def _all(lines: TypedLines) -> list[str]:
    """Return all lines until the end."""
    found = []
    try:
        while True:
            found.append(lines.next())
    except EOFError:
        return found


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_lines_do_not_depend_on_the_chunks(size: int) -> None:
    data = "\ufeffh\u00e9llo\r\nline\rtwo\n\nend".encode()
    lines = TypedLines()
    for start in range(0, len(data), size):
        lines.take(data[start : start + size])
    lines.take(b"")
    assert _all(lines) == ["h\u00e9llo", "line", "two", "", "end"]


def test_an_end_after_a_line_end_adds_no_line() -> None:
    lines = TypedLines()
    lines.take(b"one\n")
    lines.take(b"")
    assert _all(lines) == ["one"]


def test_a_waiting_reader_gets_the_next_line() -> None:
    lines = TypedLines()
    other = threading.Thread(target=lambda: lines.take(b"one\n"))
    other.start()
    assert lines.next() == "one"
    other.join()


def test_waiting_can_be_ended() -> None:
    lines = TypedLines()
    lines.take(b"one\n")
    lines.wake()
    with pytest.raises(Woken):
        lines.next()
    assert (lines.first_unread, lines.next(), lines.first_unread) == (1, "one", None)
    lines.take(b"two\n")
    lines.stop()
    with pytest.raises(EOFError):
        lines.next()


def test_a_writer_of_too_many_lines_waits() -> None:
    room: list[bool] = []
    lines = TypedLines(lambda: room.append(lines.has_room))
    lines.take(b"x\n" * (LINES_AHEAD + 1))
    assert not lines.has_room
    bringing = threading.Thread(target=lines.wait_for_room)
    bringing.start()
    lines.next()
    assert (room, bringing.is_alive()) == ([], True)
    lines.next()
    bringing.join()
    assert room == [True]


def test_a_line_without_an_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typed_lines, "_MOST_CHARS", 5)
    lines = TypedLines()
    for _ in range(4):
        lines.take(b"xxx")
    lines.take(b"")
    assert _all(lines) == ["xxxxxx", "xxxxxx"]
