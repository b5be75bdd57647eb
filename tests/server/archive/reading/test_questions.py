"""Turns, time limits, and files that change during a query."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import count

import pytest

from chatcore.errors import ArchiveUnavailable
from chatcore.server.archive.reading import questions, volume
from chatcore.server.archive.reading.questions import AT_ONCE, TIME_S, Question
from tests.server.archive.conftest import MakeShelf
from tests.server.archive.shelf import DAY_MS, NOON_MS, Shelf, open_room, seeker

_IN_A = seeker(room="#a")


def test_questions_beyond_the_limit_are_asked_to_try_again(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "TIME_S", 0.0)
    go_on = threading.Event()
    are_in = threading.Barrier(AT_ONCE + 1)
    answers: list[str] = []

    def ask(_question: Question) -> str:
        are_in.wait()
        go_on.wait()
        return "answer"

    threads = [
        threading.Thread(target=lambda: answers.append(shelf.questions.ask(ask, "too late"))) for _ in range(AT_ONCE)
    ]
    for thread in threads:
        thread.start()
    are_in.wait()
    with pytest.raises(ArchiveUnavailable, match="busy, try again"):
        shelf.room(_IN_A, "#a")
    go_on.set()
    for thread in threads:
        thread.join()
    assert answers == ["answer"] * AT_ONCE
    assert shelf.room(_IN_A, "#a") == []


@pytest.mark.parametrize("steps", [1, 1 << 30])
@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda shelf: shelf.search(_IN_A, "word*"), "search for something rarer"),
        (lambda shelf: shelf.room(_IN_A, "#a"), "did not answer in time"),
        (lambda shelf: shelf.reader.latest_times(_IN_A), "did not answer in time"),
    ],
)
def test_a_slow_question_is_ended(
    make_shelf: MakeShelf, monkeypatch: pytest.MonkeyPatch, ask: Callable[[Shelf], object], words: str, steps: int
) -> None:
    """Both for one long statement and for many short ones; the turn is released afterwards."""
    monkeypatch.setattr(volume, "_STEPS", steps)
    hours = count(step=TIME_S / 5)
    is_slow = True
    shelf = make_shelf(clock=lambda: next(hours) if is_slow else 0.0)
    for number in range(50):
        shelf.say(f"word {number}", open_room())
    for _ in range(AT_ONCE + 1):
        with pytest.raises(ArchiveUnavailable, match=words):
            ask(shelf)
    is_slow = False
    assert ask(shelf)


def test_removed_files_are_released(shelf: Shelf) -> None:
    shelf.say("in October", open_room())
    shelf.say("in November", open_room(), ms=NOON_MS + DAY_MS)
    assert shelf.room(_IN_A, "#a") == ["in October", "in November"]
    october, november = shelf.files.all()

    def ask(question: Question) -> list[int]:
        """A question that began before the file was removed still reads it."""
        volumes = question.volumes(is_backward=True)
        rows = [next(volumes).end]
        opened = next(volumes)
        shelf.files.remove(october)
        return [*rows, sum(1 for _ in opened.select("SELECT * FROM message"))]

    assert shelf.questions.ask(ask, "") == [2, 1]
    assert shelf.questions._idle.keys() == {november}
    assert shelf.room(_IN_A, "#a") == ["in November"]
    assert list(shelf.folder.glob("history-2026-10*")) == []


def test_a_question_that_misses_a_file_is_repeated(shelf: Shelf) -> None:
    shelf.say("in October", open_room())
    shelf.say("in November", open_room(), ms=NOON_MS + DAY_MS)
    october, november = shelf.files.all()
    asked: list[int] = []

    def ask(question: Question) -> list[int]:
        asked.append(len(question.files))
        if len(asked) == 1:
            shelf.files.remove(october)
        return [volume.end for volume in question.volumes(is_backward=False)]

    assert shelf.questions.ask(ask, "") == [2]
    assert asked == [2, 1]
    assert shelf.files.all() == (november,)


def test_a_file_that_cannot_be_opened_is_reported(shelf: Shelf) -> None:
    shelf.say("in October", open_room())
    shelf.writer.close()
    (shelf.folder / "history-2026-10.sqlite").unlink()
    (shelf.folder / "history-2026-10.sqlite").mkdir()
    with pytest.raises(ArchiveUnavailable, match="cannot be read: unable to open"):
        shelf.room(_IN_A, "#a")


@pytest.mark.parametrize("page", [0, 1, 7])
def test_a_damaged_file_is_left_out_of_answers(shelf: Shelf, page: int) -> None:
    """The operator is told once, and the other files are still searched."""
    for number in range(100):
        shelf.say(f"word {number} {'x' * 400}", open_room())
    shelf.say("word in November", open_room(), ms=NOON_MS + DAY_MS)
    path = shelf.folder / "history-2026-10.sqlite"
    with path.open("r+b") as file:
        for each in range(page, path.stat().st_size // 4096, 7):
            file.seek(each * 4096)
            file.write(b"spoiled " * 512)
    found = shelf.search(_IN_A, "word", limit=1000), shelf.room(_IN_A, "#a"), shelf.search(_IN_A, "word")
    assert found == (["word in November"],) * 3
    (told,) = shelf.told
    assert "history-2026-10.sqlite in the state folder is damaged" in told


def test_only_the_newest_files_stay_open(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "MAX_IDLE", 2)
    shelf.now_ms = NOON_MS + 89 * DAY_MS
    for month in range(4):
        shelf.say(f"word {month}", open_room(), ms=NOON_MS + month * 29 * DAY_MS)
    for _ in range(2):
        assert len(shelf.room(_IN_A, "#a")) == 4
    open_files = [file for file, idle in shelf.questions._idle.items() for _ in idle]
    assert sorted(open_files, key=lambda file: file.order) == list(shelf.files.all()[-2:])


def test_closing_is_idempotent_and_questions_reopen_the_files(shelf: Shelf) -> None:
    shelf.say("word", open_room())
    assert shelf.room(_IN_A, "#a") == ["word"]
    shelf.questions.close()
    shelf.questions.close()
    assert shelf.room(_IN_A, "#a") == ["word"]
