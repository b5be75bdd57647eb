"""The files between the command and a tracker: each request is taken once, always answered, and private."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from chatcore.server.archive.erasing.erase_mail import MAX_MS, EraseAnswer, EraseMail, EraseRequest
from chatcore.state.erasure import Erasure

_REQUEST = EraseRequest("id1", Erasure("山田", "#a", 5))


@pytest.fixture
def mail(tmp_path: Path) -> EraseMail:
    return EraseMail(tmp_path)


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_request_is_taken_answered_and_removed(mail: EraseMail, tmp_path: Path) -> None:
    assert not mail.has_request
    mail.ask(_REQUEST)
    assert (mail.has_request, mail.is_waiting) == (True, True)
    assert [path.stat().st_mode & 0o777 for path in tmp_path.iterdir()] == [0o600]
    assert mail.take() == _REQUEST
    assert (mail.has_request, mail.is_waiting) == (True, False)
    mail.answer(EraseAnswer("id1", percent=34, files=3))
    assert mail.read_answer("id1") == EraseAnswer("id1", False, 34, 3)
    assert mail.read_answer("id2") is None
    answer = EraseAnswer("id1", True, messages=7, problems=("x",))
    mail.finish(answer)
    assert mail.read_answer("id1") == answer
    assert not mail.has_request
    assert mail.take() is None
    mail.clear_answer()
    assert _names(tmp_path) == []


def test_an_unfinished_request_is_taken_before_a_later_one(mail: EraseMail) -> None:
    mail.ask(_REQUEST)
    mail.take()
    mail.note(_REQUEST._replace(up_to=9))
    mail.ask(EraseRequest("id2", Erasure("eve")))
    assert mail.take() == _REQUEST._replace(up_to=9)
    mail.drop()
    assert mail.take() == EraseRequest("id2", Erasure("eve"))


def test_only_a_request_not_yet_taken_can_be_withdrawn(mail: EraseMail, tmp_path: Path) -> None:
    mail.ask(_REQUEST)
    assert mail.withdraw()
    assert _names(tmp_path) == []
    mail.ask(_REQUEST)
    mail.take()
    assert not mail.withdraw()
    assert mail.take() == _REQUEST


def test_leftovers_of_a_killed_command_are_removed(mail: EraseMail, tmp_path: Path) -> None:
    (tmp_path / "erase-request.x1").write_text("eve")
    (tmp_path / "erase-answer").write_text("{}")
    mail.ask(_REQUEST)
    assert _names(tmp_path) == ["erase-request"]
    mail.take()
    (tmp_path / "erase-taken.x1").write_text("eve")
    mail.finish(EraseAnswer("id1", True))
    assert _names(tmp_path) == ["erase-answer"]


_GOOD = {"version": 1, "id": "id1", "nick": "eve", "room": "", "before_ms": None, "up_to": 0}


@pytest.mark.parametrize(
    "written",
    [
        {"version": 2},
        {"nick": None},
        {"nick": ""},
        {"room": 5},
        {"before_ms": "today"},
        {"before_ms": -1},
        {"before_ms": MAX_MS + 1},
        {"before_ms": 10**30},
        {"up_to": "all"},
        {"up_to": None},
    ],
)
def test_a_malformed_request_is_answered_with_a_problem(
    mail: EraseMail, tmp_path: Path, written: dict[str, object]
) -> None:
    (tmp_path / "erase-request").write_text(json.dumps({**_GOOD, **written}))
    assert mail.take() is None
    answer = mail.read_answer("id1")
    assert answer is not None
    assert (answer.is_done, answer.problems) == (True, ("the request has an unknown format",))
    assert not mail.has_request


@pytest.mark.parametrize("data", [b"", b"nonsense", b"[]", b"5", b'{"version": 1}', b"\xff", b"[" * 50_000])
def test_unreadable_files_are_ignored(mail: EraseMail, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "erase-request").write_bytes(data)
    assert mail.take() is None
    assert not mail.has_request
    (tmp_path / "erase-answer").write_bytes(data)
    assert mail.read_answer("id1") is None


def test_a_link_is_not_followed(mail: EraseMail, tmp_path: Path) -> None:
    (tmp_path / "other").write_text(json.dumps(_GOOD))
    (tmp_path / "erase-request").symlink_to(tmp_path / "other")
    with pytest.raises(OSError, match="symbolic"):
        mail.take()


def test_a_full_disk_loses_only_the_answer(mail: EraseMail, monkeypatch: pytest.MonkeyPatch) -> None:
    mail.ask(_REQUEST)
    mail.take()

    def fail(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    mail.finish(EraseAnswer("id1", True))
    assert not mail.has_request
    assert mail.read_answer("id1") is None
