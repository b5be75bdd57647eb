"""An event loop without descriptors: it runs callbacks of its own thread and of others."""

import asyncio
import os
import threading
from contextlib import suppress

import pytest

from chatcore.prompting.bare_loop import BareLoop


async def _heard_of(thread_says: str) -> str:
    heard: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    loop = asyncio.get_running_loop()
    other = threading.Thread(target=lambda: loop.call_soon_threadsafe(heard.set_result, thread_says))
    other.start()
    try:
        return await asyncio.wait_for(heard, 20)
    finally:
        other.join()


def test_other_threads_can_wake_the_loop() -> None:
    with asyncio.Runner(loop_factory=BareLoop) as runner:
        assert runner.run(_heard_of("one")) == "one"
        assert runner.run(_heard_of("two")) == "two"


def test_timers_and_timeouts_work() -> None:
    async def sleep() -> float:
        loop = asyncio.get_running_loop()
        began_at = loop.time()
        await asyncio.sleep(0.01)
        return loop.time() - began_at

    with asyncio.Runner(loop_factory=BareLoop) as runner:
        assert runner.run(sleep()) >= 0.01
        with pytest.raises(TimeoutError):
            runner.run(asyncio.wait_for(asyncio.Event().wait(), 0.01))


def _descriptors() -> list[int]:
    """Return the open descriptors."""
    found = []
    for number in range(256):
        with suppress(OSError):
            os.fstat(number)
            found.append(number)
    return found


def test_the_loop_opens_no_descriptor() -> None:
    before = _descriptors()
    with asyncio.Runner(loop_factory=BareLoop) as runner:
        runner.run(asyncio.sleep(0))
        assert _descriptors() == before
