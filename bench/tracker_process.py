"""Starting, pinning and stopping the measured server."""

from __future__ import annotations

import getpass
import os
import shlex
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "127.0.0.1"
START_S = 60.0  # on a busy machine; otherwise it takes a second
STOP_S = 10.0
REPOSITORY = Path(__file__).resolve().parent.parent
TRACKER = shlex.join([sys.executable, str(REPOSITORY / "tracker.py")])
# Options for a tracker; a command that contains {port} is run unchanged.
OPTIONS = (
    f"--no-password --no-limits --keep-alive --max-name-length 32 --host {HOST} --port {{port}} "
    "--log {folder}/chat.log --state-dir {folder}/state"
)


class ServerError(Exception):
    """The measured server did not start, or cannot be reached."""


@dataclass(frozen=True)
class Server:
    """A server to measure: its address, and its process if we started it."""

    address: tuple[str, int]
    process: int = 0
    """Its process id; 0 if we did not start it."""
    listening_ms: float = 0
    """How long it took until it accepted connections."""


@dataclass(frozen=True)
class Cores:
    """Who runs where: one core for the server, the others for the load; both empty if that is impossible."""

    server: frozenset[int]
    load: frozenset[int]

    def __str__(self) -> str:
        if not self.server:
            return "not pinned: the server and the load compete for the same cores"
        return f"server on core {min(self.server)}, load on {', '.join(map(str, sorted(self.load)))}"


def python_of(folder: Path) -> str:
    """The Python of a checkout, or this one if it has none of its own."""
    own = folder / ".venv/bin/python"
    return str(own) if own.exists() else sys.executable


def share_cores() -> Cores:
    """Divide the cores that this process may use."""
    available = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if len(available) < 2:
        return Cores(frozenset(), frozenset())
    return Cores(frozenset(available[:1]), frozenset(available[1:]))


def pin(cores: frozenset[int]) -> None:
    """Keep this thread, and the processes that it starts, on `cores`; empty changes nothing."""
    if cores:
        os.sched_setaffinity(0, cores)


@contextmanager
def running(command: str, cores: Cores, *, file: str = "") -> Iterator[Server]:
    """Run a server on a free port for the length of a block. Raises ServerError if it does not start.

    A command without {port} and {file} is a tracker's, and gets its options. `file` is a configuration.
    """
    with tempfile.TemporaryDirectory(prefix="chatcore-bench-") as folder:
        port = _free_port()
        names = {"port": str(port), "folder": folder, "file": f"{folder}/conf", "user": getpass.getuser()}
        Path(names["file"]).write_text(_filled_in(file, names), encoding="utf-8")
        line = command if "{port}" in command or file else f"{command} {OPTIONS}"
        arguments = [_filled_in(word, names) for word in shlex.split(line)]
        output = Path(folder) / "output"
        began = time.perf_counter()
        process = _start(arguments, output, cores)
        try:
            _wait_until_it_accepts(process, port, arguments, output)
            yield Server((HOST, port), process.pid, (time.perf_counter() - began) * 1e3)
        finally:
            _stop(process)


def _filled_in(text: str, names: dict[str, str]) -> str:
    for name, value in names.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _start(arguments: list[str], output: Path, cores: Cores) -> subprocess.Popen[bytes]:
    # A process inherits its parent's affinity, so it never has a thread on another core.
    pin(cores.server)
    try:
        with output.open("wb") as file:
            return subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=file, stderr=file)
    except OSError as error:
        raise ServerError(f"cannot start {shlex.join(arguments)}: {error}") from error
    finally:
        pin(cores.load)


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _wait_until_it_accepts(process: subprocess.Popen[bytes], port: int, arguments: list[str], output: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.002)
    ended = "does not accept connections" if process.poll() is None else f"ended with status {process.returncode}"
    said = output.read_text(encoding="utf-8", errors="replace")[-2000:].strip()
    raise ServerError(f"{shlex.join(arguments)} {ended}" + (f":\n{said}" if said else ""))


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
