"""Keys that come as text, from another thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from chatcore.prompting.bare_loop import BareLoop
from chatcore.prompting.remote_input import MOST_CHARS, RemoteInput


class Typed:
    """An input and the keys read from it in an event loop."""

    def __init__(self) -> None:
        self.read: list[int] = []
        self.input = RemoteInput(self.read.append)
        self.keys = ""
        self.times_looked = 0

    def look(self) -> None:
        self.times_looked += 1
        self.keys += "".join(key.data for key in self.input.read_keys())

    def during(self, act: Callable[[], object], is_enough: Callable[[], bool]) -> None:
        """Read in a loop while another thread acts."""

        async def read() -> None:
            with self.input.attach(self.look):
                other = threading.Thread(target=act)
                other.start()
                while not is_enough():
                    await asyncio.sleep(0.001)
                other.join()

        with asyncio.Runner(loop_factory=BareLoop) as runner:
            runner.run(asyncio.wait_for(read(), 20))


@pytest.fixture
def typed() -> Typed:
    return Typed()


def test_keys_from_before_and_during_the_loop_are_read(typed: Typed) -> None:
    typed.input.feed("a")
    typed.during(lambda: typed.input.feed("bc"), lambda: typed.keys == "abc")
    assert sum(typed.read) == 3
    assert not typed.input.closed


def test_sequences_may_arrive_in_pieces_and_escape_alone(typed: Typed) -> None:
    typed.input.feed("\x1b[")
    assert typed.input.read_keys() == []
    typed.input.feed("A")
    assert [key.key for key in typed.input.read_keys()] == ["up"]
    typed.input.feed("\x1b")
    assert typed.input.read_keys() == []
    assert [key.key for key in typed.input.flush_keys()] == ["escape"]


def test_the_end_comes_after_all_keys(typed: Typed) -> None:
    typed.input.feed("a")
    typed.input.end()
    seen = [typed.input.closed, [key.data for key in typed.input.read_keys()], typed.input.closed]
    assert seen == [False, ["a"], True]
    typed.during(lambda: None, lambda: typed.times_looked > 0)


def test_held_keys_wait_but_the_end_does_not(typed: Typed) -> None:
    typed.input.hold()
    typed.input.feed("a")
    assert typed.input.read_keys() == []
    typed.during(typed.input.release, lambda: typed.keys == "a")
    typed.input.hold()
    typed.input.feed("b")
    typed.input.end()
    assert typed.input.closed


def test_nothing_is_read_while_detached(typed: Typed) -> None:
    async def read() -> None:
        with typed.input.attach(typed.look):
            with typed.input.detach():
                typed.input.feed("a")
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                assert typed.times_looked == 0
            await asyncio.sleep(0)
            await asyncio.sleep(0)

    with asyncio.Runner(loop_factory=BareLoop) as runner:
        runner.run(read())
    assert typed.keys == "a"
    typed.input.feed("b")
    assert typed.keys == "a"


def test_unread_keys_are_bounded(typed: Typed) -> None:
    for _ in range(3):
        typed.input.feed("x" * MOST_CHARS)
    assert len(typed.input.read_keys()) == MOST_CHARS


def test_a_key_wakes_a_waiting_thread(typed: Typed) -> None:
    typed.input.wait(0.0)
    other = threading.Thread(target=lambda: typed.input.feed("a"))
    other.start()
    typed.input.wait(20)
    other.join()
    assert [key.data for key in typed.input.read_keys()] == ["a"]


def test_each_input_has_its_own_typeahead_and_no_descriptor(typed: Typed) -> None:
    assert typed.input.typeahead_hash() != RemoteInput(lambda _: None).typeahead_hash()
    with pytest.raises(NotImplementedError):
        typed.input.fileno()
    with typed.input.raw_mode(), typed.input.cooked_mode():
        pass
