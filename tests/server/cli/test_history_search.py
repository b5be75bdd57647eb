"""The output of `history search`: one line for each message, in which nobody can forge or hide anything."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from chatcore.errors import ConfigError
from chatcore.protocol.multiline import Part
from chatcore.server.cli import history_search
from chatcore.server.cli.app import main
from chatcore.server.cli.history_app import history_main
from chatcore.server.cli.history_search import shown
from chatcore.state.history import Recorded
from tests.support.composed import CAPS, batch_lines
from tests.support.together import wait_until
from tests.support.trackers import ROOT, hosted_tracker

_MS = 1_793_491_200_000  # 1 November 2026, 00:00 UTC


pytestmark = pytest.mark.usefixtures("in_vienna")


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state folder of a tracker that has ended."""
    folder = tmp_path_factory.mktemp("searched")
    with hosted_tracker(folder) as hosted:
        ann, bob = hosted.client("ann", "#a"), hosted.client("bob", "#a")
        ann.command("PRIVMSG #a :green tea", "PRIVMSG #a :\x01ACTION likes tea\x01", "PRIVMSG bob :tea \x1b[2J for two")
        bob.command("NOTICE #a :tea", f"CAP REQ :{CAPS}")
        bob.command(*batch_lines([Part("black te", False), Part("apot", True), Part("for two", False)], "#a"))
    return folder / "state"


def _search(state: Path, *words: str) -> int:
    return history_main(["search", *words, "--state-dir", str(state)])


def _texts(printed: str) -> list[str]:
    lines = printed.splitlines()
    assert all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ", line) for line in lines)
    return [line[20:] for line in lines]


def test_each_message_is_a_line_newest_last(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _search(state, "tea") == 0
    told = capsys.readouterr()
    assert _texts(told.out) == [
        "#a <ann> green tea",
        "#a * ann likes tea",
        r"ann -> bob <ann> tea \x1b[2J for two",
        "#a <bob> tea",
    ]
    assert told.err == ""


def test_a_multiline_message_is_one_line(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _search(state, "teapot", "two") == 0
    assert _texts(capsys.readouterr().out) == [r"#a <bob> black teapot\nfor two"]


def test_options_may_appear_anywhere(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--state-dir", str(state), "history", "--log", "x", "search", "tea", "--limit", "1", "in:#a"]) == 0
    told = capsys.readouterr()
    assert _texts(told.out) == ["#a <bob> tea"]
    assert told.err == "the last 1; --limit shows more\n"


def test_an_argument_with_spaces_is_a_phrase(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _search(state, "green tea") == _search(state, '"likes tea"') == _search(state, "tea green") == 0
    told = capsys.readouterr()
    assert _texts(told.out) == ["#a <ann> green tea", "#a * ann likes tea"]
    assert told.err == "nothing found\n"


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["tea", "in:"], "in: what?"),
        (["before:soon"], "soon is not a date; one is written 2026-11-01"),
        (["!!!"], "There is no word in that to search for"),
        (["tea", "--limit", "0"], "--limit must be from 1 to 1000000"),
        ([], "the following arguments are required: WORD (--help shows the usage)"),
    ],
)
def test_mistakes_are_explained(state: Path, words: list[str], problem: str) -> None:
    with pytest.raises(ConfigError, match=f"^{re.escape(problem)}$"):
        _search(state, *words)


def test_a_missing_folder_is_reported_and_not_created(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        _search(tmp_path / "none", "tea")
    assert list(tmp_path.iterdir()) == []


def test_files_of_a_newer_version_are_refused(tmp_path: Path) -> None:
    (tmp_path / "positions").write_text('{"version": 99}')
    with pytest.raises(ConfigError, match="newer version"):
        _search(tmp_path, "tea")


def test_a_python_that_cannot_search_says_so(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_search, "can_search", lambda: False)
    with pytest.raises(ConfigError, match="without FTS5"):
        _search(state, "tea")


def test_unreadable_files_are_reported_after_the_results(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "history-2026-09.sqlite").write_bytes(b"x" * 5000)
    assert _search(tmp_path, "tea") == 2
    first, second = capsys.readouterr().err.splitlines()
    assert first == "nothing found"
    assert second.startswith("chat-tracker: history-2026-09.sqlite cannot be searched: ")


@pytest.mark.parametrize("command", [[], ["--log", "x"], ["find", "tea"]])
def test_an_unknown_command_lists_the_commands(command: list[str]) -> None:
    with pytest.raises(ConfigError, match="what\\? The commands are search and erase"):
        history_main(command)


@pytest.mark.parametrize("command", [["--help"], ["search", "--help"], ["erase", "--help"]])
def test_help_fits_a_terminal(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        history_main(command)
    assert max(map(len, capsys.readouterr().out.splitlines())) < 80


def test_times_are_local() -> None:
    line = Recorded(1, _MS + 999, _MS, "ann!u@h", None, "", "PRIVMSG #a :a\x07b\u202e")
    assert shown(line) == r"2026-11-01 01:00:00 #a <ann> a\x07b\u202e"


def test_beside_a_tracker_recent_messages_are_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with hosted_tracker(tmp_path) as hosted:
        hosted.client("ann", "#a").command("PRIVMSG #a :green tea")
        wait_until(lambda: _search(tmp_path / "state", "green") == 0 and "green tea" in capsys.readouterr().out)


@pytest.mark.thorough
def test_a_closed_pipe_prints_no_error(state: Path) -> None:
    command = [sys.executable, str(ROOT / "tracker.py"), "history", "search", "tea", "--state-dir", str(state)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == ""
        assert process.wait(60) == 0
