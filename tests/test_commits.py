"""The subject of a commit fits a line of a log: at most 72 characters, since this check exists."""

import subprocess
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[1]
_SINCE = "2026-11-27T12:00:00Z"
_MOST = 72


def _too_long(folder: Path) -> list[str]:
    command = ["git", "log", "--no-merges", f"--since={_SINCE}", "--format=%s"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=60)
    return [subject for subject in done.stdout.splitlines() if len(subject) > _MOST]


def test_subjects_are_short() -> None:
    if not (_ROOT / ".git").exists():
        pytest.skip("these files are not a git repository: the subjects of commits cannot be checked")
    assert _too_long(_ROOT) == []


def test_a_long_subject_is_found(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        author = ("-c", "user.name=A", "-c", "user.email=a@example.org")
        subprocess.run(["git", *author, *words], cwd=tmp_path, check=True, capture_output=True, timeout=60)

    git("init")
    for subject in ("a" * _MOST, "b" * (_MOST + 1)):
        git("commit", "--allow-empty", "--message", subject, "--date", "2027-01-01T00:00:00Z")
    assert _too_long(tmp_path) == ["b" * (_MOST + 1)]
