"""The log of a tracker that replays entries: every line once, whatever the log contained and wherever it ended."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatcore.server.audit.log_place import LogPlace, files_after, parse_place
from chatcore.server.audit.recovery import RecoveringLog, cut_torn
from chatcore.server.audit.rotation import Rotation
from tests.support.disk import Disk

_TIME = "2026-11-20T22:50:01.123Z"
_LOCAL_LINES = ("start :here", "stop :bye", "log-opened", "log-resumed", "clock-step a b", "gap 1 2", "repeat")


def _line(text: str) -> str:
    return f"{_TIME} {text}\n"


def _said(first: int, last: int) -> list[str]:
    return [_line(f"message #a ann :number {number}") for number in range(first, last + 1)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chat.log"


class Trackers:
    """Successive trackers with the same log."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.told: list[str] = []
        self.log: RecoveringLog | None = None

    def start(self, place: LogPlace | None = None, *, most_bytes: int = 0) -> RecoveringLog:
        """Kill the running tracker, and start another one that continues at a place."""
        self.end()
        cut_torn(self.path)
        self.log = RecoveringLog(
            self.path, fsync=False, tell=self.told.append, rotation=Rotation(self.path, most_bytes, lambda: 1e9)
        )
        if place:
            self.log.recover(str(place))
        return self.log

    def end(self) -> None:
        """Close the log."""
        if self.log:
            self.log.close()
            self.log = None


@pytest.fixture
def trackers(path: Path) -> Iterator[Trackers]:
    trackers = Trackers(path)
    yield trackers
    trackers.end()


def _place(log: RecoveringLog) -> LogPlace:
    place = parse_place(log.place())
    assert place is not None
    return place


def test_lines_already_after_the_place_are_not_written_again(trackers: Trackers, path: Path) -> None:
    log = trackers.start()
    log.write([_line("start :here"), *_said(1, 3)])
    place = _place(log)
    log.write(_said(4, 6))
    log = trackers.start(place)
    assert log.write(_said(4, 5)) == 2
    assert log.write(["", *_said(6, 8)]) == 4
    assert log.write(_said(9, 9)) == 1
    assert log.end_recovery() == ""
    assert path.read_text() == "".join([_line("start :here"), *_said(1, 9)])
    assert trackers.told == []


def test_a_log_cut_anywhere_gets_each_line_once(trackers: Trackers, path: Path) -> None:
    """A kill or a power loss cuts off the end of the log: within a line, or between the lines of one entry."""
    log = trackers.start()
    log.write(_said(1, 2))
    place = _place(log)
    texts = ["".join(_said(3, 4)), *_said(5, 5), "".join(_said(6, 8))]
    log.write(texts)
    whole = path.read_bytes()
    for size in range(place.offset, len(whole) + 1):
        path.write_bytes(whole[:size])
        log = trackers.start(place)
        assert log.write(texts) == 3
        assert log.end_recovery() == ""
        assert path.read_bytes() == whole


@pytest.mark.parametrize("own", _LOCAL_LINES)
def test_lines_about_the_tracker_itself_are_skipped_and_still_written(trackers: Trackers, path: Path, own: str) -> None:
    log = trackers.start()
    log.write(_said(1, 1))
    place = _place(log)
    log.write([_line(own), *_said(2, 2), _line(own), *_said(3, 3)])
    log = trackers.start(place)
    log.write([_line(own), *_said(2, 2)])
    log.write([*_said(3, 3), _line(own), *_said(4, 4)])
    lines = [*_said(1, 1), _line(own), *_said(2, 2), _line(own), *_said(3, 3), _line(own), _line(own), *_said(4, 4)]
    assert path.read_text() == "".join(lines)
    assert trackers.told == []


def test_a_message_resembling_a_tracker_line_is_compared(trackers: Trackers, path: Path) -> None:
    log = trackers.start()
    place = _place(log)
    log.write([_line("message stop start :stop")])
    log = trackers.start(place)
    log.write([_line("message stop start :stop")])
    assert path.read_text() == _line("message stop start :stop")


def test_rotated_and_compressed_files_are_read_in_order(trackers: Trackers, path: Path) -> None:
    log = trackers.start(most_bytes=1)
    log.write(_said(1, 2))
    place = _place(log)
    for number in (3, 4, 5):
        log.write(_said(number, number))
        log.look()
        log.follow()
    log.write(_said(6, 6))
    left = sorted(path.parent.glob("chat.log-*"))
    assert len(left) == 3
    for plain in left[:2]:
        plain.with_name(f"{plain.name}.gz").write_bytes(gzip.compress(plain.read_bytes()))
    left[0].unlink()
    log = trackers.start(place)
    assert log.write(_said(3, 7)) == 5
    assert path.read_text() == "".join(_said(6, 7))
    assert trackers.told == []


def test_a_log_is_not_rotated_while_it_is_compared(trackers: Trackers, path: Path) -> None:
    log = trackers.start()
    log.write(_said(1, 1))
    place = _place(log)
    log.write(_said(2, 3))
    log = trackers.start(place, most_bytes=1)
    log.write(_said(2, 2))
    log.look()
    assert not log.follow()
    log.write(_said(3, 4))
    assert log.follow()


def test_a_place_in_an_empty_new_file_is_after_the_last_one(trackers: Trackers, path: Path) -> None:
    log = trackers.start(most_bytes=1)
    log.write(_said(1, 1))
    log.look()
    log.follow()
    place = _place(log)
    assert place.offset == -1
    log.write(_said(2, 2))
    log = trackers.start(place)
    log.write(_said(2, 3))
    assert path.read_text() == "".join(_said(2, 3))


def test_the_empty_place_is_the_start_of_the_oldest_file(trackers: Trackers, path: Path) -> None:
    log = trackers.start()
    place = _place(log)
    assert place == LogPlace()
    log.write(_said(1, 2))
    log = trackers.start(place)
    log.write(_said(1, 3))
    assert path.read_text() == "".join(_said(1, 3))


def test_a_place_is_one_word(trackers: Trackers, path: Path) -> None:
    log = trackers.start()
    log.write(_said(1, 2))
    for place in (_place(log), LogPlace()):
        assert " " not in str(place)
        assert parse_place(str(place)) == place
    for word in ("", "a:b:c", "a:1", "a:1:b:c"):
        assert parse_place(word) is None


def test_a_place_is_missing_in_a_shorter_or_different_log(trackers: Trackers, path: Path) -> None:
    log = trackers.start()
    log.write(_said(1, 3))
    place = _place(log)
    whole = path.read_bytes()
    assert files_after(path, place) == [(path, place.offset)]
    assert log.has(str(place))
    assert not log.has("")
    path.write_bytes(whole[:-1])
    assert files_after(path, place) is None
    path.write_bytes(whole.replace(b"number 2", b"number x"))
    assert files_after(path, place) is None
    path.write_bytes(b"".join(whole.splitlines(keepends=True)[1:]) * 2)
    assert files_after(path, place) is None
    path.unlink()
    assert files_after(path, place) is None


def test_a_file_without_a_first_line_has_no_place(path: Path) -> None:
    path.write_bytes(b"no line")
    log = RecoveringLog(path, fsync=False)
    assert log.place() == ""
    path.rename(path.with_name("chat.log.1"))
    assert log.follow()
    assert log.place() == ""
    log.close()


def test_a_place_refers_to_the_open_file_even_when_renamed(trackers: Trackers, path: Path) -> None:
    log = trackers.start()
    log.write(_said(1, 2))
    path.rename(path.with_name("chat.log.1"))
    place = _place(log)
    log.write(_said(3, 3))
    log = trackers.start(place)
    log.write(_said(3, 4))
    assert path.read_text() == _said(4, 4)[0]


def test_during_comparison_the_place_follows_the_last_matching_line(trackers: Trackers, path: Path) -> None:
    log = trackers.start()
    places = [_place(log)]
    for number in range(1, 5):
        log.write(_said(number, number))
        places.append(_place(log))
    log = trackers.start(places[1])
    assert _place(log) == places[1]
    for number in range(2, 5):
        log.write(_said(number, number))
        assert _place(log) == places[number]
    log.write(_said(5, 5))
    assert _place(log).offset == path.stat().st_size


def test_without_a_place_the_first_line_is_searched_for(trackers: Trackers, path: Path) -> None:
    """As with a log from a backup."""
    log = trackers.start(most_bytes=1)
    for number in (1, 2, 3):
        log.write(_said(number, number))
        log.look()
        log.follow()
    log.write(_said(4, 5))
    for first in (1, 3, 5):
        log = trackers.start()
        log.recover("", _line("gap 1 7"))
        assert log.place() == ""
        log.write([_line("start :here"), *_said(first, 6)])
        lines = path.read_text().splitlines(keepends=True)
        assert [line for line in lines if " start " not in line] == _said(4, 6)
    assert trackers.told == []


def test_a_gap_is_noted_once_if_the_first_line_is_not_found(trackers: Trackers, path: Path) -> None:
    log = trackers.start()
    log.write(_said(1, 2))
    log = trackers.start()
    log.recover("", _line("gap 3 7"))
    later = [line.replace("22:50", "22:51") for line in _said(8, 10)]
    assert log.write([_line("start :here"), "", *later[:2]]) == 4
    assert log.write(later[2:]) == 1
    assert log.end_recovery() == ""
    lines = [*_said(1, 2), _line("start :here"), _line("gap 3 7"), *later]
    assert path.read_text() == "".join(lines)


def test_a_gap_is_noted_even_if_no_line_follows(trackers: Trackers, path: Path) -> None:
    log = trackers.start()
    log.write(_said(1, 2))
    log = trackers.start()
    log.recover("", _line("gap 3 7"))
    assert log.end_recovery() == ""
    assert path.read_text() == "".join([*_said(1, 2), _line("gap 3 7")])
    assert log.write(_said(8, 8)) == 1
    assert path.read_text() == "".join([*_said(1, 2), _line("gap 3 7"), *_said(8, 8)])


def test_lines_not_searched_yet_are_not_surplus(trackers: Trackers) -> None:
    log = trackers.start()
    log.write(_said(1, 2))
    log = trackers.start()
    log.recover("")
    assert log.end_recovery() == ""


def test_a_difference_is_reported_and_the_lines_repeated_from_there(trackers: Trackers, path: Path) -> None:
    log = trackers.start()
    place = _place(log)
    log.write(_said(1, 4))
    path.write_text(path.read_text().replace("number 2", "another"))
    log = trackers.start(place)
    assert log.write(_said(1, 5)) == 5
    assert log.end_recovery() == ""
    before = [*_said(1, 1), _line("message #a ann :another"), *_said(3, 4)]
    assert path.read_text() == "".join([*before, _line("repeat"), *_said(2, 5)])
    assert trackers.told == [
        "The log is not what it should be: it has the second of these lines in place of the first. From there on, it "
        f"is written again at its end:\n{_line('message #a ann :number 2')}{_line('message #a ann :another')}".rstrip(
            "\n"
        )
    ]


def test_surplus_lines_in_the_log_are_found(trackers: Trackers, path: Path) -> None:
    """As when the engine has lost confirmed entries."""
    log = trackers.start()
    place = _place(log)
    log.write([*_said(1, 2), _line("stop :bye"), *_said(3, 4)])
    log = trackers.start(place)
    log.write(_said(1, 2))
    assert log.end_recovery() == _said(3, 3)[0]
    assert log.end_recovery() == ""


def test_lines_that_do_not_fit_on_a_full_disk_are_written_later(
    trackers: Trackers, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = trackers.start()
    place = _place(log)
    log.write(_said(1, 2))
    log = trackers.start(place)
    disk = Disk(monkeypatch)
    disk.free = 0
    texts = [_said(1, 1)[0], "".join(_said(2, 4)), _line("start :here"), *_said(5, 5)]
    assert log.write(texts) == 1
    assert log.write(texts[1:]) == 0
    disk.free = None
    monkeypatch.setattr("chatcore.server.audit.log.has_room", lambda descriptor: True)
    assert log.write(texts[1:]) == 3
    assert log.write(_said(6, 6)) == 1
    assert path.read_text() == "".join([*_said(1, 4), _line("start :here"), *_said(5, 6)])


def test_a_failed_note_during_comparison_loses_no_line(
    trackers: Trackers, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = trackers.start()
    place = _place(log)
    log.write(_said(1, 3))
    log = trackers.start(place)
    texts = [_line("start :here"), *_said(1, 3)]
    with monkeypatch.context() as patched:
        Disk(patched).free = 0
        assert log.write(texts) == 0
    monkeypatch.setattr("chatcore.server.audit.log.has_room", lambda descriptor: True)
    assert log.write(texts) == 4
    assert log.write(_said(4, 4)) == 1
    assert path.read_text() == "".join([*_said(1, 3), _line("start :here"), *_said(4, 4)])


def test_only_an_unused_log_has_its_torn_line_cut(trackers: Trackers, path: Path) -> None:
    cut_torn(path)
    assert not path.exists()
    trackers.start().write(_said(1, 1))
    with path.open("ab") as file:
        file.write(b"torn")
    cut_torn(path)
    assert path.read_bytes().endswith(b"torn")
    trackers.end()
    cut_torn(path)
    assert path.read_text() == "".join(_said(1, 1))
    path.write_bytes(b"torn")
    cut_torn(path)
    assert path.read_bytes() == b""
