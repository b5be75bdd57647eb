"""The cost of an idle server: CPU time, and how often its threads wake up. Linux."""

from __future__ import annotations

import contextlib
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench.member import Member
from bench.room import come_in, drain

if TYPE_CHECKING:
    from bench.figures import Figures
    from bench.tracker_process import Server

_SETTLING_S = 1.5
_OBSERVED_S = 8.0
_SWITCHES = re.compile(r"^voluntary_ctxt_switches:\s*(\d+)", re.MULTILINE)


def measure_at_rest(server: Server, clients: int) -> Figures:
    """Put `clients` idle clients into one room, and watch the server's process for a while. Raises LoadError."""
    with contextlib.ExitStack() as stack:
        members = [Member(f"idle{number}", "#idle", server.address) for number in range(clients)]
        for member in members:
            stack.enter_context(contextlib.closing(member.sock))
        come_in(members)
        time.sleep(_SETTLING_S)
        for member in members:
            drain(member)
        cpu_s, wake_ups, began = _cpu_s(server.process), _wake_ups(server.process), time.monotonic()
        time.sleep(_OBSERVED_S)
        seconds = time.monotonic() - began
        cpu_s, wake_ups = _cpu_s(server.process) - cpu_s, _wake_ups(server.process) - wake_ups
    return {"idle_cpu_ms": cpu_s * 1e3 / seconds, "wake_ups": wake_ups / seconds}


def _cpu_s(pid: int) -> float:
    return time.clock_gettime(~pid << 3 | 2)  # the CPU clock of a process, as clock_getcpuclockid(3) makes it


def _wake_ups(pid: int) -> int:
    """How often the threads of a process have waited for something so far."""
    statuses = [path.read_text(encoding="utf-8") for path in Path(f"/proc/{pid}/task").glob("*/status")]
    return sum(int(count) for status in statuses for count in _SWITCHES.findall(status))
