"""Eras: a password is recognised, and what people who know it can read."""

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


def test_an_empty_password_is_a_password_of_its_own(path: Path) -> None:
    open_to_all, closed = _start(path, ""), _start(path, "secret")
    assert open_to_all.era != closed.era
    assert _start(path, "") == open_to_all
    assert _start(path, "secret") == closed


def test_a_password_typed_on_another_keyboard_is_the_same(path: Path) -> None:
    assert _start(path, "Ba\u0308r") == _start(path, "B\u00e4r")


def _refuse(path: Path, password: str) -> Era:
    """Return the era of a tracker whose start with this password was refused."""
    opened = Eras(path, password)
    era = opened.begin(1000.5, reads_before=False)
    opened.note_refused()
    opened.save()
    return era


def test_the_next_password_replaces_a_refused_one(path: Path) -> None:
    refused = _refuse(path, "mistyped")
    assert Eras(path, "right").difference == ""
    begun = _start(path, "right")
    assert begun.readable == {refused.era, begun.era}
    assert Eras(path, "mistyped").recognised is None
    assert Eras(path, "mistyped").difference == "Another password than last time"


def test_a_former_or_repeated_password_replaces_a_refused_one_too(path: Path) -> None:
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


def test_refusing_a_former_password_does_not_discard_it(path: Path) -> None:
    first = _start(path, "one")
    assert _refuse(path, "one") == first
    assert Eras(path, "two").difference == "Another password than last time"
    assert _start(path, "two").readable.isdisjoint(first.readable)


def test_a_password_is_recognised_after_others(path: Path) -> None:
    first = _start(path, "one")
    _start(path, "two")
    assert _start(path, "one") == first


def test_without_permission_earlier_eras_are_unreadable(path: Path) -> None:
    first, second = _start(path, "one"), _start(path, "two")
    assert second.readable == {second.era}
    assert first.era not in second.readable


def test_permission_passes_on_all_readable_eras(path: Path) -> None:
    first = _start(path, "one")
    second = _start(path, "two", reads_before=True)
    third = _start(path, "three", reads_before=True)
    assert second.readable == {first.era, second.era}
    assert third.readable == {first.era, second.era, third.era}


def test_permission_can_be_given_later_and_lasts(path: Path) -> None:
    first = _start(path, "one")
    _start(path, "two")
    second = _start(path, "two")
    assert second.readable == {second.era}
    allowed = _start(path, "two", reads_before=True)
    assert allowed == Era(second.era, frozenset({first.era, second.era}))
    assert _start(path, "two") == allowed


def test_permission_does_not_extend_to_the_earlier_password(path: Path) -> None:
    """People who know only the earlier password cannot read what is said under the later one."""
    first = _start(path, "one")
    _start(path, "two", reads_before=True)
    assert _start(path, "one") == first


def test_permission_does_not_reach_beyond_a_gap(path: Path) -> None:
    _start(path, "one")
    second = _start(path, "two")
    third = _start(path, "three", reads_before=True)
    assert third.readable == {second.era, third.era}


def test_a_former_password_can_be_given_permission_too(path: Path) -> None:
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
def test_the_difference_from_last_time_is_described(
    path: Path, before: list[str], password: str, difference: str, readers: str
) -> None:
    for each in before:
        _start(path, each)
    opened = Eras(path, password)
    assert (opened.difference, opened.readers) == (difference, readers)


def test_a_password_that_reads_everything_raises_no_question(path: Path) -> None:
    _start(path, "one")
    _start(path, "two", reads_before=True)
    _start(path, "one")
    assert Eras(path, "two").difference == ""


def test_only_the_most_recent_passwords_are_recognised(path: Path) -> None:
    """Each comparison adds 10 ms to a start."""
    known = [_start(path, f"password {number}") for number in range(MAX_ERAS)]
    assert Eras(path, "password 0").recognised == known[0]
    _start(path, "password 0")  # counts from its last use
    _start(path, "one more")
    assert Eras(path, "password 0").recognised == known[0]
    assert Eras(path, "password 1").recognised is None
    assert Eras(path, "password 2").recognised == known[2]


def test_the_readable_eras_are_limited(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host may have Enter generate each password, and give permission each time."""
    monkeypatch.setattr(eras, "MAX_READABLE", 3)
    started = [_start(path, f"password {number}", reads_before=True) for number in range(5)]
    assert started[-1].readable == {era.era for era in started[-3:]}
    assert MAX_READABLE >= 1000


def test_a_lost_file_does_not_repeat_eras(path: Path) -> None:
    """Otherwise a new password could read what was said under a forgotten one."""
    seen = set()
    for number in range(5):
        path.unlink(missing_ok=True)
        seen.add(_start(path, f"password {number}").era)
    assert len(seen) == 5


def test_the_file_is_private_and_lacks_the_password(path: Path) -> None:
    _start(path, "secret", now=1234.9)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "secret" not in path.read_text()
    content = json.loads(path.read_text())
    assert (content["version"], content["eras"][0]["used"]) == (1, 1234)
    assert list(path.parent.iterdir()) == [path]


def test_two_files_with_one_password_share_no_values(path: Path, tmp_path: Path) -> None:
    _start(path, "secret")
    _start(tmp_path / "other.json", "secret")
    fields = ("era", "salt", "verifier")
    one, other = (json.loads(each.read_text())["eras"][0] for each in (path, tmp_path / "other.json"))
    assert all(one[field] != other[field] for field in fields)


def test_a_newer_version_is_refused_and_left_unchanged(path: Path) -> None:
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
def test_a_damaged_file_is_reported_and_left_unchanged(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"passwords\.json is damaged \(.*\): restore it from a copy; or remove it"):
        Eras(path, "secret")
    assert path.read_bytes() == content


def test_an_unreadable_file_is_reported(path: Path) -> None:
    path.mkdir()
    with pytest.raises(ConfigError, match=r"^cannot read the earlier passwords in .*: Is a directory$"):
        Eras(path, "secret")


def test_a_failed_save_keeps_the_previous_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = _start(path, "one")

    def fsync(_: int) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(OSError, match="No space left"):
        _start(path, "two")
    assert Eras(path, "one").recognised == first
    assert Eras(path, "one").difference == ""
