"""WakePipe: wakes the polling thread, from anywhere, any number of times."""

from __future__ import annotations

import os
import select
import signal
import threading
from collections.abc import Iterator

import pytest

from chatcore.transport.wake_pipe import WakePipe

_DEADLINE_MS = 20_000


@pytest.fixture
def pipe() -> Iterator[WakePipe]:
    with WakePipe() as pipe:
        yield pipe


def _is_readable(pipe: WakePipe, wait_ms: int = 0) -> bool:
    poller = select.poll()
    poller.register(pipe, select.POLLIN)
    return bool(poller.poll(wait_ms))


def test_a_woken_pipe_is_readable_until_drained(pipe: WakePipe) -> None:
    assert not _is_readable(pipe)
    pipe.wake()
    pipe.wake()
    assert _is_readable(pipe)
    pipe.drain()
    assert not _is_readable(pipe)


def test_another_thread_wakes_a_waiting_one(pipe: WakePipe) -> None:
    woken = threading.Event()

    def wait() -> None:
        if _is_readable(pipe, _DEADLINE_MS):
            woken.set()

    waiting = threading.Thread(target=wait)
    waiting.start()
    pipe.wake()
    waiting.join()
    assert woken.is_set()


def test_a_signal_handler_may_wake(pipe: WakePipe) -> None:
    before = signal.signal(signal.SIGUSR1, lambda *_: pipe.wake())
    try:
        signal.raise_signal(signal.SIGUSR1)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert _is_readable(pipe)


def test_signals_may_wake_directly(pipe: WakePipe) -> None:
    handler = signal.signal(signal.SIGUSR1, lambda *_: None)
    before = signal.set_wakeup_fd(pipe.wake_fileno())
    try:
        signal.raise_signal(signal.SIGUSR1)
    finally:
        signal.set_wakeup_fd(before)
        signal.signal(signal.SIGUSR1, handler)
    assert _is_readable(pipe)
    pipe.close()
    assert pipe.wake_fileno() == -1


def test_a_full_pipe_still_works(pipe: WakePipe) -> None:
    for _ in range(70_000):
        pipe.wake()
    assert _is_readable(pipe)
    for _ in range(100):
        pipe.drain()
    assert not _is_readable(pipe)


def test_draining_an_empty_pipe_does_not_wait(pipe: WakePipe) -> None:
    pipe.drain()
    assert not _is_readable(pipe)


def test_a_late_wake_does_not_write_to_a_reused_descriptor(pipe: WakePipe) -> None:
    descriptor = pipe.fileno()
    pipe.close()
    assert pipe.fileno() == -1
    read_end, write_end = os.pipe()  # they reuse the closed descriptors' numbers
    try:
        assert descriptor in (read_end, write_end)
        pipe.wake()
        pipe.close()
        os.set_blocking(read_end, False)
        with pytest.raises(BlockingIOError):
            os.read(read_end, 1)
    finally:
        os.close(read_end)
        os.close(write_end)
