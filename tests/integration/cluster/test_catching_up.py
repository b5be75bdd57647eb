"""Trackers that restart, join late or were away: each catches up with the others or says what is missing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from chatcore.cluster import replica
from chatcore.server.audit.log_place import OWN_KINDS, kind_of
from chatcore.server.footing import NoBar
from chatcore.server.tracker import Tracker
from tests.support.irc import IrcClient
from tests.support.killed import copy_as_killed
from tests.support.together import wait_until
from tests.support.trackers import Hosted, TrackerProcess, hosted_tracker
from tests.support.valkey import ValkeyProcess, valkey_process

_CAPS = "batch server-time message-tags standard-replies draft/chathistory soju.im/search"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[ValkeyProcess]:
    with valkey_process(tmp_path / "engine") as engine:
        yield engine


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write checkpoints after few records; everything before the last two is trimmed."""
    monkeypatch.setattr(replica, "CHECKPOINT_RECORDS", 20)


@contextmanager
def _tracker(folder: Path, engine: ValkeyProcess) -> Iterator[Hosted]:
    folder.mkdir(exist_ok=True)
    with hosted_tracker(folder, cluster=engine.url, keep_alive=True) as hosted:
        yield hosted


def _as_killed(folder: Path, name: str) -> Path:
    """Return a folder with all files of a tracker as they are now: as a kill -9 would leave them."""
    return copy_as_killed(folder, folder.with_name(name))


def _shared(folder: Path) -> list[bytes]:
    """Return the lines of a log that all trackers share."""
    return [line for line in (folder / "chat.log").read_bytes().splitlines() if kind_of(line) not in OWN_KINDS]


def _kinds(folder: Path) -> list[str]:
    return [kind_of(line) for line in (folder / "chat.log").read_bytes().splitlines()]


def _say(client: IrcClient, first: int, last: int) -> None:
    client.command(*(f"PRIVMSG #a :number {number}" for number in range(first, last + 1)))


def _history(hosted: Hosted, nick: str) -> list[str]:
    """Return the last hundred messages in the room, as a client that joins now reads them."""
    client = hosted.client(nick, "#a", caps=_CAPS)
    seen = client.command("CHATHISTORY LATEST #a * 100")
    return [message.params[-1] for message in seen if message.command == "PRIVMSG"]


def _numbers(first: int, last: int) -> list[str]:
    return [f"number {number}" for number in range(first, last + 1)]


def _wait_until_equal(one: Path, other: Path) -> None:
    wait_until(lambda: _shared(one) == _shared(other))


@pytest.mark.usefixtures("soon")
def test_a_killed_tracker_catches_up_without_gap_or_repeat(tmp_path: Path, engine: ValkeyProcess) -> None:
    with _tracker(tmp_path / "a", engine) as first:
        ann = first.client("ann", "#a")
        with _tracker(tmp_path / "b", engine):
            _say(ann, 1, 30)
            _wait_until_equal(tmp_path / "a", tmp_path / "b")
            killed = _as_killed(tmp_path / "b", "killed")
            _say(ann, 31, 35)
        _say(ann, 36, 40)
        with _tracker(killed, engine) as again:
            _say(ann, 41, 45)
            _wait_until_equal(tmp_path / "a", killed)
            assert _history(again, "zoe") == _numbers(1, 45)
            assert "gap" not in _kinds(killed)
            assert "repeat" not in _kinds(killed)


@pytest.mark.thorough
@pytest.mark.usefixtures("soon")
def test_archive_lines_lost_by_a_power_failure_are_replayed(tmp_path: Path, engine: ValkeyProcess) -> None:
    with _tracker(tmp_path / "a", engine) as first:
        ann = first.client("ann", "#a")
        with _tracker(tmp_path / "b", engine):
            _say(ann, 1, 30)
            wait_until(lambda: _archived(tmp_path / "b") > 20)
            older = _as_killed(tmp_path / "b", "older")
            _say(ann, 31, 90)
            wait_until(lambda: _archived(tmp_path / "b") > 90)
            _wait_until_equal(tmp_path / "a", tmp_path / "b")
            killed = _as_killed(tmp_path / "b", "killed")
        _lose_archive(killed / "state", older / "state")
        with _tracker(killed, engine) as again:
            assert _history(again, "zoe") == _numbers(1, 90)
            assert "gap" not in _kinds(killed)
            assert "repeat" not in _kinds(killed)


def _archived(folder: Path) -> int:
    return int((folder / "state/cluster/archived").read_text().split()[1])


def _lose_archive(state: Path, older: Path) -> None:
    """Set the archive back to an older one, with the file that says up to where it was on the disk."""
    kept = ("history-*", "journal-*", "cluster/archived")
    for path in [path for pattern in kept for path in state.glob(pattern)]:
        path.unlink()
    for path in [path for pattern in kept for path in older.glob(pattern)]:
        shutil.copy(path, state / path.relative_to(older))


@pytest.mark.thorough
@pytest.mark.usefixtures("soon")
def test_a_late_tracker_gets_everything_from_the_others(tmp_path: Path, engine: ValkeyProcess) -> None:
    with _tracker(tmp_path / "a", engine) as first:
        ann = first.client("ann", "#a")
        _say(ann, 1, 90)
        with _tracker(tmp_path / "b", engine) as late:
            _wait_until_equal(tmp_path / "a", tmp_path / "b")
            assert _history(late, "zoe") == _numbers(1, 90)
            assert "gap" not in _kinds(tmp_path / "b")


@pytest.mark.thorough
@pytest.mark.usefixtures("soon")
def test_lines_that_no_tracker_has_are_reported_as_a_gap(tmp_path: Path, engine: ValkeyProcess) -> None:
    with _tracker(tmp_path / "a", engine) as first:
        _say(first.client("ann", "#a"), 1, 90)
        with _tracker(tmp_path / "b", engine):
            pass
    shutil.rmtree(tmp_path / "a")
    shutil.rmtree(tmp_path / "b")
    with _tracker(tmp_path / "c", engine) as last:
        assert _kinds(tmp_path / "c").count("gap") == 1
        zoe = last.client("zoe", "#a", caps=_CAPS)
        _say(zoe, 91, 92)
        seen = zoe.command("CHATHISTORY BEFORE #a timestamp=2100-01-01T00:00:00.000Z 100")
        notes = [message.params[:3] for message in seen if message.command == "NOTE"]
        assert notes == [("CHATHISTORY", "GAP", "#a")]


@pytest.mark.thorough
def test_a_tracker_with_more_log_than_the_engine_does_not_start(tmp_path: Path, engine: ValkeyProcess) -> None:
    with _tracker(tmp_path / "a", engine) as first:
        ann = first.client("ann", "#a")
        _say(ann, 1, 5)
        engine.copy_data(tmp_path / "old")
        _say(ann, 6, 9)
        killed = _as_killed(tmp_path / "a", "killed")
    engine.stop()
    engine.set_back(tmp_path / "old")
    engine.start()
    with pytest.raises(AssertionError, match="has lost what it had confirmed"):
        TrackerProcess(killed, "--cluster", engine.url)


@pytest.mark.thorough
def test_a_chat_restarted_in_an_empty_engine_continues_its_log(tmp_path: Path, engine: ValkeyProcess) -> None:
    with _tracker(tmp_path / "a", engine) as first:
        _say(first.client("ann", "#a"), 1, 5)
    engine.stop()
    engine.forget()
    engine.start()
    with _tracker(tmp_path / "a", engine) as again:
        ann = again.client("ann", "#a", caps=_CAPS)
        _say(ann, 6, 9)
        assert _history(again, "zoe") == _numbers(1, 9)
        assert "gap" not in _kinds(tmp_path / "a")
        with _tracker(tmp_path / "b", engine):
            ann.sync()


@pytest.mark.thorough
def test_progress_of_catching_up_is_reported(tmp_path: Path, engine: ValkeyProcess) -> None:
    class Noted(NoBar):
        """A progress bar that the test can read."""

        def __init__(self, total: int) -> None:
            super().__init__(total)
            bars.append(self)
            self.total = total
            self.done = 0

        def add(self, count: int) -> None:
            """See Bar."""
            self.done += count

    bars: list[Noted] = []
    with _tracker(tmp_path / "a", engine) as first:
        _say(first.client("ann", "#a"), 1, 30)
        second = Tracker(replace(first.tracker.config, log=tmp_path / "b.log", state_dir=tmp_path / "b"), "")
        second.start(Noted)
        second.stop("over")
    (bar,) = bars
    assert bar.done >= bar.total > 0  # more records may have come since
