"""Runs the load, load.c: it is compiled on first use, and ends with figures or an error message."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench.member import LoadError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.figures import Figures
    from bench.workloads import Workload

_FOLDER = Path(__file__).resolve().parent
_BUILT = _FOLDER.parent / "build" / "bench"
_TLS = ("-DTLS", "-lssl", "-lcrypto")


def compiled(name: str, *flags: str) -> Path:
    """Compile `name`.c with these flags, if it is newer than its program; return the program. Raises LoadError."""
    source = _FOLDER / f"{name}.c"
    program = _BUILT / "".join([name, *flags])
    if program.exists() and program.stat().st_mtime > source.stat().st_mtime:
        return program
    _BUILT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=_BUILT) as folder:
        made = Path(folder) / name
        command = [os.environ.get("CC", "cc"), "-O2", str(source), "-o", str(made), *flags]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True)
        except OSError as error:
            raise LoadError(f"needs a C compiler: {error}") from error
        except subprocess.CalledProcessError as error:
            raise LoadError(f"{' '.join(command)}\n{error.stderr}") from error
        made.replace(program)
    return program


def load_program(over: str) -> Path:
    """The load for this kind of connection. Raises LoadError if it cannot be compiled."""
    return compiled("load", *(_TLS if over == "tls" else ()))


def measure(
    address: tuple[str, int],
    workload: Workload,
    *,
    password: str = "",
    prefix: str = "b",
    deadline_s: int = 60,
    process: int = 0,
    at_door: int = 50,
    more_ports: Sequence[int] = (),
    more_processes: Sequence[int] = (),
) -> Figures:
    """Run `workload` once on the server at `address`. Raises LoadError for any failure.

    `prefix` begins each nick and room, so that runs do not collide; `process` is the server's, for its CPU and memory;
    `at_door` clients connect at a time. Other servers of the same chat listen on `more_ports`; the members of each room
    are distributed over all of them. With `more_processes`, the CPU time of each is a figure: cpu_us_1 and so on.
    """
    ports, processes = (address[1], *more_ports), (process, *more_processes)
    options = {
        "-h": address[0], "-p": _list(ports), "-P": password, "-j": prefix, "-d": deadline_s, "-k": _list(processes),
        "-n": workload.clients, "-r": workload.rooms, "-s": workload.senders, "-m": workload.messages,
        "-w": workload.window, "-R": workload.per_s, "-o": workload.over,
        "-c": at_door,
    }  # fmt: skip
    command = [str(load_program(workload.over)), *(str(word) for pair in options.items() for word in pair)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise LoadError(result.stderr.strip() or f"the load ended with status {result.returncode}")
    figures: Figures = json.loads(result.stdout)
    return figures


def _list(numbers: Sequence[int]) -> str:
    return ",".join(map(str, numbers))
