"""The command `log`: what it shows, how, and how it ends."""

from __future__ import annotations

import gzip
import json
import os
import re
import sys
import time
from pathlib import Path

import pytest

from chatcore.errors import ConfigError
from chatcore.server.cli import log_app
from chatcore.server.cli.app import main
from chatcore.server.cli.log_app import log_main

_LINES = """\
2026-11-20T22:50:01.000Z connect ann 192.0.2.1:5 :Ann
2026-11-20T22:50:02.000Z join #lobby ann 192.0.2.1:5
2026-11-20T22:50:03.000Z message #lobby ann :green tea
2026-11-20T22:50:04.000Z private-message ann bob :psst
2026-11-20T22:50:05.000Z nick ann eve
2026-11-20T22:50:06.000Z message #tea eve :TEA
"""


pytestmark = pytest.mark.usefixtures("in_vienna")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "logs" / "chat.log"
    path.parent.mkdir()
    path.write_text(_LINES, encoding="utf-8")
    return path


def _run(log: Path, *words: str) -> int:
    return log_main([*words, "--log", str(log)])


def _numbers(printed: str) -> list[int]:
    """Return which of the lines were printed."""
    return [int(found) for found in re.findall(r"^2026-11-20 23:50:0(\d) ", printed, re.MULTILINE)]


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ([], [1, 2, 3, 4, 5, 6]),
        (["--room", "lobby"], [2, 3]),
        (["--room", "#LOBBY", "--room", "tea"], [2, 3, 6]),
        (["--who", "Ann"], [1, 2, 3, 4, 5, 6]),
        (["--who", "bob"], [4]),
        (["--who", "eve", "--kind", "message"], [3, 6]),
        (["--private"], [4]),
        (["--kind", "join", "--kind", "nick"], [2, 5]),
        (["tea"], [3, 6]),
        (["--room", "lobby", "tea", "GREEN"], [3]),
        (["--from", "2026-11-20 23:50:03", "--to", "2026-11-20 23:50:05"], [3, 4]),
        (["--since", "2026-11-20 23:50:06", "--until", "now"], [6]),
        (["--lines", "2"], [5, 6]),
        (["-n", "1", "--who", "ann", "--room", "lobby"], [3]),
        (["-n", "100"], [1, 2, 3, 4, 5, 6]),
    ],
)
def test_options_select_lines(
    log: Path, capsys: pytest.CaptureFixture[str], words: list[str], numbers: list[int]
) -> None:
    assert _run(log, *words) == 0
    told = capsys.readouterr()
    assert _numbers(told.out) == numbers
    assert told.out.count("\n") == len(numbers)
    assert told.err == ""


def test_options_may_precede_the_command(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = log.with_name("tracker.toml")
    config.write_text(f'log = "{log}"\n', encoding="utf-8")
    assert main(["--log", str(log), "log", "green", "--utc", "tea"]) == 0
    assert capsys.readouterr().out == "2026-11-20 22:50:03 #lobby <ann> green tea\n"
    assert main(["--config", str(config), "log", "--room", "tea"]) == 0
    assert capsys.readouterr().out == "2026-11-20 23:50:06 #tea <eve> TEA\n"


def test_rotated_files_are_read_in_order(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = _LINES.splitlines(keepends=True)
    log.with_name("chat.log.2.gz").write_bytes(gzip.compress("".join(lines[:2]).encode()))
    log.with_name("chat.log-20261120T225004Z").write_text("".join(lines[2:4]), encoding="utf-8")
    log.write_text("".join(lines[4:]), encoding="utf-8")
    assert _run(log) == 0
    assert _numbers(capsys.readouterr().out) == [1, 2, 3, 4, 5, 6]
    assert _run(log, "-n", "5") == 0
    assert _numbers(capsys.readouterr().out) == [2, 3, 4, 5, 6]
    assert _run(log, "--who", "eve", "--kind", "join") == 0
    assert _numbers(capsys.readouterr().out) == [2]
    assert _run(log.with_name("chat.log.2.gz")) == 0
    assert _numbers(capsys.readouterr().out) == [1, 2]


def test_json_is_one_object_per_line(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(log, "--json", "--room", "tea") == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line) == {
        "time": "2026-11-20T22:50:06.000Z",
        "kind": "message",
        "room": "#tea",
        "who": "eve",
        "text": "TEA",
    }


def test_csv_has_a_header(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(log, "--csv", "--room", "tea") == 0
    header, row = capsys.readouterr().out.splitlines()
    assert header.startswith("time,kind,room,who,")
    assert row.startswith("2026-11-20T22:50:06.000Z,message,#tea,eve,")


def test_stats_count_messages(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(log, "--stats") == 0
    assert capsys.readouterr().out.startswith("3 messages by 2 people on 2026-11-20\n")


@pytest.mark.parametrize("words", [[], ["--who", "ann"], ["-n", "100"]])
def test_malformed_lines_are_marked_and_counted(
    log: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    log.write_bytes(b"torn\n\x1b[2J\xff\n" + log.read_bytes())
    assert _run(log, *words) == 0
    told = capsys.readouterr()
    assert len(_numbers(told.out)) == 6
    if "--who" not in words:
        assert told.out.startswith("?? torn\n?? \\x1b[2J\\xff\n")
        assert told.err == "2 of these lines are not in the format of the log (??)\n"


def test_an_incomplete_last_line_is_left_out(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with log.open("a") as file:
        file.write("2026-11-20T22:50:07.000Z message #lobby eve :hal")
    assert _run(log, "--room", "lobby") == 0
    told = capsys.readouterr()
    assert _numbers(told.out) == [2, 3]
    assert told.err == "the last line is incomplete, and left out\n"


def test_an_empty_result_is_stated(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(log, "coffee") == 0
    assert capsys.readouterr() == ("", "nothing found\n")


def test_damaged_files_are_reported_and_the_rest_is_shown(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = gzip.compress(_LINES.replace("T22:50", "T22:40").encode() * 99)
    log.with_name("chat.log.1.gz").write_bytes(lines[:-20])
    damaged = bytearray(gzip.compress(_LINES.replace("T22:50", "T22:30").encode() * 99))
    damaged[50:60] = b"\xff" * 10
    log.with_name("chat.log.2.gz").write_bytes(damaged)
    assert _run(log) == 2
    told = capsys.readouterr()
    assert _numbers(told.out) == [1, 2, 3, 4, 5, 6]
    first, second = sorted(told.err.splitlines())
    assert first.startswith(f"chat-tracker: cannot read {log.with_name('chat.log.1.gz')}: ")
    assert second.startswith(f"chat-tracker: cannot read {log.with_name('chat.log.2.gz')}: ")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--kind", "messages"], "there is no kind of line 'messages'; the kinds are account, announce, "),
        (["--from", "soon"], "soon is not a time: write 2026-11-01"),
        (["--from", "today", "--to", "yesterday"], "--from is not before --to"),
        (["--room", "a b"], "'a b' is not a name"),
        (["--who", ""], "'' is not a name"),
        (["--private", "--room", "a"], "--private cannot be combined"),
        (["--lines", "0"], "--lines must be 1 or more"),
        (["--lines", "x"], "invalid int value"),
        (["--stats", "--follow"], "--stats counts everything"),
        (["--stats", "-n", "2"], "--stats counts everything"),
        (["--json", "--csv"], "not allowed with"),
        (["--rooms", "a"], "unrecognized arguments"),
    ],
)
def test_mistakes_are_explained_in_one_line(log: Path, words: list[str], problem: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(problem)):
        _run(log, *words)


def test_a_missing_log_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no log .*chat\.log \(name it with --log\)"):
        _run(tmp_path / "chat.log")
    with pytest.raises(ConfigError, match="there is no log "):
        _run(tmp_path / "nowhere" / "chat.log")
    with pytest.raises(ConfigError, match="is not a file"):
        _run(tmp_path)


def test_a_log_without_read_permission_is_reported(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, mode: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ConfigError, match=r"cannot read the log .*chat\.log: Permission denied"):
        _run(log)


@pytest.mark.parametrize(
    ("words", "verified"),
    [
        (["verify", "--key", "k"], ["--key", "k"]),
        (["--log", "x", "verify"], ["--log", "x"]),
        (["--log=x", "verify", "a"], ["--log=x", "a"]),
    ],
)
def test_verify_is_a_command_if_it_comes_first(
    monkeypatch: pytest.MonkeyPatch, words: list[str], verified: list[str]
) -> None:
    monkeypatch.setattr(log_app, "verify_main", lambda rest, given: 7 if rest == verified else 1)
    assert log_main(words) == 7


@pytest.mark.parametrize("words", [["--", "verify"], ["green", "verify"], ["--utc", "verify"]])
def test_verify_can_be_searched_for(log: Path, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    log.write_text("2026-11-20T22:50:06.000Z message #tea eve :verify green\n")
    assert log_main(["--log", str(log), *words]) == 0
    assert "verify green" in capsys.readouterr().out


class _Steps:
    """Replaces the waits while following: each wait runs the next step, and the last one is Ctrl+C."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *steps: object) -> None:
        self._steps = list(steps)
        monkeypatch.setattr(time, "sleep", self)

    def __call__(self, seconds: float) -> None:
        if not self._steps:
            raise KeyboardInterrupt
        step = self._steps.pop(0)
        assert callable(step)
        step()


def _append(log: Path, *lines: str) -> None:
    with log.open("a") as file:
        file.write("".join(f"2026-11-20T22:50:0{line}\n" for line in lines))


def test_follow_continues_across_rotation(
    log: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _Steps(
        monkeypatch,
        lambda: _append(log, "7.000Z message #lobby eve :more", "7.500Z message #tea eve :no"),
        lambda: log.rename(log.with_name("chat.log.1")),
        lambda: _append(log, "8.000Z log-opened", "8.000Z message #lobby eve :and more"),
    )
    assert main(["log", "--follow", "-n", "1", "--room", "lobby", "--log", str(log)]) == 130
    told = capsys.readouterr()
    assert _numbers(told.out) == [3, 7, 8]
    assert told.err == "\n"


def test_follow_shows_the_last_ten_and_waits_for_a_log(
    log: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = log.read_text()
    log.unlink()
    _Steps(monkeypatch, lambda: log.write_text(data * 3))
    assert main(["log", "-f", "--log", str(log)]) == 130
    told = capsys.readouterr()
    assert told.out.count("\n") == 18
    assert told.err == f"waiting for {log.absolute()}\n\n"
    _Steps(monkeypatch)
    assert main(["log", "-f", "--log", str(log)]) == 130
    assert _numbers(capsys.readouterr().out) == [3, 4, 5, 6, 1, 2, 3, 4, 5, 6]


def test_follow_knows_earlier_names(
    log: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _Steps(monkeypatch, lambda: _append(log, "7.000Z nick eve zoe", "8.000Z away zoe", "9.000Z away bob"))
    assert main(["log", "-f", "--who", "ann", "-n", "1", "--log", str(log)]) == 130
    assert _numbers(capsys.readouterr().out) == [6, 7, 8]


def test_follow_reports_a_read_error_once(
    log: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def damage() -> None:
        log.rename(log.with_name("chat.log.1"))
        log.mkdir()

    _Steps(monkeypatch, damage, lambda: None, lambda: None)
    assert main(["log", "-f", "--log", str(log)]) == 130
    assert capsys.readouterr().err == f"chat-tracker: cannot read {log}: Is a directory\n\n"


def test_a_closed_pipe_ends_the_command_quietly(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as out:
        monkeypatch.setattr(sys, "stdout", out)
        assert _run(log) == 0
        monkeypatch.undo()
