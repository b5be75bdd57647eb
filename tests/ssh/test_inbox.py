"""Lines that a person has yet to be shown."""

import pytest

from chatcore.errors import SendQueueExceeded
from chatcore.ssh.inbox import Inbox
from chatcore.transport.tcp import OutboxBudget


def _inbox(most_bytes: int = 100, budget: int = 1 << 20) -> tuple[Inbox, OutboxBudget]:
    shared = OutboxBudget(budget)
    return Inbox(most_bytes, shared), shared


def test_lines_are_taken_in_order_and_listed_once() -> None:
    inbox, _ = _inbox()
    assert [inbox.add(b"one "), inbox.add(b"two ")] == [True, False]
    assert inbox.take(can_be_shown=True) == (b"one two ", False)
    assert inbox.add(b"three")
    assert inbox.take(can_be_shown=True) == (b"three", False)


def test_the_end_comes_after_the_lines() -> None:
    inbox, _ = _inbox()
    inbox.add(b"last")
    inbox.end()
    assert inbox.take(can_be_shown=True) == (b"last", True)


def test_waiting_lines_are_listed_again_and_stuck_until_taken() -> None:
    inbox, _ = _inbox()
    assert not inbox.list_again(), "there are no waiting lines"
    inbox.add(b"a")
    assert inbox.take(can_be_shown=False) == (b"", False)
    moments = [inbox.stuck_since]
    assert moments[0] is not None
    assert [inbox.list_again(), inbox.list_again()] == [True, False]
    inbox.take(can_be_shown=False)
    moments.append(inbox.stuck_since)
    assert moments[1] == moments[0]
    assert inbox.list_again()
    assert inbox.take(can_be_shown=True) == (b"a", False)
    moments.append(inbox.stuck_since)
    assert moments[2] is None
    assert not inbox.list_again()


def test_an_end_alone_waits_but_is_not_stuck() -> None:
    inbox, _ = _inbox()
    assert inbox.end()
    inbox.take(can_be_shown=False)
    assert inbox.stuck_since is None
    assert inbox.list_again()
    assert inbox.take(can_be_shown=True) == (b"", True)


def test_an_inbox_beyond_the_limit_is_refused() -> None:
    inbox, _ = _inbox(most_bytes=10)
    inbox.add(b"x" * 10)
    with pytest.raises(SendQueueExceeded):
        inbox.add(b"y")


def test_lines_count_in_the_budget_until_taken_or_cleared() -> None:
    inbox, shared = _inbox(budget=5)
    inbox.add(b"12345")
    assert shared.used_bytes == 5
    inbox.take(can_be_shown=True)
    assert shared.used_bytes == 0
    inbox.add(b"12345")
    inbox.clear()
    assert shared.used_bytes == 0
    other = Inbox(100, shared)
    inbox.add(b"123")
    with pytest.raises(SendQueueExceeded):
        other.add(b"123")
