"""The command chat-tracker log verify: its exit status, its output, and where it gets the key."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from chatcore.server.audit.log import AuditLog
from chatcore.server.audit.sealing.key_file import KeyFile
from chatcore.server.audit.sealing.keys import begin_keys, new_key, to_word
from chatcore.server.audit.sealing.sealer import open_sealer
from chatcore.server.audit.sealing.verifying import Report
from chatcore.server.cli import log_verify
from chatcore.server.cli.app import main

_LINE = "2026-11-26T10:46:02.123Z message #lobby ann :{}\n"


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The verification key of a log of three lines at its default path."""
    monkeypatch.chdir(tmp_path)
    return _write("one", "two", "three")


def _write(*texts: str) -> str:
    Path("state").mkdir(exist_ok=True)
    sealer = open_sealer(Path("logs/chat.log"), Path("state"), lambda text: None)
    first = new_key() if sealer.needs_key else b""
    if first:
        sealer.begin_chain(*begin_keys(first))
    log = AuditLog(Path("logs/chat.log"), fsync=False, witness=sealer)
    log.write([_LINE.format(text) for text in texts])
    log.close()
    sealer.finish()
    sealer.close()
    return to_word(first) if first else ""


def _verify(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> list[str]:
    assert main(["log", "verify", *arguments]) == status
    return capsys.readouterr().out.splitlines()


def _refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["log", *arguments]) == 2
    out, err = capsys.readouterr()
    assert not out
    (line,) = err.splitlines()
    return line.removeprefix("chat-tracker: ")


def test_a_whole_log(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = _verify(capsys, "--key", key)
    assert line.startswith("whole: 3 sealed lines in 1 file, until 20")


def test_a_changed_log(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    log = Path("logs/chat.log")
    log.write_text(log.read_text().replace("two", "too"))
    problem, until = _verify(capsys, "--key", key, status=1)
    assert problem == "not whole: logs/chat.log line 2 (2026-11-26T10:46:02.123Z) is altered"
    assert until.startswith("whole until: 20")


def test_the_seals_of_a_log_are_gone(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("logs/chat.log.seal").unlink()
    problem, until = _verify(capsys, "--key", key, status=1)
    assert problem == "not whole: the seals of logs/chat.log are missing, or their first line is altered"
    assert until == "whole until: nothing is"


@pytest.mark.parametrize("is_other", [False, True])
def test_the_trackers_key_is_gone(key: str, capsys: pytest.CaptureFixture[str], is_other: bool) -> None:
    """An attacker who cuts off the end of log and seals has to remove it, so its absence is suspicious."""
    Path("state/seal-key").unlink()
    if is_other:
        assert _write("four") != key
    *problems, until = _verify(capsys, "--key", key, status=1)
    what = "belongs to another chain, which began later or elsewhere" if is_other else "is missing or damaged"
    text = f"not whole: state/seal-key {what}: it is unknown whether the end of this chain was cut off"
    assert problems[-1] == text
    assert until.startswith("whole until: 20")


def test_a_copy_is_verified_without_a_key_file(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("state").rename("moved")
    lines = _verify(capsys, "--key", key, "--log", "logs/chat.log")
    assert lines[0].startswith("whole: 3 sealed lines")
    assert lines[1].startswith("unknown: whether anything came after the last seal (a tracker ended then)")
    assert len(_verify(capsys, "--key", key, "--log", "logs/chat.log", "--state-dir", "moved")) == 1


def test_a_missing_state_folder_is_a_problem(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("state").rename("moved")
    for where in ([], ["--state-dir", "state"], ["--log", "logs/chat.log", "--state-dir", "state"]):
        problem, _ = _verify(capsys, "--key", key, *where, status=1)
        assert problem.startswith("not whole: state/seal-key is missing or damaged")


def test_a_copy_ignores_another_trackers_state(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("logs").rename("copy")
    Path("state/seal-key").unlink()
    _write("four")
    assert _verify(capsys, "--key", key, "--log", "copy/chat.log")[0].startswith("whole: 3 sealed lines")
    assert _verify(capsys, "--key", key, "--log", "copy/chat.log", "--state-dir", "state", status=1)


def test_the_key_in_a_file_or_on_standard_input(
    key: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("key.txt").write_text(f"verification key: {key}\n", encoding="utf-8")
    assert _verify(capsys, "--key-file", "key.txt")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{key}\n"))
    assert _verify(capsys, "--key", "-")


def test_mistakes_are_explained_in_one_line(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    mistyped = key[:-1] + ("A" if key[-1] != "A" else "B")
    assert _refusal(capsys, "verify", "--key", mistyped) == "that verification key is mistyped: its checksum is wrong"
    assert _refusal(capsys, "verify") == "give the verification key with --key or --key-file (--help shows the usage)"
    assert _refusal(capsys, "verify", "--key", key, "--key-file", "x").startswith("give the verification key with")
    assert (
        _refusal(capsys, "verify", "--key-file", "x") == "cannot read the verification key: No such file or directory"
    )
    Path("state/seal-key").unlink()
    other = _write("four")
    Path("logs/chat.log.seal").unlink()
    Path("state/seal-key").unlink()
    text = _refusal(capsys, "verify", "--key", other)
    assert text == f"there are no seals of this key beside {Path('logs/chat.log').absolute()}"
    assert _refusal(capsys, "verify", "--key", key, "--log", "none") == f"there is no log {Path('none').absolute()}"


def test_seals_of_a_newer_version(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    seals = Path("logs/chat.log.seal")
    seals.write_bytes(seals.read_bytes().replace(b"chatcore-seal 1 ", b"chatcore-seal 2 "))
    problem = _verify(capsys, "--key", key, status=1)[0]
    what = "is altered, or a newer version of chatcore has written it"
    assert problem == f"not whole: logs/chat.log.seal line 1 {what}"


def test_an_unreadable_key_file(key: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(KeyFile, "read", lambda keys: fail(keys.path))
    assert _refusal(capsys, "verify", "--key", key) == "cannot read state/seal-key: Permission denied"


def test_it_retries_if_seals_were_added_while_it_read(
    key: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """For example, a removal that was not in the seals yet when they were read."""
    look = log_verify._look
    looks = []

    def look_too_early(*arguments: object, **more: bool) -> Report:
        looks.append(1)
        if len(looks) == 1:
            _write("four")
            return Report(["a file is missing"])
        if len(looks) == 2:
            raise FileNotFoundError(2, "No such file or directory", "logs/chat.log.1")
        return look(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(log_verify, "_look", look_too_early)
    assert _verify(capsys, "--key", key)[0].startswith("whole: 4 sealed lines")
    monkeypatch.setattr(log_verify, "_look", lambda *_, **__: Path("logs/none").read_bytes())
    assert _refusal(capsys, "verify", "--key", key) == "cannot read logs/none: No such file or directory"


def test_a_long_list_of_problems_is_shortened(
    key: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_verify, "_look", lambda *_, **__: Report([f"problem {number}" for number in range(60)]))
    lines = _verify(capsys, "--key", key, status=1)
    assert lines[49:51] == ["not whole: problem 49", "not whole: and 10 more"]
