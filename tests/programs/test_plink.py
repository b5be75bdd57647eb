"""PuTTY's plink: at a terminal, in a pipe, and with a wrong password."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chatcore.ssh.host import make_ssh
from tests.support.irc import DEADLINE_S
from tests.support.ports import LOOPBACK
from tests.support.terminal import terminal
from tests.support.together import wait_until
from tests.support.trackers import Hosted, hosted_tracker

PASSWORD = "correct-horse"


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[Hosted]:
    with hosted_tracker(tmp_path, PASSWORD, make_ssh=make_ssh, max_failure_delay_s=0.0) as hosted:
        yield hosted


@pytest.fixture
def plink(program: Callable[[str], Path], hosted: Hosted) -> list[str]:
    """A command line, up to the password."""
    where = ("-P", str(hosted.port), "-l", "bob", "-hostkey", hosted.tracker.ssh_fingerprint)
    return [str(program("plink")), "-ssh", "-batch", "-noagent", *where, LOOPBACK, "-pw"]


def test_a_person_talks(plink: list[str], hosted: Hosted, tmp_path: Path) -> None:
    here = hosted.client("here", "#lobby", password=PASSWORD)
    with terminal(*plink, PASSWORD, "-t", cwd=tmp_path, env={"HOME": str(tmp_path)}) as bob:
        bob.expect("bob joined #lobby")
        bob.enter("hello from plink")
        assert here.receive_until("PRIVMSG").params == ("#lobby", "hello from plink")
        here.send("PRIVMSG #lobby :hello from here")
        bob.expect("<here> hello from here")
        bob.enter("/quit")
        assert bob.wait() == 0
        assert bob.attributes == bob.attributes_before


def _run(plink: list[str], password: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [*plink, password, "-T"]
    env = {"HOME": str(folder)}
    return subprocess.run(command, input="hello\n", capture_output=True, text=True, env=env, timeout=DEADLINE_S)


def test_a_piped_line_is_said(plink: list[str], hosted: Hosted, tmp_path: Path) -> None:
    done = _run(plink, PASSWORD, tmp_path)
    assert done.returncode == 0, done.stderr
    wait_until(lambda: "message #lobby bob :hello" in hosted.log_text())


def test_a_wrong_password_is_refused(plink: list[str], tmp_path: Path) -> None:
    done = _run(plink, "wrong", tmp_path)
    assert done.returncode == 1
    assert "password was not accepted" in done.stderr
