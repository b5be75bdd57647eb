"""The command chat-tracker: its command line, the password, running, signals, and descriptor limits."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from chatcore import __version__
from chatcore.config import Config, Limits, load_config
from chatcore.protocol.goodbye import BACK_SOON, TRACKER_LEFT
from chatcore.server.cli import serving
from chatcore.server.cli.app import main
from chatcore.server.cli.arguments import build_parser
from chatcore.server.cli.serving import Interrupts, run_tracker
from chatcore.server.console.line_source import LineSource
from chatcore.server.console.table import CONSOLE_COMMANDS
from tests.server.conftest import Typed

# The command line


def test_omitted_options_are_left_to_the_file_and_the_defaults() -> None:
    assert vars(build_parser().parse_args([])) == {}


def test_every_option_is_a_setting() -> None:
    line = (
        "-p 9000 --host 127.0.0.1 --listen a:1 --listen b:2 --server-name a.b --server-info x --log l --no-log-private "
        "--fsync --state-dir s --max-name-length 5 --history 7 --replay 6 --keep-alive --linger 4"
    )
    assert load_config(None, vars(build_parser().parse_args(line.split()))) == Config(
        port=9000,
        host="127.0.0.1",
        listen=("a:1", "b:2"),
        server_name="a.b",
        server_info="x",
        log=Path("l"),
        log_private=False,
        fsync=True,
        state_dir=Path("s"),
        max_name_length=5,
        history=7,
        replay=6,
        keep_alive=True,
        linger_s=4.0,
    )


def test_no_limits_is_an_option() -> None:
    config = load_config(None, vars(build_parser().parse_args(["--no-limits"])))
    assert config.limits == Config().limits.without_rates()


@pytest.mark.parametrize("arguments", [["--help"], ["-h"]])
def test_help_lists_options_and_all_console_commands(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 0
    text = capsys.readouterr().out
    for command in CONSOLE_COMMANDS.values():
        assert command.syntax in text
    for option in ("--port", "--listen", "--config", "--password-file", "--no-password", "--replay", "--no-limits"):
        assert option in text
    assert max(map(len, text.splitlines())) <= 80


def test_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert (end.value.code, capsys.readouterr().out) == (0, f"chatcore {__version__}\n")


@pytest.mark.parametrize("ending", [KeyboardInterrupt, EOFError])
def test_ctrl_c_and_ctrl_d_at_the_password_prompt_exit(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], ending: type[BaseException]
) -> None:
    def ask(*_: object) -> str:
        raise ending

    monkeypatch.setattr(os, "isatty", lambda _: True)
    monkeypatch.setattr(LineSource, "ask_secret", ask)
    assert main([]) == 130
    assert capsys.readouterr().err == "\n"


# Running


def _config(folder: Path, **settings: object) -> Config:
    return load_config(
        None, {"host": "127.0.0.1", "port": 0, "log": folder / "chat.log", "state_dir": folder / "state", **settings}
    )


@pytest.mark.usefixtures("process_state")
def test_a_tracker_runs_until_exit_and_shows_how_to_join(
    tmp_path: Path, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_tracker(_config(tmp_path), "secret", typed("exit\n")) == 0
    out = capsys.readouterr().out
    assert "is listening on port " in out
    assert "\nLink: https://127.0.0.1:" in out
    assert "#invite" not in out, "an invitation must not be written to a file"
    assert "\nTerminal: make client HOST=127.0.0.1 " in out
    assert f"Everything is logged to {tmp_path / 'chat.log'}\n" in out
    assert "There is no password" not in out
    assert "secret" not in out
    assert out.endswith("The tracker is closed.\n")
    kinds = [line.split()[1] for line in (tmp_path / "chat.log").read_text().splitlines()]
    assert kinds == ["start", "stop"]


@pytest.mark.usefixtures("process_state")
def test_a_signal_closes_the_tracker(
    tmp_path: Path, typed: Typed, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of input does not: here, the input ends at once."""
    before = signal.getsignal(signal.SIGTERM)
    print_banner = serving._print_banner

    def print_banner_and_signal(*args: object, **flags: bool) -> None:
        print_banner(*args, **flags)  # type: ignore[arg-type]
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(serving, "_print_banner", print_banner_and_signal)
    assert run_tracker(_config(tmp_path), "", typed("")) == 0
    out = capsys.readouterr().out
    assert "There is no password" in out
    assert out.endswith("The tracker is closed.\n")
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.usefixtures("process_state")
def test_exit_restart_returns_75_and_logs_the_farewell(tmp_path: Path, typed: Typed) -> None:
    assert run_tracker(_config(tmp_path), "secret", typed("exit --restart\n")) == 75
    assert (tmp_path / "chat.log").read_text().endswith(" stop :the tracker will be back soon\n")


@pytest.mark.parametrize("keep_alive", [True, False])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_only_a_stopped_service_says_back_soon(number: int, keep_alive: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "has_controlling_terminal", lambda: True)
    with Interrupts(lambda: None) as interrupts:
        signal.raise_signal(number)
        signal.raise_signal(signal.SIGHUP)
    is_back = number == signal.SIGTERM and keep_alive
    assert interrupts.farewell(keep_alive=keep_alive) == (BACK_SOON if is_back else TRACKER_LEFT)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_are_counted_and_wake_the_console(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "has_controlling_terminal", lambda: True)
    woken: list[int] = []
    before = signal.getsignal(number)
    interrupts = Interrupts(lambda: woken.append(number))
    with interrupts:
        signal.raise_signal(number)
        signal.raise_signal(number)
    assert (interrupts.count, woken) == (2, [number, number])
    assert signal.getsignal(number) is before


def test_a_hangup_without_a_terminal_asks_for_one_reload(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "has_controlling_terminal", lambda: False)
    woken: list[None] = []
    with Interrupts(lambda: woken.append(None)) as interrupts:
        signal.raise_signal(signal.SIGHUP)
        signal.raise_signal(signal.SIGHUP)
        assert len(woken) == 2
        assert [interrupts.take_reload() for _ in range(2)] == [True, False]
        assert interrupts.count == 0


def test_an_ignored_hangup_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Interrupts(lambda: None):
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_second_signal_while_closing_forces_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    forced: list[int] = []
    monkeypatch.setattr(os, "_exit", forced.append)
    interrupts = Interrupts(lambda: None)
    with interrupts:
        signal.raise_signal(signal.SIGINT)
        interrupts.is_stopping = True
        assert forced == []
        signal.raise_signal(signal.SIGINT)
    assert forced == [130]


# Descriptors


@pytest.mark.parametrize(
    ("allowed", "room_ports", "wanted", "let_in"),
    [
        (1024, "", 10_000, 960),
        (1024, "9000-9099", 10_000, 860),
        (1024, "", 0, 960),
        (1024, "", 960, 960),
        (1024, "", 5, 5),
        (20, "", 10_000, 1),
        (resource.RLIM_INFINITY, "", 10_000, 10_000),
        (resource.RLIM_INFINITY, "", 0, 0),
    ],
)
def test_the_client_limit_fits_the_descriptor_limit(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    allowed: int,
    room_ports: str,
    wanted: int,
    let_in: int,
) -> None:
    """The log, the bans and the certificate can still be opened, and refused clients still get a reason."""
    monkeypatch.setattr(resource, "getrlimit", lambda _: (allowed, allowed))
    monkeypatch.setattr(resource, "setrlimit", lambda *_: None)
    config = serving._within_descriptors(Config(room_ports=room_ports, limits=Limits(max_clients=wanted)))
    assert config.limits.max_clients == let_in
    assert bool(capsys.readouterr().out) is (let_in != wanted)


def test_without_a_hard_limit_open_max_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """macOS reports no limit, but accepts no more than OPEN_MAX."""
    limits = [(256, resource.RLIM_INFINITY)]

    def setrlimit(_: int, wanted: tuple[int, int]) -> None:
        if wanted[0] == resource.RLIM_INFINITY:
            raise ValueError("current limit exceeds maximum limit")
        limits.append(wanted)

    monkeypatch.setattr(resource, "getrlimit", lambda _: limits[-1])
    monkeypatch.setattr(resource, "setrlimit", setrlimit)
    assert serving._within_descriptors(Config()).limits.max_clients == 10_000
    assert limits[-1] == (10_240, resource.RLIM_INFINITY)


def test_commands_do_not_import_the_tracker() -> None:
    """Importing it takes longer than most commands run."""
    imports = "import sys, chatcore.server.cli.app, chatcore.server.cli.log_app"
    loaded = f"{imports}; print('chatcore.server.tracker' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "False\n"
