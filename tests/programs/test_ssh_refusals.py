"""Requests of OpenSSH's programs beyond a chat: all are refused, and a running chat continues."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chatcore.ssh.host import make_ssh
from tests.programs.ssh_clients import Caller
from tests.support.irc import DEADLINE_S
from tests.support.ports import LOOPBACK, free_ports
from tests.support.trackers import Hosted, hosted_tracker

Program = Callable[[str], Path]


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[Hosted]:
    """A tracker without a password."""
    with hosted_tracker(tmp_path, make_ssh=make_ssh) as hosted:
        yield hosted


@pytest.fixture
def caller(program: Program, tmp_path: Path, hosted: Hosted) -> Caller:
    return Caller(program, tmp_path, hosted.port)


def test_a_command_is_refused(caller: Caller) -> None:
    done = caller.run("bob", words=("touch", "x"))
    assert (done.returncode, done.stdout) == (255, "")
    assert "exec request failed" in done.stderr


def test_a_subsystem_is_refused(caller: Caller) -> None:
    done = caller.run("bob", "-s", words=("sftp",))
    assert (done.returncode, done.stdout) == (255, "")
    assert "subsystem request failed" in done.stderr


@pytest.mark.parametrize("name", ["scp", "sftp"])
def test_file_transfers_are_refused(caller: Caller, hosted: Hosted, program: Program, name: str) -> None:
    (caller.home / "file").write_text("x")
    place = f"scp://bob@{LOOPBACK}:{hosted.port}//tmp/file" if name == "scp" else f"bob@{LOOPBACK}:/"
    options = caller.options() if name == "scp" else [*caller.options(), "-P", str(hosted.port)]
    command = [str(program(name)), *options, *(["file"] if name == "scp" else []), place]
    done = subprocess.run(command, cwd=caller.home, env=caller.environment(), capture_output=True, timeout=DEADLINE_S)
    assert done.returncode != 0


def test_local_forwarding_is_refused(caller: Caller) -> None:
    (port,) = free_ports(1)
    with caller.sitting("bob", f"-L{LOOPBACK}:{port}:{LOOPBACK}:9") as bob:
        bob.expect("bob joined #lobby")
        for _ in range(3):
            with socket.create_connection((LOOPBACK, port), DEADLINE_S) as sock:
                assert sock.recv(1) == b""
        bob.enter("still here")
        bob.expect("<bob> still here")


@pytest.mark.parametrize(
    "options",
    [("-R0:127.0.0.1:9",), ("-oForwardAgent=yes",), ("-X",), ("-oSendEnv=LANG LC_* HOME", "-oSetEnv=EDITOR=vi")],
    ids=["back", "agent", "x11", "environment"],
)
def test_other_requests_do_not_disturb_the_chat(caller: Caller, options: tuple[str, ...]) -> None:
    with caller.sitting("bob", *options) as bob:
        bob.expect("bob joined #lobby")
        bob.enter("still here")
        bob.expect("<bob> still here")


def test_the_refusal_of_remote_forwarding_is_reported(caller: Caller) -> None:
    done = caller.run("bob", "-T", "-R0:127.0.0.1:9", "-oExitOnForwardFailure=yes", "-oLogLevel=INFO")
    assert done.returncode == 255
    assert "remote port forwarding failed" in done.stderr


def test_a_second_channel_is_refused(caller: Caller) -> None:
    control = f"-oControlPath={caller.home / 'ctl'}"
    with caller.sitting("bob", "-M", control) as bob:
        bob.expect("bob joined #lobby")
        for words in ((), ("ls",)):
            done = caller.run("bob", "-T", control, "-oBatchMode=yes", words=words)
            assert "session request failed" in done.stderr
            assert done.returncode != 0
        bob.enter("still here")
        bob.expect("<bob> still here")
