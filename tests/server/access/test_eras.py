"""Eras: a password is recognised, and those who know it read what they may and nothing else."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from chatcore.errors import ConfigError, StateTooNew
from chatcore.server.access import eras
from chatcore.server.access.eras import MAX_ERAS, MAX_READABLE, Era, Eras


@pytest.fixture(autouse=True)
def cheap_verifiers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eras, "ITERATIONS", 2)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "passwords.json"


def _start(path: Path, password: str, *, reads_before: bool = False, now: float = 1000.5) -> Era:
    """Return the era of a tracker that starts with this password."""
    opened = Eras(path, password)
    era = opened.begin(now, reads_before=reads_before)
    opened.save()
    return era


@pytest.mark.parametrize("password", ["secret", "", "zwölf Bären", "\ud800"])
def test_the_same_password_is_recognised(path: Path, password: str) -> None:
    assert Eras(path, password).recognised is None
    first = _start(path, password)
    assert first.readable == {first.era}
    assert Eras(path, password).recognised == first
    assert _start(path, password) == first


def test_no_password_is_like_any_other(path: Path) -> None:
    open_to_all, closed = _start(path, ""), _start(path, "secret")
    assert open_to_all.era != closed.era
    assert _start(path, "") == open_to_all
    assert _start(path, "secret") == closed


def test_a_password_typed_on_another_keyboard_is_the_same(path: Path) -> None:
    assert _start(path, "Ba\u0308r") == _start(path, "B\u00e4r")


def _refuse(path: Path, password: str) -> Era:
    """Return the era of a tracker that was not let begin with this password."""
    opened = Eras(path, password)
    era = opened.begin(1000.5, reads_before=False)
    opened.note_refused()
    opened.save()
    return era


def test_the_next_password_stands_for_one_that_was_refused(path: Path) -> None:
    refused = _refuse(path, "mistyped")
    assert Eras(path, "right").difference == ""
    begun = _start(path, "right")
    assert begun.readable == {refused.era, begun.era}
    assert Eras(path, "mistyped").recognised is None
    assert Eras(path, "mistyped").difference == "Another password than last time"


def test_so_does_one_that_was_used_before_or_the_same_again(path: Path) -> None:
    first = _start(path, "right")
    refused = [_refuse(path, "mistyped") for _ in range(2)][-1]
    assert Eras(path, "right").difference == ""
    begun = _start(path, "right")
    assert begun.era == first.era
    assert begun.readable >= {first.era, refused.era}
    _refuse(path, "other")
    again = _start(path, "other")
    assert again.readable == {again.era}
    assert first.era not in again.readable


def test_a_password_that_was_used_before_stays_one_when_it_is_refused(path: Path) -> None:
    first = _start(path, "one")
    assert _refuse(path, "one") == first
    assert Eras(path, "two").difference == "Another password than last time"
    assert _start(path, "two").readable.isdisjoint(first.readable)


def test_it_is_recognised_after_others(path: Path) -> None:
    first = _start(path, "one")
    _start(path, "two")
    assert _start(path, "one") == first


def test_without_permission_nobody_reads_what_was_said_before(path: Path) -> None:
    first, second = _start(path, "one"), _start(path, "two")
    assert second.readable == {second.era}
    assert first.era not in second.readable


def test_with_permission_all_is_read_that_could_be_read_before(path: Path) -> None:
    first = _start(path, "one")
    second = _start(path, "two", reads_before=True)
    third = _start(path, "three", reads_before=True)
    assert second.readable == {first.era, second.era}
    assert third.readable == {first.era, second.era, third.era}


def test_permission_may_be_given_later_and_stays(path: Path) -> None:
    first = _start(path, "one")
    _start(path, "two")
    second = _start(path, "two")
    assert second.readable == {second.era}
    allowed = _start(path, "two", reads_before=True)
    assert allowed == Era(second.era, frozenset({first.era, second.era}))
    assert _start(path, "two") == allowed


def test_permission_does_not_work_backwards(path: Path) -> None:
    """People who know only the earlier password cannot read what is said under the later one."""
    first = _start(path, "one")
    _start(path, "two", reads_before=True)
    assert _start(path, "one") == first


def test_permission_ends_where_it_was_not_given(path: Path) -> None:
    _start(path, "one")
    second = _start(path, "two")
    third = _start(path, "three", reads_before=True)
    assert third.readable == {second.era, third.era}


def test_a_former_password_may_be_given_permission_too(path: Path) -> None:
    first = _start(path, "one")
    second = _start(path, "two")
    again = _start(path, "one", reads_before=True)
    assert again == Era(first.era, frozenset({first.era, second.era}))
    assert _start(path, "two") == second


@pytest.mark.parametrize(
    ("before", "password", "difference", "readers"),
    [
        ([], "one", "", "those who know it"),
        ([], "", "", "everybody"),
        (["one"], "one", "", "those who know it"),
        (["one"], "two", "Another password than last time", "those who know it"),
        (["one", "two"], "one", "Another password than last time", "those who know it"),
        ([""], "one", "There was no password last time", "those who know it"),
        (["one"], "", "There is no password this time", "everybody"),
    ],
)
def test_what_is_different_from_last_time_is_said(
    path: Path, before: list[str], password: str, difference: str, readers: str
) -> None:
    for each in before:
        _start(path, each)
    opened = Eras(path, password)
    assert (opened.difference, opened.readers) == (difference, readers)


def test_whoever_may_read_it_all_is_no_question(path: Path) -> None:
    _start(path, "one")
    _start(path, "two", reads_before=True)
    _start(path, "one")
    assert Eras(path, "two").difference == ""


def test_the_last_ones_are_recognised_and_older_ones_are_not(path: Path) -> None:
    """Each that is compared takes 10 ms of a start."""
    known = [_start(path, f"password {number}") for number in range(MAX_ERAS)]
    assert Eras(path, "password 0").recognised == known[0]
    _start(path, "password 0")  # counts from its last use
    _start(path, "one more")
    assert Eras(path, "password 0").recognised == known[0]
    assert Eras(path, "password 1").recognised is None
    assert Eras(path, "password 2").recognised == known[2]


def test_what_may_be_read_has_an_end(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host who lets Enter make each password, and lets its people read on each time."""
    monkeypatch.setattr(eras, "MAX_READABLE", 3)
    started = [_start(path, f"password {number}", reads_before=True) for number in range(5)]
    assert started[-1].readable == {era.era for era in started[-3:]}
    assert MAX_READABLE >= 1000


def test_a_lost_file_gives_nobody_what_was_said_before(path: Path) -> None:
    """Nor does an old copy that is put back."""
    seen = set()
    for number in range(5):
        path.unlink(missing_ok=True)
        seen.add(_start(path, f"password {number}").era)
    assert len(seen) == 5


def test_the_file_is_private_and_does_not_have_the_password(path: Path) -> None:
    _start(path, "secret", now=1234.9)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "secret" not in path.read_text()
    content = json.loads(path.read_text())
    assert (content["version"], content["eras"][0]["used"]) == (1, 1234)
    assert list(path.parent.iterdir()) == [path]


def test_two_files_of_one_password_do_not_look_alike(path: Path, tmp_path: Path) -> None:
    _start(path, "secret")
    _start(tmp_path / "other.json", "secret")
    fields = ("era", "salt", "verifier")
    one, other = (json.loads(each.read_text())["eras"][0] for each in (path, tmp_path / "other.json"))
    assert all(one[field] != other[field] for field in fields)


def test_a_newer_version_is_refused_and_left_as_it_is(path: Path) -> None:
    text = '{"version": 99, "something": "else"}'
    path.write_text(text)
    with pytest.raises(StateTooNew) as refusal:
        Eras(path, "secret")
    assert str(refusal.value) == (
        f"{path} was written by a newer version of chatcore (its format is 99, this one knows 1): "
        "use that version, or another --state-dir"
    )
    assert path.read_text() == text


_ERA: dict[str, Any] = {"era": 5, "used": 1, "readable": [5], "iterations": 2, "salt": "00", "verifier": "00"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b"[" * 100_000,
        b'{"version": true, "eras": []}',
        b'{"eras": []}',
        b'{"version": 1}',
        b'{"version": 1, "eras": {}}',
        b'{"version": 1, "eras": [5]}',
        *(
            json.dumps({"version": 1, "eras": [{**_ERA, **change}]}).encode()
            for change in (
                {"era": "5"},
                {"era": -5, "readable": [-5]},
                {"era": 1 << 64, "readable": [1 << 64]},
                {"used": None},
                {"readable": [4]},
                {"readable": [5, "4"]},
                {"readable": 5},
                {"iterations": 0},
                {"iterations": 1 << 40},
                {"iterations": "2"},
                {"salt": "0"},
                {"salt": 5},
                {"verifier": ""},
                {"verifier": None},
            )
        ),
    ],
)
def test_a_damaged_file_is_told_and_left_as_it_is(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"passwords\.json is damaged \(.*\): restore it from a copy; or remove it"):
        Eras(path, "secret")
    assert path.read_bytes() == content


def test_a_file_that_cannot_be_read_is_told(path: Path) -> None:
    path.mkdir()
    with pytest.raises(ConfigError, match=r"^cannot read the earlier passwords in .*: Is a directory$"):
        Eras(path, "secret")


def test_what_was_written_is_whole_or_as_before(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = _start(path, "one")

    def fsync(_: int) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(OSError, match="No space left"):
        _start(path, "two")
    assert Eras(path, "one").recognised == first
    assert Eras(path, "one").difference == ""
