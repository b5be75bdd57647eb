"""The file of an export."""

from __future__ import annotations

import os
import re
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatcore.protocol.message import Message
from chatcore.terminal import exporter as exporter_module
from chatcore.terminal.exporter import Exporter
from chatcore.terminal.local import Local
from chatcore.terminal.screen.render import render_plain
from chatcore.terminal.session.effects import Answer, Item, OpenExport, Problem, Told, WriteExport

_DEADLINE_S = 20.0
_LOCAL = Local(Path(), Path())
_FIRST, _SECOND = Message("FIRST"), Message("SECOND")
_LAST = WriteExport((), "", None, is_last=True)


class _Visit:
    """The part of a visit that an exporter uses."""

    def __init__(self, local: Local | None = _LOCAL) -> None:
        self.sent: list[Message] = []
        self.shown: list[str] = []
        self.failures: list[str] = []
        self.exporter = Exporter(local, self.sent.append, self._show, self.failures.append)

    def _show(self, item: Item) -> None:
        assert isinstance(item, Answer | Problem | Told)
        self.shown.append(render_plain(item))

    def export(self, path: Path | str, *steps: WriteExport, subject: str = "#lobby") -> None:
        """Run a whole export and wait until it is done."""
        self.exporter.take(OpenExport(str(path), subject, _FIRST))
        for step in steps:
            self.exporter.take(step)
        self.exporter.wait(lambda: False)


@pytest.fixture
def visit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[_Visit]:
    monkeypatch.chdir(tmp_path)
    visit = _Visit()
    yield visit
    visit.exporter.stop()


def test_lines_are_written_page_by_page(visit: _Visit, tmp_path: Path) -> None:
    path = tmp_path / "it.jsonl"
    visit.export(path, WriteExport(("1", "é"), "2026", None), WriteExport(("3",), "2026", _SECOND), _LAST)
    assert path.read_text(encoding="utf-8") == "1\né\n3\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert visit.sent == [_FIRST, _SECOND]
    assert visit.shown == [f"* writing to {path}", f"* 3 messages are in {path}"]


def test_relative_and_tilde_paths_are_resolved(visit: _Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    for path, made in (("here.jsonl", "here.jsonl"), ("~/there.jsonl", "home/there.jsonl")):
        visit.export(path, WriteExport(("1",), "", None, is_last=True))
        assert (tmp_path / made).read_text() == "1\n"
    assert visit.shown[-1] == f"* 1 message is in {tmp_path / 'home/there.jsonl'}"


def test_an_unnamed_file_is_named_after_its_subject(visit: _Visit, tmp_path: Path) -> None:
    for subject in ("#lobby", "#lobby", "#../tea & cake", "#" + "漢" * 80):
        visit.export("", WriteExport(("1",), "", None, is_last=True), subject=subject)
    day = r"-\d{4}-\d\d-\d\d"
    made = sorted(path.name for path in tmp_path.iterdir())
    wanted = [
        f"chat-___tea___cake{day}.jsonl",
        f"chat-lobby{day}-2.jsonl",
        f"chat-lobby{day}.jsonl",
        f"chat-{'漢' * 50}{day}.jsonl",
    ]
    assert len(made) == 4
    assert all(re.fullmatch(pattern, name) for pattern, name in zip(wanted, made, strict=True)), made


def test_no_file_is_overwritten(visit: _Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mine"
    path.write_text("keep me")
    visit.export(path)
    visit.export(tmp_path / "nowhere" / "file")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere")
    visit.export(link)
    visit.export("~nobody-of-that-name/file")
    visit.export("\ud800")
    monkeypatch.setattr(exporter_module, "_MOST_OF_A_NAME", 2)
    visit.export("", WriteExport(("1",), "", None, is_last=True))
    visit.export("")
    assert path.read_text() == "keep me"
    assert not (tmp_path / "elsewhere").exists()
    assert visit.sent == [_FIRST], "only the export that got a file sends a request"
    assert [failure.replace(str(tmp_path), "") for failure in visit.failures[:3]] == [
        "not exported: /mine already exists",
        "not exported: /nowhere/file cannot be created: No such file or directory",
        "not exported: /link already exists",
    ]
    assert visit.failures[3:5] == [
        "not exported: ~nobody-of-that-name/file is not a valid file name",
        "not exported: \ud800 is not a valid file name",
    ]
    assert visit.failures[5].endswith(".jsonl already exists")


def test_writes_after_a_failure_are_dropped(visit: _Visit, tmp_path: Path) -> None:
    visit.export(tmp_path / "nowhere" / "file", WriteExport(("1",), "", _SECOND))
    visit.export(tmp_path / "file", _LAST)
    assert visit.sent == [_FIRST]


def test_an_empty_export_leaves_no_file(visit: _Visit, tmp_path: Path) -> None:
    visit.export(tmp_path / "it", _LAST)
    assert not (tmp_path / "it").exists()
    assert visit.shown[-1] == "* there was nothing to export"


def test_a_full_disk_leaves_whole_lines_only(visit: _Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    room = 10

    def write_some(descriptor: int, data: memoryview) -> int:
        nonlocal room
        if threading.current_thread().name != "exporter":
            return write(descriptor, data)
        if not room:
            raise OSError(28, "No space left on device")
        count = write(descriptor, data[: min(room, 3)])
        room -= count
        return count

    monkeypatch.setattr(os, "write", write_some)
    path = tmp_path / "it"
    visit.export(path, WriteExport(("first",), "", _SECOND), WriteExport(("second",), "", _SECOND))
    assert path.read_text() == "first\n"
    assert visit.failures == [f"the export stopped: No space left on device; 1 message is in {path}"]
    assert visit.sent == [_FIRST, _SECOND]


def test_progress_is_shown_less_and_less_often(visit: _Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0

    def later() -> float:
        nonlocal now
        now += 2.0
        return now

    monkeypatch.setattr(exporter_module, "monotonic", later)
    monkeypatch.setattr(exporter_module, "MOST_PROGRESS_S", 12.0)
    steps = [WriteExport((f"{number}",), f"2026-11-{number:02}T00:00:00.000Z", _SECOND) for number in range(1, 14)]
    for name in ("one", "two"):
        visit.shown.clear()
        visit.export(tmp_path / name, *steps, _LAST)
        assert visit.shown[1:-1] == [
            "* exported so far: 2, up to 2026-11-02",
            "* exported so far: 5, up to 2026-11-05",
            "* exported so far: 9, up to 2026-11-09",
            "* exported so far: 13, up to 2026-11-13",
        ], "less and less often"


def test_leaving_stops_the_export_and_says_so(visit: _Visit, tmp_path: Path) -> None:
    asked = threading.Event()
    visit.exporter = Exporter(
        _LOCAL, lambda message: asked.set() if message is _SECOND else None, visit._show, pytest.fail
    )
    visit.exporter.take(OpenExport(str(tmp_path / "it"), "#lobby", _FIRST))
    visit.exporter.take(WriteExport(("1",), "", _SECOND))
    assert asked.wait(_DEADLINE_S)
    visit.exporter.wait(lambda: True)
    visit.exporter.stop()
    assert visit.shown[-1] == f"error: the export is not complete: 1 message is in {tmp_path / 'it'}"
    assert (tmp_path / "it").read_text() == "1\n"


def test_a_throttling_tracker_is_asked_less_often(
    visit: _Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(visit.exporter._pace, "pause_s", lambda took_s, now: 6.0)
    monkeypatch.setattr(visit.exporter._is_stopping, "wait", waited.append)
    visit.export(tmp_path / "it", WriteExport(("1",), "", _SECOND), _LAST)
    assert waited == [9.0], "the wait leaves room for typed lines"


def test_an_export_without_local_storage_is_refused() -> None:
    visit = _Visit(None)
    visit.export("it.jsonl")
    visit.exporter.stop()
    assert visit.failures == ["not exported: files cannot be saved here"]
    assert (visit.sent, visit.shown) == ([], [])
