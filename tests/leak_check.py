"""Fails a test that leaves a thread, a file descriptor or a child process behind.

It checks only this process: threads through the interpreter, descriptors and children through the system's folders.
On a system that shows neither (Windows) only threads are checked.
"""

# All of this runs twice for each test, and pathlib takes three times as long.
# ruff: noqa: PTH112, PTH115, PTH120, PTH123, PTH208
import fcntl
import os
import stat
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

# How long something may take to end by itself: a browser's idle connections stay open for 10 s.
# Only a test that leaks waits for all of it.
GRACE_S = 15.0
_POLL_S = 0.01
_LINUX = "/proc/self/fd"

# Descriptors that a library opens once, on first use, and keeps: the start of the target, and the reason.
ALLOWED_TARGETS: dict[str, str] = {}

# Leaks that a test was blamed for, so that the session is not blamed again.
_blamed: set[str] = set()


@dataclass(frozen=True)
class Held:
    """The resources of the process at one moment, with names for the report."""

    threads: frozenset[tuple[int, str]]
    descriptors: frozenset[tuple[int, str]]
    children: frozenset[int]

    @classmethod
    def now(cls) -> "Held":
        return cls(frozenset(_threads()), frozenset(_descriptors()), frozenset(_children()))

    def beyond(self, before: "Held") -> list[str]:
        """Describe everything that was not held before, one line each."""
        threads = sorted(f"thread {name!r}" for _, name in self.threads - before.threads)
        # A tracker that several tests share opens and closes files of its archive at any time.
        running = {os.path.dirname(target) for _, target in before.descriptors if target.endswith("/state/lock")}
        descriptors = sorted(
            f"descriptor {number} to {target}"
            for number, target in self.descriptors - before.descriptors
            if not target.startswith(tuple(ALLOWED_TARGETS)) and os.path.dirname(target) not in running
        )
        children = sorted(f"child process {pid}" for pid in self.children - before.children)
        return threads + descriptors + children


def _threads() -> Iterator[tuple[int, str]]:
    """Yield each thread with its name; bare threads (`_thread`) have none but a dummy name in `threading`."""
    names = {thread.ident: thread.name for thread in threading.enumerate() if not thread.name.startswith("Dummy-")}
    for ident in sys._current_frames():
        yield ident, names.get(ident, "(bare)")


def _descriptors() -> Iterator[tuple[int, str]]:
    """Yield each open descriptor with its target, which differs when the number is reused."""
    folder = _LINUX if os.path.isdir(_LINUX) else "/dev/fd"
    if not os.path.isdir(folder):
        return
    # The listing itself uses a descriptor, which is closed by now and so left out.
    for number in map(int, os.listdir(folder)):
        try:
            yield number, os.readlink(f"{folder}/{number}") if folder == _LINUX else _target_by_stat(number)
        except OSError:
            continue


def _target_by_stat(number: int) -> str:
    """Name a descriptor where the system has no link to read (macOS): its path, or its kind and identity."""
    status = os.fstat(number)
    if sys.platform == "darwin" and (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
        return os.fsdecode(fcntl.fcntl(number, fcntl.F_GETPATH, bytes(1024)).rstrip(b"\0"))
    kind = "socket" if stat.S_ISSOCK(status.st_mode) else "pipe" if stat.S_ISFIFO(status.st_mode) else "device"
    return f"{kind}:[{status.st_dev}:{status.st_ino}]"


def _children() -> Iterator[int]:
    """Yield the pids of this process's children, including ended ones that nobody has waited for (Linux only)."""
    tasks = "/proc/self/task"
    for task in os.listdir(tasks) if os.path.isdir(tasks) else ():
        try:
            with open(f"{tasks}/{task}/children") as listing:
                yield from map(int, listing.read().split())
        except OSError:
            continue  # that thread has just ended


def leaks_since(before: Held, grace_s: float) -> list[str]:
    """Wait until nothing is held beyond `before`; return what still is after `grace_s` seconds."""
    deadline = time.monotonic() + grace_s
    tick = threading.Event()
    while (leaks := Held.now().beyond(before)) and time.monotonic() < deadline:
        tick.wait(_POLL_S)
    return leaks


@pytest.fixture(autouse=True)
def leak_check() -> Iterator[None]:
    """Compare the resources after each test and its other fixtures with those before."""
    before = Held.now()
    yield
    if leaks := leaks_since(before, GRACE_S):
        _blamed.update(leaks)
        pytest.fail("the test left behind: " + "; ".join(leaks), pytrace=False)


@pytest.fixture(autouse=True, scope="session")
def session_leak_check() -> Iterator[None]:
    """The same for the fixtures that outlive a test."""
    before = Held.now()
    yield
    if leaks := [leak for leak in leaks_since(before, GRACE_S) if leak not in _blamed]:
        pytest.fail("the suite left behind: " + "; ".join(leaks), pytrace=False)
