"""Typed lines come back on the next visit."""

import stat
from pathlib import Path

import pytest

from chatcore.terminal.local import Local
from chatcore.terminal.typed_history import TypedHistory


@pytest.fixture
def local(tmp_path: Path) -> Local:
    return Local(tmp_path / "settings", tmp_path / "state")


def _history(local: Local | None, most: int = 10, host: str = "192.168.1.5", port: int = 8000) -> TypedHistory:
    return TypedHistory(local, host, port, most)


def test_lines_come_back_for_the_same_tracker(local: Local) -> None:
    history = _history(local)
    assert history.lines() == []
    for line in ("hello", "two\nlines", "ça va? \u2028 👋 \udcff"):
        history.add(line)
    assert _history(local).lines() == ["hello", "two\nlines", "ça va? \u2028 👋 \udcff"]
    assert _history(local, port=8001).lines() == []
    assert _history(local, host="::1").lines() == []


def test_the_file_is_private(local: Local, tmp_path: Path) -> None:
    history = _history(local, most=1, host="CHAT.example")
    for line in ("hello", "you"):
        history.add(line)
        (path,) = (tmp_path / "state").iterdir()
        assert path.name == "typed-chat.example-8000"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("host", ["::1", "../../etc/x", "ö", "a\\b:c"])
def test_the_file_name_is_valid_on_every_system(local: Local, tmp_path: Path, host: str) -> None:
    _history(local, host=host).add("hello")
    (path,) = (tmp_path / "state").iterdir()
    assert path.name.startswith("typed-")
    assert path.name.isascii()
    assert not set(path.name) & set(':\\/*?"<>|')


def test_a_repeated_line_is_kept_once(local: Local) -> None:
    history = _history(local)
    history.add("hello")
    history.add("hello")
    again = _history(local)
    again.lines()
    again.add("hello")
    assert _history(local).lines() == ["hello"]


def test_only_the_last_lines_are_kept(local: Local, tmp_path: Path) -> None:
    history = _history(local, most=3)
    for number in range(100):
        history.add(str(number))
    (path,) = (tmp_path / "state").iterdir()
    assert len(path.read_text("utf-8").splitlines()) <= 2 * 3
    assert _history(local, most=3).lines() == ["97", "98", "99"]
    assert len(path.read_text("utf-8").splitlines()) == 3


def test_damaged_lines_are_left_out(local: Local) -> None:
    local.write_state("typed-h-1", '"a"\nnonsense\n\n[1]\n"b"\n"c')
    assert _history(local, host="h", port=1).lines() == ["a", "b"]


def test_nothing_is_kept_when_turned_off(local: Local, tmp_path: Path) -> None:
    for history in (_history(local, most=0), _history(None)):
        history.add("hello")
        assert history.lines() == []
    assert not (tmp_path / "state").exists()


def test_an_unwritable_history_keeps_nothing(local: Local, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("in the way", "utf-8")
    history = _history(local, most=1)
    history.add("hello")
    assert history.lines() == []
