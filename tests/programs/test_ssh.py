"""OpenSSH's client: logins, a person's input and output, and how the visit ends."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chatcore.server.access.accounts import ACCOUNTS_FILE, AccountStore
from chatcore.server.console.table import carry_out
from chatcore.ssh.host import make_ssh
from tests.programs.ssh_clients import Caller
from tests.support.ports import LOOPBACK
from tests.support.terminal import CTRL_C, CTRL_D
from tests.support.together import wait_until
from tests.support.trackers import Hosted, hosted_tracker, tracker_process

PASSWORD = "correct-horse"
ANNS = "secret of ann"

Program = Callable[[str], Path]


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[Hosted]:
    """A tracker with a password, where Ann has an account."""
    (tmp_path / "state").mkdir()
    AccountStore(tmp_path / "state" / ACCOUNTS_FILE).add("Ann", ANNS)
    with hosted_tracker(tmp_path, PASSWORD, make_ssh=make_ssh, max_failure_delay_s=0.0) as hosted:
        yield hosted


@pytest.fixture
def caller(program: Program, tmp_path: Path, hosted: Hosted) -> Caller:
    return Caller(program, tmp_path, hosted.port)


def _await_logged(hosted: Hosted, text: str) -> None:
    wait_until(lambda: text in hosted.log_text())


def _invitation(hosted: Hosted) -> str:
    return str(carry_out(hosted.tracker, "invite").data["invitation"])


@pytest.mark.parametrize(
    ("name", "password"),
    [("bob", lambda _: PASSWORD), ("bob", _invitation), ("ann", lambda _: ANNS)],
    ids=["password", "invitation", "account"],
)
def test_a_person_comes_in(caller: Caller, hosted: Hosted, name: str, password: Callable[[Hosted], str]) -> None:
    with caller.sitting(name, password=password(hosted)) as person:
        person.expect(f"(?i)Welcome to the chat, {name}!")
        person.enter("hello")
        _await_logged(hosted, f"message #lobby {'Ann' if name == 'ann' else name} :hello")
        person.enter("/quit")
        assert person.wait() == 0


def test_an_open_chat_asks_for_nothing(program: Program, tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, make_ssh=make_ssh) as hosted:
        caller = Caller(program, tmp_path, hosted.port)
        with caller.sitting("bob", "-oBatchMode=yes") as bob:
            bob.expect("Welcome to the chat, bob!")


@pytest.mark.parametrize("name", ["bob", "ann"])
def test_a_wrong_password_is_refused(caller: Caller, hosted: Hosted, name: str) -> None:
    done = caller.run(name, password="wrong")
    assert done.returncode == 255
    assert "Permission denied" in done.stderr
    _await_logged(hosted, f"refused {name} {LOOPBACK}:")


@pytest.mark.parametrize("name", ["here", "b" * 60, "1st"])
def test_an_unusable_name_is_asked_for_again_inside(caller: Caller, hosted: Hosted, name: str) -> None:
    hosted.client("here", password=PASSWORD)
    with caller.sitting(name, password=PASSWORD) as person:
        person.expect("Username")
        person.enter("bob")
        person.expect("Welcome to the chat, bob!")


def test_two_people_talk(caller: Caller, hosted: Hosted) -> None:
    with caller.sitting("bob", password=PASSWORD) as bob, caller.sitting("eve", password=PASSWORD) as eve:
        bob.expect("bob joined #lobby")
        eve.expect("eve joined #lobby")
        bob.enter("gr\u00fc\u00dfe \u6f22\u5b57")
        eve.expect("<bob> gr\u00fc\u00dfe \u6f22\u5b57")
        eve.type("bo\t")
        eve.expect("bob:")
        eve.enter("hello")
        bob.expect("<eve> bob: hello")
        assert b"\x1b[38;5;" in bob.raw, "the output has colours"
        bob.resize(60, 20)
        bob.expect(r"\n bob [^\r\n]{54}\r")


@pytest.mark.parametrize("keys", [CTRL_C + CTRL_C, CTRL_D, "/quit\r", "exit\r"])
def test_a_person_leaves(caller: Caller, hosted: Hosted, keys: str) -> None:
    with caller.sitting("bob", password=PASSWORD) as bob:
        bob.expect("bob joined #lobby")
        bob.type(keys)
        assert bob.wait() == 0
        assert bob.attributes == bob.attributes_before
    _await_logged(hosted, "quit bob ")


def test_the_escape_of_ssh_ends_the_visit(caller: Caller, hosted: Hosted) -> None:
    with caller.sitting("bob", password=PASSWORD) as bob:
        bob.expect("bob joined #lobby")
        bob.type("\r~.")
        bob.wait()
        _await_logged(hosted, "lost bob ")


def test_killing_ssh_ends_the_visit(caller: Caller, hosted: Hosted) -> None:
    with caller.sitting("bob", password=PASSWORD) as bob:
        bob.expect("bob joined #lobby")
        bob.process.kill()
        _await_logged(hosted, "lost bob ")


def test_a_kick_and_a_ban_reach_the_person(caller: Caller, hosted: Hosted) -> None:
    with caller.sitting("bob", password=PASSWORD) as bob:
        bob.expect("bob joined #lobby")
        carry_out(hosted.tracker, "kick bob")
        bob.expect("(?i)kicked")
        bob.wait()
        assert bob.attributes == bob.attributes_before
    hosted.tracker.bans.add(LOOPBACK)
    done = caller.run("bob", "-oLogLevel=INFO", password=PASSWORD)
    assert done.returncode == 255
    assert "banned" in done.stderr


@pytest.mark.parametrize("typed", ["the backup is done\n", "the backup is done", "/who\nthe backup is done\n"])
def test_piped_input_is_said(caller: Caller, hosted: Hosted, typed: str) -> None:
    """All input arrives, and ends, before the person has come in."""
    done = caller.run("backup", "-T", password=PASSWORD, typed=typed)
    assert done.returncode == 0, done.stderr
    _await_logged(hosted, "message #lobby backup :the backup is done")


def test_a_pipe_without_input_ends_well(caller: Caller, hosted: Hosted) -> None:
    assert caller.run("bob", "-T", password=PASSWORD).returncode == 0
    assert caller.run("bob", "-n", "-T", password=PASSWORD).returncode == 0


def test_the_end_of_the_tracker_is_shown(program: Program, tmp_path: Path) -> None:
    with tracker_process(tmp_path) as tracker, Caller(program, tmp_path, tracker.port).sitting("bob") as bob:
        bob.expect("bob joined #lobby")
        tracker.stop(signal.SIGTERM)
        bob.expect("(?i)the tracker has left")
        bob.wait()
        assert bob.attributes == bob.attributes_before


def test_a_tracker_without_ssh_says_so(program: Program, tmp_path: Path) -> None:
    with tracker_process(tmp_path, "--no-ssh") as tracker:
        done = Caller(program, tmp_path, tracker.port).run("bob", "-oLogLevel=INFO")
        assert done.returncode == 255
        assert "This tracker does not accept ssh" in done.stderr


def test_ssh_audit_finds_no_fault(hosted: Hosted) -> None:
    command = [sys.executable, "-m", "ssh_audit.ssh_audit", "--no-colors", "-p", str(hosted.port), LOOPBACK]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60).stdout
    assert "(key) ssh-ed25519" in told
    assert "[fail]" not in told
