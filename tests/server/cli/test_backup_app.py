"""The command `backup`: what it takes, refuses and prints. tests/integration/test_backup.py restores backups."""

from __future__ import annotations

import os
import signal
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatcore.server.archive.journal.journal import Journal
from chatcore.server.archive.journal.positions import Positions
from chatcore.server.backup.copying import Copying
from chatcore.server.cli import backup_app
from chatcore.server.cli.app import main

_NICE: list[int] = []


@pytest.fixture(autouse=True)
def in_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder with the files of a tracker, in which commands are run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "nice", _NICE.append)
    (tmp_path / "state").mkdir(0o700)
    Positions(tmp_path / "state").close()
    Journal(tmp_path / "state").close()
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "chat.log").write_text("2026-11-26T10:00:00.000Z log-opened\n")
    yield
    _NICE.clear()


def _names(path: str) -> list[str]:
    with tarfile.open(path) as tar:
        return tar.getnames()


_ALL = ["state", "state/journal-00000001", "state/positions", "logs", "logs/chat.log"]


def test_it_reports_what_it_copied_and_how_secret_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backup", "chat.tar.gz"]) == 0
    assert _names("chat.tar.gz") == _ALL
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "state: 2 files, 0.0 MB",
        "logs: 1 file, 0.0 MB",
        "chat.tar.gz: 0.0 MB, as secret as the state folder",
    ]
    assert _NICE == [10]


def test_options_may_precede_the_command_and_quiet_hides_the_report(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--state-dir", "state", "backup", "chat.tar", "--log", "nowhere/chat.log", "-q"]) == 0
    assert _names("chat.tar") == _ALL[:-1]
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("chat-tracker: there is no log at ")


def test_folders_are_taken_from_the_settings(tmp_path: Path) -> None:
    Path("chat.toml").write_text('state_dir = "state"\nlog = "logs/chat.log"\n')
    assert main(["--config", "chat.toml", "backup", str(tmp_path / "chat.tar")]) == 0
    assert _names("chat.tar") == _ALL


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["chat.zip"], "should end in .tar.gz"),
        (["state/chat.tar"], "would be part of the backup itself"),
        (["logs/chat.log.1.tar"], "would be part of the backup itself"),
        (["link/deep/chat.tar"], "would be part of the backup itself"),
        (["there.tar"], "already exists (--force replaces it)"),
        (["folder.tar", "--force"], "is not a file"),
        (["nowhere/chat.tar"], "cannot write nowhere/chat.tar: No such file"),
        (["chat.tar", "--state-dir", "empty"], "no tracker has used the state folder"),
        (["chat.tar", "--state-dir", "nowhere"], "no tracker has used the state folder"),
        ([], "the following arguments are required: FILE"),
        (["chat.tar", "more"], "unrecognized arguments: more"),
    ],
)
def test_mistakes_are_explained_and_change_nothing(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("there.tar").write_bytes(b"precious")
    for folder in ("folder.tar", "empty", "state/deep"):
        Path(folder).mkdir()
    Path("link").symlink_to("state")
    before = sorted(Path().rglob("*"))
    assert main(["backup", *arguments]) == 2
    assert words in capsys.readouterr().err
    assert [path for path in sorted(Path().rglob("*")) if path.name != "erase-lock"] == before
    assert Path("there.tar").read_bytes() == b"precious"


def test_state_of_a_newer_version_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    Path("state/positions").write_text('{"version": 9}')
    assert main(["backup", "chat.tar"]) == 2
    assert "newer version" in capsys.readouterr().err


def test_tracker_options_other_than_locations_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--port", "9000", "backup", "chat.tar"]) == 2
    assert "backup takes are --state-dir, --log and --config" in capsys.readouterr().err


def test_an_unreadable_folder_gives_a_one_line_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(path: Path) -> object:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "iterdir", refuse)
    assert main(["backup", "chat.tar"]) == 2
    assert capsys.readouterr().err == "chat-tracker: cannot use state: Permission denied\n"


def test_foreign_files_are_left_out_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    Path("state/notes.txt").touch()
    Path("state/bans.lock").touch()
    Path("state/chat.log").touch()
    Path("state/chat.log.1").touch()
    Path("state/history-2026-01.sqlite").write_bytes(b"garbage" * 100)
    Path("state/bans.json").mkdir()
    assert main(["backup", "chat.tar", "--log", "state/chat.log"]) == 0
    assert "state/history-2026-01.sqlite" in _names("chat.tar")
    assert {"logs/chat.log", "logs/chat.log.1"} < {*_names("chat.tar")}
    first, second, *_ = capsys.readouterr().err.splitlines()
    assert first == "chat-tracker: left out, because not the tracker's: notes.txt"
    assert second.endswith("history-2026-01.sqlite is damaged, and was copied as it is")


def test_a_backup_can_go_to_standard_output(
    capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["backup", "-"]) == 0
    out, err = capsysbinary.readouterr()
    Path("chat.tar.gz").write_bytes(out)
    assert _names("chat.tar.gz") == _ALL
    assert b"as secret" not in err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_no_partial_file(number: signal.Signals, monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.getsignal(number)
    monkeypatch.setattr(Copying, "_copy_log", lambda _: os.kill(os.getpid(), number))
    with pytest.raises(SystemExit) as ended:
        main(["backup", "chat.tar"])
    assert ended.value.code == 128 + number
    assert not [path for path in Path().iterdir() if "chat.tar" in path.name]
    assert signal.getsignal(number) is before


def test_a_file_that_shrinks_during_the_copy_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As when logrotate empties the log (copytruncate)."""
    open_log = "chatcore.server.backup.copying.open_log"

    def emptied(path: Path, opened: object) -> object:
        found = original(path, opened)  # type: ignore[arg-type]
        os.truncate(path, 0)
        return found

    from chatcore.server.backup.log_copy import open_log as original

    monkeypatch.setattr(open_log, emptied)
    assert main(["backup", "chat.tar"]) == 2
    assert "became shorter" in capsys.readouterr().err
    assert not [path for path in Path().iterdir() if "chat.tar" in path.name]


def test_a_forbidden_nice_is_ignored_and_descriptor_limits_are_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    def forbid(*_: object) -> int:
        raise PermissionError

    monkeypatch.setattr(os, "nice", forbid)
    monkeypatch.setattr(resource, "getrlimit", lambda _: (100, 200))
    wanted: list[object] = []
    monkeypatch.setattr(resource, "setrlimit", lambda kind, limits: wanted.append(limits))
    backup_app._be_modest()
    assert wanted == [(200, 200)]
    monkeypatch.setattr(resource, "getrlimit", lambda _: (100, resource.RLIM_INFINITY))
    backup_app._be_modest()
    assert wanted[1] == (10_240, resource.RLIM_INFINITY)
