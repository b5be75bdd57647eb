"""The command chat-tracker ctl: its output, for people and for programs, and its exit status."""

from __future__ import annotations

import errno
import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from chatcore.server.cli import ctl_app, ctl_client
from chatcore.server.cli.app import main
from chatcore.server.console import slow
from chatcore.server.console.control_protocol import answer
from chatcore.server.console.result import Result
from chatcore.server.console.table import CONSOLE_COMMANDS, help_lines
from tests.support.control import controlled

_ANSWERS = {
    "active": Result(["one\x1b[2J", "two"], {"people": [1, "\x9b"]}),
    "kick eve being rude": Result(["eve was disconnected."], {"nick": "eve"}),
    "kick bob": Result(problem="Nobody here is called bob\x1b[2J."),
    "exit --restart": Result(data={"farewell": "bye"}, farewell="bye"),
}


@pytest.fixture
def tracker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A stand-in that answers like a tracker in `state`."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "state").mkdir()
    with controlled(tmp_path / "state", _ANSWERS.__getitem__):
        yield


def _ctl(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Return the exit status, standard output and standard error."""
    status = main(["ctl", *words])
    return status, *capsys.readouterr()


def _document(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    """Return the exit status and the document of --json; nothing else may be printed."""
    status, out, err = _ctl(capsys, "--json", *words)
    assert err == ""
    assert out.endswith("\n")
    assert out.strip().isprintable()
    assert out.isascii()
    return status, json.loads(out)


@pytest.mark.usefixtures("tracker")
def test_results_and_problems_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert _ctl(capsys, "active") == (0, "one\\x1b[2J\ntwo\n", "")
    assert _ctl(capsys, "kick", "eve", "being", "rude") == (0, "eve was disconnected.\n", "")
    assert _ctl(capsys, "kick", "eve being rude")[0] == 0
    assert _ctl(capsys, "kick", "bob") == (1, "", "Nobody here is called bob\\x1b[2J.\n")


def test_waiting_for_a_slow_tracker_is_announced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    has_told, tell = threading.Event(), ctl_app._tell

    def tell_and_note(text: str) -> None:
        tell(text)
        has_told.set()

    monkeypatch.setattr(slow, "SLOW_S", 0.0)
    monkeypatch.setattr(ctl_app, "_tell", tell_and_note)
    with controlled(tmp_path, lambda line: Result(["done"] if has_told.wait(20) else [])):
        told = "Waiting for the tracker ...\n"
        assert _ctl(capsys, "--state-dir", str(tmp_path), "ban", "eve") == (0, "done\n", told)


@pytest.mark.usefixtures("tracker")
def test_json_output_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert _document(capsys, "active") == (0, {"done": True, "data": {"people": [1, "\x9b"]}})
    assert _document(capsys, "kick", "bob") == (1, {"done": False, "problem": "Nobody here is called bob\x1b[2J."})


def test_options_may_appear_anywhere_before_two_dashes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, named = str(tmp_path), f"--state-dir={tmp_path}"
    with controlled(tmp_path):
        for words, line in {
            ("active", "--state-dir", folder, "--json"): "active",
            ("kick", "--json", "eve", named): "kick eve",
            (named, "say", "hello", "--json"): "say hello",
            (named, "--json", "say", "--", "use", "--json", "--"): "say use --json --",
            (named, "exit", "--restart", "--json"): "exit --restart",
        }.items():
            assert main(["ctl", *words]) == 0
            assert json.loads(capsys.readouterr().out) == {"done": True, "data": {"line": line}}


def test_exit_waits_for_the_tracker_to_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--state-dir", str(tmp_path), "exit", "--restart")
    with _ending_tracker(tmp_path, 75):
        assert _ctl(capsys, *words) == (0, "", "")
    with _ending_tracker(tmp_path, 75):
        assert _document(capsys, *words) == (0, {"done": True, "data": {"farewell": "bye", "status": 75}})
    with _ending_tracker(tmp_path, 1):
        assert _ctl(capsys, *words) == (1, "", "The tracker ended with an error: its own output says why.\n")


@contextmanager
def _ending_tracker(folder: Path, status: int) -> Iterator[None]:
    """A tracker that ends with this status when it gets a command."""
    told = threading.Event()

    def carry_out(line: str) -> Result:
        told.set()
        return _ANSWERS[line]

    def serve() -> None:
        with controlled(folder, carry_out) as control:
            ready.set()
            assert told.wait(10)
            control.leave()
            control.status = status
            control.__exit__()

    ready = threading.Event()
    thread = threading.Thread(target=serve)
    thread.start()
    assert ready.wait(10)
    yield
    thread.join()


@pytest.mark.usefixtures("tracker")
def test_exit_does_not_wait_forever(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(ctl_client, "_END_S", 0.05)
    assert _ctl(capsys, "exit", "--restart") == (1, "", "The tracker is closing, but has not ended yet.\n")


@contextmanager
def _answering_server(folder: Path, line: bytes) -> Iterator[None]:
    """A server that gives this answer to the first request, and closes."""

    def serve() -> None:
        with listening.accept()[0] as sock:
            sock.recv(1 << 16, 0 if line else socket.MSG_PEEK)  # unread data resets the connection
            sock.sendall(line)

    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / "ctl"))
        listening.listen()
        thread = threading.Thread(target=serve)
        thread.start()
        yield
        thread.join()


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"", "The tracker ended before it answered."),
        (b"hello\n", "The program that answers there is not a tracker."),
        (answer(Result(farewell="bye")), "The tracker ended with an error"),
        (b'{"version": 7, "program": "3.0"}\n', "The tracker is chatcore 3.0, and this is"),
    ],
)
def test_unusable_answers_are_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: bytes, problem: str
) -> None:
    with _answering_server(tmp_path, line):
        status, out, err = _ctl(capsys, "--state-dir", str(tmp_path), "active")
    assert (status, out) == (1, "")
    assert err.startswith(problem)


def test_a_tracker_that_does_not_answer_is_given_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ctl_client, "_ANSWER_S", 0.05)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "ctl"))
        listening.listen()
        assert _ctl(capsys, "--state-dir", str(tmp_path), "bans") == (1, "", "The tracker did not answer.\n")


def test_nothing_is_sent_to_another_users_socket(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ctl_client, "peer_uid", lambda _: 12345)
    for uid in (0, 77):
        monkeypatch.setattr(os, "geteuid", lambda uid=uid: uid)
        with controlled(tmp_path):
            status, out, err = _ctl(capsys, "--state-dir", str(tmp_path), "say", "secret")
            assert (status, out) == (2, "")
            assert "belongs to another user" in err


def test_a_tracker_that_disconnects_at_once_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> int:
        raise OSError(errno.ENOTCONN, "Socket is not connected")

    monkeypatch.setattr(ctl_client, "peer_uid", fail)
    with controlled(tmp_path):
        status, _, err = _ctl(capsys, "--state-dir", str(tmp_path), "bans")
    assert (status, err) == (
        2,
        f"chat-tracker: cannot reach the tracker at {tmp_path / 'ctl'}: Socket is not connected\n",
    )


def test_a_missing_tracker_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    no_tracker = "no tracker is running in {} (--state-dir and --config say where)"
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(str(tmp_path / "ctl"))
    (tmp_path / "file").touch()
    for folder in (tmp_path / "nowhere", tmp_path, tmp_path / "file"):
        problem = no_tracker.format(folder)
        assert _ctl(capsys, "--state-dir", str(folder), "bans") == (2, "", f"chat-tracker: {problem}\n")
        assert _document(capsys, "--state-dir", str(folder), "bans") == (2, {"done": False, "problem": problem})


def test_an_unreachable_socket_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "ctl").symlink_to("ctl")
    status, _, err = _ctl(capsys, "--state-dir", str(tmp_path), "bans")
    assert status == 2
    assert f"cannot reach the tracker at {tmp_path / 'ctl'}: " in err


def test_without_a_command_json_reports_a_problem(capsys: pytest.CaptureFixture[str]) -> None:
    assert _document(capsys) == (2, {"done": False, "problem": "ctl what? (--help shows the usage)"})


def test_without_a_command_the_commands_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = _ctl(capsys)
    assert status == 0
    assert set(out.splitlines()) >= set(help_lines())


@pytest.mark.parametrize("words", [("BANS", "eve"), ("--frob", "active"), ("--log", "l", "bans"), ("--state-dir",)])
def test_command_line_mistakes_are_reported(capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    status, out, err = _ctl(capsys, *words)
    assert (status, out) == (2, "")
    assert err.endswith("(--help shows the usage)\n")
    assert _document(capsys, *words) == (2, {"done": False, "problem": err.strip().partition(": ")[2]})


@pytest.mark.usefixtures("tracker")
def test_options_may_precede_ctl(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "tracker.toml").write_text(f'state_dir = "{tmp_path / "state"}"\n')
    for options in (["--state-dir", "state"], ["--config", "tracker.toml"]):
        assert main([*options, "ctl", "kick", "eve", "being", "rude"]) == 0
    assert main(["--port", "1", "ctl", "active"]) == 2
    assert "the only tracker options that ctl takes are --state-dir and --config" in capsys.readouterr().err


def test_help_fits_a_terminal_and_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["ctl", "--help"])
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 80
    assert all(command.syntax in text for command in CONSOLE_COMMANDS.values())
