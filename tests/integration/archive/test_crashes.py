"""However a tracker ends and whatever its disk does: every delivered line is in the archive exactly once."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from chatcore.server.archive.journal.journal import JournalReader, segments
from chatcore.server.archive.storage.rooms import Rooms
from chatcore.server.archive.storage.writer import Writer
from tests.support.killed import copy_as_killed
from tests.support.play import Play
from tests.support.together import wait_until

_LAST_SECOND = 1_796_083_199.0  # the last one of November 2026
_STEPS = [
    "ann: JOIN #room",
    "bob: JOIN #room",
    "ann: PRIVMSG #room :one",
    "ann: TOPIC #room :two",
    "bob: PRIVMSG ann :three",
    "ann: MODE #room +i",
    "bob: NOTICE #room :four",
    "bob: PART #room",
    "ann: PRIVMSG #room :five",
]
_ALL = {"one", "two", "three", "four", "five"}


def _state(play: Play) -> Path:
    return play.hosted.tracker.config.state_dir


def _assert_each_text_once(play: Play) -> None:
    """Check that every text is there once: `history` compares paging in both directions."""
    play.act(["ann: JOIN #room"])
    assert play.history("ann") == _ALL
    seen = play.person("ann").command("CHATHISTORY LATEST #room * 90")
    texts = [message.params[-1] for message in seen if message.params[-1] in _ALL]
    assert texts == ["one", "two", "four", "five"]
    assert play.search("bob", "after=2001-01-01T00:00:00.000Z") == {"one", "three", "four"}


def test_a_segment_archived_but_not_yet_deleted_is_not_archived_twice(tmp_path: Path, accounts: Path) -> None:
    with Play(tmp_path, accounts, "tcp") as play:
        play.act(_STEPS)
        kept = {path.name: path.read_bytes() for path in _state(play).glob("journal-*")}
        play.restart()
        play.restart(put_back=partial(_put_back, _state(play), kept))
        _assert_each_text_once(play)
        wait_until(lambda: len(segments(_state(play))) == 1)


@pytest.mark.parametrize(
    "torn", [b"m\to:1:1:#room\tffff", b"\xff\x00\t\n", b"m\n\n\nf\t1\t{\n", b"m\tx:\t1\t1\t1\t\t :a b\r\n"]
)
def test_torn_or_garbled_journal_lines_do_not_affect_others(tmp_path: Path, accounts: Path, torn: bytes) -> None:
    with Play(tmp_path, accounts, "tcp") as play:
        play.act(_STEPS)

        def tear() -> None:
            number = max(segments(_state(play)), default=0) + 1
            (_state(play) / f"journal-{number:08}").write_bytes(torn)

        play.restart(put_back=tear)
        _assert_each_text_once(play)


def _archive_notices(play: Play) -> list[str]:
    """Return the notices to the operator about the archive."""
    return [text for text in tuple(play.hosted.tracker.notices) if "archived" in text]


def _put_back(folder: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (folder / name).write_bytes(data)


class _Snapshots:
    """Copies of a state folder as a kill -9 would leave it at certain steps of the archivist."""

    def __init__(self, folder: Path, state: Path) -> None:
        self.copies: list[Path] = []
        self._folder = folder
        self._state = state

    def around(self, method: Callable[..., Any]) -> Callable[..., Any]:
        """Return the method with a snapshot before and after."""

        def with_snapshots(*args: Any, **kwargs: Any) -> Any:
            self._take()
            result = method(*args, **kwargs)
            self._take()
            return result

        return with_snapshots

    def _take(self) -> None:
        copy = self._folder / f"{len(self.copies)}"
        copy_as_killed(self._state, copy / "state")
        self.copies.append(copy)


def test_a_kill_while_a_month_ends_loses_nothing(
    tmp_path: Path, accounts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [_LAST_SECOND]
    for module in ("tracker", "footing"):
        monkeypatch.setattr(f"chatcore.server.{module}.time", lambda: now[0])
    with Play(tmp_path, accounts, "tcp") as play:
        snapshots = _Snapshots(tmp_path / "copies", _state(play))
        with monkeypatch.context() as patch:
            for owner, name in (
                (Writer, "_make"),
                (Writer, "_take"),
                (Rooms, "apply"),
                (JournalReader, "forget_before"),
            ):
                patch.setattr(owner, name, snapshots.around(getattr(owner, name)))
            for step in _STEPS:
                play.act([step])
                now[0] += 0.3
            play.restart()
        _assert_each_text_once(play)
        assert len([*_state(play).glob("history-2026-1?.sqlite")]) == 2
    assert len(snapshots.copies) > 10
    for copy in snapshots.copies[-6:]:  # by then everything had been delivered
        with Play(copy, accounts, "tcp", is_there=True) as play:
            _assert_each_text_once(play)


def test_a_full_disk_delays_the_archive_without_losing_lines(
    tmp_path: Path, accounts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatcore.server.archive.archivist.RETRY_S", 0.01)

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with Play(tmp_path, accounts, "tcp") as play:
        play.act(_STEPS[:3])
        with monkeypatch.context() as patch:
            patch.setattr(Writer, "_take", full)
            play.act(_STEPS[3:])
            assert play.history("ann") == _ALL, "memory has what the archive lacks"
            wait_until(lambda: len(_archive_notices(play)) == 1)
        wait_until(lambda: len(_archive_notices(play)) == 2)
        _assert_each_text_once(play)
        assert [text.partition(":")[0] for text in _archive_notices(play)] == [
            "New messages cannot be archived yet",
            "New messages are archived again.",
        ]
        play.restart()
        _assert_each_text_once(play)
