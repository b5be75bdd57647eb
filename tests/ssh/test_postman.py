"""One thread hands lines to everybody."""

import logging
import threading
from collections.abc import Callable, Iterator

import pytest

from chatcore.ssh.postman import Postman


@pytest.fixture
def postman() -> Iterator[Postman]:
    made = Postman()
    yield made
    made.stop()


class _Recipient:
    def __init__(self, take: Callable[[], None]) -> None:
        self.take_arrived = take
        self.failed = threading.Event()

    def fail(self) -> None:
        self.failed.set()


def test_recipients_are_served_in_order_by_one_thread(postman: Postman) -> None:
    taken: list[tuple[int, int]] = []
    done = threading.Event()
    for number in range(100):
        postman.add(_Recipient(lambda number=number: taken.append((number, threading.get_ident()))))  # type: ignore[misc]
    postman.add(_Recipient(done.set))
    assert done.wait(10)
    assert [number for number, _ in taken] == list(range(100))
    assert len({thread for _, thread in taken}) == 1


def test_a_fault_affects_only_its_recipient(postman: Postman, caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise RuntimeError("a fault")

    faulty, done = _Recipient(fail), threading.Event()
    with caplog.at_level(logging.CRITICAL):
        postman.add(faulty)
        postman.add(_Recipient(done.set))
        assert done.wait(10)
    assert faulty.failed.is_set()


def test_no_thread_is_left_after_the_end() -> None:
    postman = Postman()
    postman.stop()
    assert "ssh-postman" not in {thread.name for thread in threading.enumerate()}
