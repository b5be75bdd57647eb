"""The program beside the tracker: it ends with its standard input, and uses few resources."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from secrets import token_hex

import pytest

from chatcore.protocol.nearby import SERVICE_TYPE, properties
from chatcore.server.nearby import responder
from tests.support.nearby import DEADLINE_S, LOOPBACK, Ear
from tests.support.thorough import first_and_thorough

_PIN = token_hex(32).upper()
_Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start() -> Iterator[_Start]:
    started: list[subprocess.Popen[bytes]] = []

    def begin(**changes: object) -> subprocess.Popen[bytes]:
        what = {"type": SERVICE_TYPE, "label": f"chat-{token_hex(4)}", "port": 8000, "properties": properties(_PIN)}
        argument = json.dumps(what | {"addresses": [LOOPBACK], "interfaces": [LOOPBACK]} | changes)
        command = [sys.executable, "-P", responder.__file__, argument]
        started.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        return started[-1]

    yield begin
    for process in started:
        with process:
            process.kill()


@pytest.mark.parametrize("how", first_and_thorough("input", "SIGTERM", "SIGINT and input"))
def test_the_program_says_goodbye_at_any_end(start: _Start, how: str) -> None:
    with Ear() as ear:
        process = start()
        ear.wait_for(_PIN, bool)
        if "SIG" in how:
            process.send_signal(signal.Signals[how.partition(" ")[0]])
        if "input" in how:
            assert process.stdin is not None
            process.stdin.close()
        assert process.wait(DEADLINE_S) == 0
        ear.wait_for(_PIN, lambda heard: not heard)


def test_the_program_has_low_priority_and_little_memory(start: _Start) -> None:
    if not Path("/proc/self/status").exists():
        return
    process = start()
    deadline = time.monotonic() + DEADLINE_S
    while os.getpriority(os.PRIO_PROCESS, process.pid) != responder._LEAST_URGENT:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    while resource.prlimit(process.pid, resource.RLIMIT_AS)[0] != responder.MOST_BYTES:
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"interfaces": ["192.0.2.77"]}, "No such device"),
        ({"interfaces": [99_999]}, "No adapter found for index 99999"),
    ],
)
def test_the_program_says_why_it_ends(start: _Start, changes: dict[str, object], reason: str) -> None:
    process = start(**changes)
    out, _ = process.communicate(timeout=DEADLINE_S)
    assert (process.returncode, out.decode()) == (1, f"multicast DNS (port 5353) cannot be used: {reason}\n")
