"""The file of resumable visits: its contents, and what another password or a full disk does to it."""

from __future__ import annotations

import json
import os
import stat
from contextlib import closing
from pathlib import Path

import pytest

from chatcore.errors import ConfigError, StateTooNew
from chatcore.server.access.resume_file import RESUME_FILE, ResumeFile
from chatcore.server.access.row_file import version_of
from tests.support.disk import Disk


def _rows(folder: Path, password: str = "pw") -> dict[str, dict[str, object]]:
    file = ResumeFile(folder, password)
    file.close()
    return file.rows


def _fill(folder: Path, *visits: str, password: str = "pw") -> None:
    file = ResumeFile(folder, password)
    for visit in visits:
        assert file.append({"visit": visit})
    file.close()


def test_the_last_line_of_a_visit_counts(tmp_path: Path) -> None:
    with closing(ResumeFile(tmp_path, "pw")) as file:
        for row in ({"visit": "a", "n": 1}, {"visit": "b"}, {"visit": "a", "n": 2}, {"visit": "b", "over": True}):
            assert file.append(row)
    assert _rows(tmp_path) == {"a": {"visit": "a", "n": 2}}


def test_another_password_discards_the_rows_for_good(tmp_path: Path) -> None:
    _fill(tmp_path, "a")
    assert _rows(tmp_path, "other") == {}
    assert _rows(tmp_path) == {}


def test_digests_survive_a_restart_but_not_another_password(tmp_path: Path) -> None:
    _fill(tmp_path, "a")
    found = []
    for password in ("pw", "pw", "no"):
        with closing(ResumeFile(tmp_path, password)) as file:
            found.append(file.digest("token"))
    assert found[0] == found[1] != found[2]


def test_the_file_is_private_and_lacks_token_and_password(tmp_path: Path) -> None:
    with closing(ResumeFile(tmp_path, "the password")) as file:
        file.append({"visit": "a", "token": file.digest("the token")})
    data = (tmp_path / RESUME_FILE).read_text()
    assert "the password" not in data
    assert "the token" not in data
    assert stat.S_IMODE((tmp_path / RESUME_FILE).stat().st_mode) == 0o600


@pytest.mark.parametrize("damage", ["{", "[]", "null", '{"visit": 1}', "\x00\xff", "[" * 100_000])
def test_damaged_lines_are_skipped(tmp_path: Path, damage: str) -> None:
    _fill(tmp_path, "a", "b")
    head, first, second = (tmp_path / RESUME_FILE).read_text().splitlines()
    (tmp_path / RESUME_FILE).write_text(f"{head}\n{first}\n{damage}\n{second}\n{damage}")
    assert _rows(tmp_path).keys() == {"a", "b"}


@pytest.mark.parametrize("head", ["", "x", "[]", "{}", '{"salt": 1}', '{"salt": "ab"}', '{"salt": "ab", "check": 7}'])
def test_a_damaged_first_line_empties_the_file(tmp_path: Path, head: str) -> None:
    (tmp_path / RESUME_FILE).write_text(f'{head}\n{{"visit": "a"}}\n')
    told: list[str] = []
    with closing(ResumeFile(tmp_path, "pw", told.append)):
        problem = f"{tmp_path / RESUME_FILE} is damaged: its contents are ignored"
        assert told == [problem] * ("7" not in head)  # it might belong to another password
    _fill(tmp_path, "b")
    assert _rows(tmp_path).keys() == {"b"}


def test_a_newer_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / RESUME_FILE).write_text('{"version": 2}\n{"visit": "a"}\n')
    assert version_of(tmp_path / RESUME_FILE) == 2
    with pytest.raises(StateTooNew):
        ResumeFile(tmp_path, "pw")
    (tmp_path / RESUME_FILE).write_text('{"version": "x"}\n')
    assert version_of(tmp_path / RESUME_FILE) == 0


def test_a_file_that_cannot_be_opened_is_reported(tmp_path: Path) -> None:
    (tmp_path / RESUME_FILE).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match="cannot use"):
        ResumeFile(tmp_path, "pw")


def test_a_read_error_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> bytes:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "pread", fail)
    with pytest.raises(ConfigError, match="Input/output error"):
        ResumeFile(tmp_path, "pw")


def test_a_full_disk_empties_the_file_until_it_is_rewritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    disk = Disk(monkeypatch)
    with closing(ResumeFile(tmp_path, "pw", told.append)) as file:
        assert file.append({"visit": "a"})
        disk.free, disk.cannot_sync = 7, True
        assert not file.append({"visit": "b"})
        assert (tmp_path / RESUME_FILE).read_bytes() == b""
        disk.free = 0
        assert not file.append({"visit": "c"})
        assert not file.rewrite([{"visit": "a"}])
        assert len(told) == 1
        disk.free, disk.cannot_sync = None, False
        assert not file.append({"visit": "d"}), "the file still lacks visit a"
        assert file.rewrite([{"visit": "a"}])
        assert file.append({"visit": "d"})
        disk.free, disk.cannot_cut = 0, True
        assert not file.append({"visit": "e"})
    assert _rows(tmp_path).keys() == {"a", "d"}


def test_a_file_with_many_outdated_lines_is_large(tmp_path: Path) -> None:
    with closing(ResumeFile(tmp_path, "pw")) as file:
        while not file.is_large(1):
            file.append({"visit": "a", "text": "x" * 5000})
        assert (tmp_path / RESUME_FILE).stat().st_size > 250_000
        assert file.rewrite([{"visit": "a"}])
        assert not file.is_large(1)
    assert json.loads((tmp_path / RESUME_FILE).read_text().splitlines()[-1]) == {"visit": "a"}


def test_its_modification_time_is_when_the_tracker_was_alive(tmp_path: Path) -> None:
    _fill(tmp_path, "a")
    os.utime(tmp_path / RESUME_FILE, (5.0, 5.0))
    with closing(ResumeFile(tmp_path, "pw")) as file:
        assert file.alive_at == 5.0
        file.touch()
    assert (tmp_path / RESUME_FILE).stat().st_mtime > 5.0
