"""contrib/several_trackers.py: an engine and two trackers that form one chat, by one command."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.support.document import ROOT
from tests.support.irc import DEADLINE_S, IrcClient
from tests.support.ports import free_ports

_SCRIPT = ROOT / "contrib" / "several_trackers.py"


def _read_until_both_listen(program: subprocess.Popen[str]) -> None:
    assert program.stdout is not None
    seen = []
    listening = set()
    for line in program.stdout:
        seen.append(line)
        if found := re.match(r"([ab]) \| chatcore \S+ is listening", line):
            listening.add(found[1])
        if len(listening) == 2:
            return
    raise AssertionError(f"the program ended: {seen}")


def test_two_trackers_on_one_machine_form_one_chat(tmp_path: Path) -> None:
    ports = free_ports(2)
    program = subprocess.Popen(
        [sys.executable, str(_SCRIPT), str(ports[0]), "--no-limits"],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert program.stdin is not None
        program.stdin.write("a password\n")
        program.stdin.flush()
        _read_until_both_listen(program)
        with IrcClient(ports[0]) as ann, IrcClient(ports[1]) as bob:
            ann.register("ann", password="a password")
            bob.register("bob", password="a password")
            ann.join("#lobby")
            bob.join("#lobby")
            bob.send("PRIVMSG #lobby :from the other one")
            said = ann.receive_until("PRIVMSG")
            assert said.params == ("#lobby", "from the other one")
    finally:
        program.terminate()
        program.communicate(timeout=DEADLINE_S)
    assert program.returncode == 0
    logs = [(tmp_path / "state/several" / name / "chat.log").read_text(encoding="utf-8") for name in "ab"]
    assert all("from the other one" in log for log in logs)
