"""One tracker from its operator's view: a folder, a process to kill or pause, and a wire to the engine."""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tests.faults.cluster.wire import Wire

ROOT = Path(__file__).parents[3]
_LISTENING = re.compile(r"listening on port (\d+)")
_END_S = 20.0
_WATCH_S = 0.002
_OPERATOR = '[operators]\nroot = "scrypt:8WqFBzqne+j9cVsbez2fXA==:JJEWZL44Hv3EKNk2Mr0hBn8bthTmOu0tOyhqKoKvMjM="\n'
OPERATOR = "root open sesame"
"""The parameters of OPER."""
_DOOMS = {"store": rb"HSET\r\n\$\d+\r\nchat:snapshot:", "trim": rb"XTRIM\r\n"}
_FAULTS = ("Traceback (most recent call last)", "ault in this program")


class Machine:
    """A tracker of the real program. Its log stays in `folder` from one start to the next."""

    def __init__(
        self,
        name: str,
        folder: Path,
        engine_port: int | None,
        flags: Sequence[str],
        program: Sequence[str],
        *,
        has_tls: bool = False,
    ) -> None:
        """`engine_port` is None for a tracker alone; `program` is what Python runs, with the flags of the tracker.

        `has_tls`: it requires TLS.
        """
        self.name = name
        self.folder = folder
        self.log_path = folder / "chat.log"
        self.wire = Wire(engine_port) if engine_port is not None else None
        self.output: list[str] = []
        """Its output since its first start."""
        self.has_served = False
        """Whether it served after its last start; a fault may prevent that."""
        self.port: int | None = None
        """The port it listens on; None before it listens."""
        self.has_tls = has_tls
        self.was_struck = False
        """Whether `doom` has ended it."""
        self._program = [*program]
        self._flags = [*flags, *(("--plaintext", "never") if has_tls else ())]
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self._is_paused = False
        self._is_spared = threading.Event()
        self._is_spared.set()
        self._striking = threading.Lock()  # so that a tracker is either struck or spared
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "settings.toml").write_text(_OPERATOR, encoding="utf-8")

    @property
    def is_up(self) -> bool:
        """Return whether it runs and serves."""
        return self.port is not None and self._process is not None and not self._is_paused

    @property
    def is_running(self) -> bool:
        """Return whether there is a process that is not known to have ended."""
        return self._process is not None

    def start(self) -> None:
        """Start it unless it runs; it may take a while until `is_up`."""
        if self._process is not None:
            return
        cluster = ["--cluster", f"valkey://127.0.0.1:{self.wire.port}/chat"] if self.wire else []
        places = ["--log", str(self.log_path), "--state-dir", str(self.folder / "state")]
        places += ["--config", str(self.folder / "settings.toml")]
        command = [sys.executable, *self._program, "--host", "127.0.0.1", "--port", "0", "--no-password", *places]
        self.port, self.was_struck = None, False
        self._process = subprocess.Popen(
            [*command, *cluster, *self._flags],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=ROOT,
            env=_environment(),
        )
        self._reader = threading.Thread(target=self._read, args=(self._process,), daemon=True)
        self._reader.start()

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.output.append(line.rstrip("\n"))
            found = _LISTENING.search(line)
            if found and process is self._process:
                self.port = int(found[1])

    def kill(self) -> int:
        """End it as `kill -9` does; return the size of its log."""
        if self._process is not None:
            self._process.kill()
            self._forget()
        return self.log_size()

    def doom(self, what: str) -> None:
        """Kill it, as `kill -9` does, while it writes a snapshot: `store` to the engine, or its own to the `disk`.

        Or just before it has the engine `trim` the stream. In effect until `spare`.
        """
        self.spare()
        self._is_spared = threading.Event()
        if what in _DOOMS and self.wire is not None:
            self.wire.trap(_DOOMS[what], self._strike)
        else:
            threading.Thread(target=self._watch, args=(self._is_spared,), daemon=True).start()

    def spare(self) -> None:
        """Cancel `doom`. A tracker that was struck has ended when this returns, so that `poll` reports it."""
        with self._striking:
            self._is_spared.set()
        if self.wire is not None:
            self.wire.trap(b"", self._strike)
        if self.was_struck and self._process is not None:
            self._process.wait()

    def _watch(self, is_spared: threading.Event) -> None:
        while not is_spared.wait(_WATCH_S):
            if any((self.folder / "state" / "cluster").glob("*.tmp*")):
                self._strike()
                return

    def _strike(self) -> None:
        """Kill it from another thread; `poll` reports it."""
        process = self._process
        with self._striking:
            if process is not None and not self._is_spared.is_set():
                self.was_struck = True
                process.kill()

    def stop(self) -> None:
        """Stop it as an operator does, by force if necessary."""
        if self._process is not None:
            self.resume()
            self._process.terminate()
            try:
                self._process.wait(_END_S)
            except subprocess.TimeoutExpired:
                self.output.append(f"(killed: it had not ended {_END_S:.0f} seconds after SIGTERM)")
                self._process.kill()
            self._forget()

    def wait(self, seconds: float) -> int | None:
        """Return its status if it ends by itself within this time; None otherwise."""
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)
        return self.poll()

    def poll(self) -> int | None:
        """Return its status if it has ended by itself; None if it runs or was stopped."""
        status = self._process.poll() if self._process is not None else None
        if status is not None:
            self._forget()
        return status

    def _forget(self) -> None:
        assert self._process is not None
        assert self._reader is not None
        self._process.wait()
        self._reader.join()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self.has_served = self.port is not None
        self._process, self.port, self._is_paused = None, None, False

    def pause(self) -> None:
        """Suspend it."""
        if self._process is not None and not self._is_paused:
            self._process.send_signal(signal.SIGSTOP)
            self._is_paused = True

    def resume(self) -> None:
        """Continue it."""
        if self._process is not None and self._is_paused:
            self._process.send_signal(signal.SIGCONT)
            self._is_paused = False

    def fill_disk(self, room: int) -> None:
        """Limit its files to the log's current size plus `room`; writing fails as on a full disk."""
        if self._process is not None:
            resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (self.log_size() + room, -1))

    def free_disk(self) -> None:
        """Let it write again."""
        if self._process is not None:
            resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (-1, -1))

    def log_size(self) -> int:
        """Return how many bytes its log has."""
        return self.log_path.stat().st_size if self.log_path.exists() else 0

    def log(self) -> bytes:
        """Return its log."""
        return self.log_path.read_bytes() if self.log_path.exists() else b""

    def faults(self) -> list[str]:
        """Return lines of its output that indicate a fault."""
        return [line for line in self.output if any(fault in line for fault in _FAULTS)]

    def close(self) -> None:
        """End all of it."""
        self.spare()
        self.stop()
        if self.wire is not None:
            self.wire.close()


def _environment() -> dict[str, str]:
    """Return the environment without coverage measurement, which would halve the trackers' speed."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_PROCESS")}
