"""Support for tests with several threads: a common start, a watched end, and a wait without sleep."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic

DEADLINE_S = 20.0
"""Ends a hang; no test measures with it."""

_POLL_S = 0.001


def run_together(*tasks: Callable[[], object]) -> None:
    """Run each task in a thread of its own, all started together; raise the exception of the first to fail."""
    start = threading.Barrier(len(tasks) + 1)
    failures: list[BaseException] = []

    def run(task: Callable[[], object]) -> None:
        try:
            start.wait(DEADLINE_S)
            task()
        except BaseException as failure:  # noqa: BLE001 - raised again in the test's thread
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(task,), daemon=True) for task in tasks]
    for thread in threads:  # before switching is eager, which makes this slow
        thread.start()
    with eager_switching():
        start.wait(DEADLINE_S)
        join(threads)
    if failures:
        raise failures[0]


def join(threads: Sequence[threading.Thread]) -> None:
    """Wait for the threads; fail when one does not end."""
    deadline = monotonic() + DEADLINE_S
    for thread in threads:
        thread.join(max(0.0, deadline - monotonic()))
    assert not [thread.name for thread in threads if thread.is_alive()]


@contextmanager
def started(task: Callable[[], object]) -> Iterator[threading.Thread]:
    """Run a task in a thread that must have ended by the end of the block."""
    thread = threading.Thread(target=task, daemon=True)
    thread.start()
    yield thread
    join([thread])


@contextmanager
def eager_switching() -> Iterator[None]:
    """Let the interpreter switch threads as often as it can, to provoke races."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def wait_until(condition: Callable[[], object]) -> None:
    """Return as soon as the condition holds; fail if it does not."""
    deadline = monotonic() + DEADLINE_S
    tick = threading.Event()
    while not condition():
        assert monotonic() < deadline, "the condition did not become true"
        tick.wait(_POLL_S)
