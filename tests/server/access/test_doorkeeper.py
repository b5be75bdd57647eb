"""Doorkeeper: what one address may try."""

from __future__ import annotations

import threading
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.commands.services import Verdict
from chatcore.config import Limits
from chatcore.errors import Leave
from chatcore.server.access.doorkeeper import Doorkeeper
from tests.support.generated import PROPERTY
from tests.support.together import DEADLINE_S, run_together

_HOST, _OTHER = "192.0.2.1", "2001:db8::1"
_LIMITS = Limits(
    connections_per_minute=6,
    failures_before_delay=2,
    max_failure_delay_s=4.0,
    failures_before_ban=8,
    failure_memory_s=100.0,
    failure_ban_s=50.0,
)


class _Door:
    """A doorkeeper with a clock that tests set."""

    def __init__(self, limits: Limits = _LIMITS) -> None:
        self.now = 1000.0
        self.banned: list[str] = []
        self.compared = 0
        self.keeper = Doorkeeper(limits, lambda: self.now, self.banned.append)

    def guess(self, address: str, *, is_right: bool = False) -> Verdict:
        """Guess once while nobody else does."""

        def compare() -> bool:
            self.compared += 1
            return is_right

        return self.keeper.guess(address, compare, _no_wait)

    def hold_s(self, address: str) -> float:
        """Guess wrong; return for how long the answer is held back."""
        verdict = self.guess(address)
        assert (verdict.is_right, verdict.refusal) == (False, "")
        return verdict.hold_s


def _no_wait(seconds: float) -> bool:
    raise AssertionError("a lone guess must not wait")


@pytest.fixture
def door() -> _Door:
    return _Door()


def test_connections_beyond_the_rate_are_refused_for_a_while(door: _Door) -> None:
    assert [door.keeper.refusal(_HOST) for _ in range(6)] == [None] * 6
    refusal = door.keeper.refusal(_HOST)
    assert refusal is not None
    assert "in a minute" in refusal
    assert door.keeper.refusal(_OTHER) is None, "another address must not be affected"
    door.now += 10.1
    assert door.keeper.refusal(_HOST) is None
    assert door.keeper.refusal(_HOST) == refusal
    door.now += 3600.0
    assert [door.keeper.refusal(_HOST) for _ in range(7)] == [None] * 6 + [refusal]


def test_page_files_count_little(door: _Door) -> None:
    for _ in range(60):
        assert door.keeper.refusal(_HOST) is None
        door.keeper.refund_page(_HOST)
    taken = [door.keeper.refusal(_HOST) for _ in range(6)]
    assert None in taken, "sixty files count as about three connections"
    assert any(taken), "files must count a little"
    door.keeper.refund_page(_OTHER)  # an unknown address


def test_wrong_passwords_are_answered_with_growing_delay(door: _Door) -> None:
    assert [door.hold_s(_HOST) for _ in range(7)] == [0.0, 0.0, 1.0, 2.0, 4.0, 4.0, 4.0]
    assert door.hold_s(_OTHER) == 0.0
    assert door.banned == []


def test_many_failures_shut_out_an_address_for_a_while(door: _Door) -> None:
    for _ in range(8):
        assert door.banned == []
        door.hold_s(_HOST)
    assert door.banned == [_HOST]
    assert door.keeper.refusal(_OTHER) is None
    refusal = door.keeper.refusal(_HOST)
    assert refusal is not None
    assert "wrong passwords" in refusal
    door.now += 49.9
    assert door.keeper.refusal(_HOST) == refusal
    assert door.keeper.shut_out_count() == 1
    door.now += 0.2
    assert door.keeper.shut_out_count() == 0
    assert door.keeper.refusal(_HOST) is None
    assert door.hold_s(_HOST) == 0.0, "failures are counted from zero again"


def test_old_failures_are_forgotten(door: _Door) -> None:
    for _ in range(30):
        assert door.hold_s(_HOST) == 0.0
        door.now += 51.0
    assert door.banned == []


def test_without_limits_nobody_is_held_back() -> None:
    door = _Door(Limits().without_rates())
    assert {door.keeper.refusal(_HOST) for _ in range(1000)} == {None}
    assert {door.hold_s(_HOST) for _ in range(1000)} == {0.0}
    assert door.banned == []


def test_only_the_most_recently_used_addresses_are_remembered(door: _Door) -> None:
    """Memory is bounded, no matter how many addresses connect."""
    for _ in range(6):
        door.keeper.refusal(_HOST)
    for number in range(9_999):
        door.keeper.refusal(f"10.0.{number // 256}.{number % 256}")
    assert door.keeper.refusal(_HOST), "the first address must still be remembered"
    for number in range(9_999):
        door.keeper.refusal(f"10.1.{number // 256}.{number % 256}")
    assert door.keeper.refusal(_HOST)
    assert len(door.keeper._arrivals) == 10_000
    for number in range(10_000):
        door.keeper.refusal(f"10.2.{number // 256}.{number % 256}")
    assert door.keeper.refusal(_HOST) is None


@pytest.mark.thorough
def test_many_connecting_addresses_do_not_displace_a_guesser(door: _Door) -> None:
    for _ in range(8):
        door.guess(_HOST)
    assert door.banned == [_HOST]
    for number in range(20_000):
        door.keeper.refusal(f"10.{number // 65536}.{number // 256 % 256}.{number % 256}")
    assert "wrong passwords" in (door.keeper.refusal(_HOST) or "")


def test_many_guessing_addresses_do_not_lift_the_connection_limit(door: _Door) -> None:
    """One IPv6 network has that many addresses."""
    for number in range(10_001):
        door.guess(f"2001:db8:0:{number:x}::/64")
    assert len(door.keeper._records) == 10_000
    refused = 0
    for number in range(20):
        door.keeper.refusal(f"10.0.0.{number}")
        refused += door.keeper.refusal(_HOST) is not None
    assert refused


def test_a_right_password_leaves_no_record(door: _Door) -> None:
    door.keeper.guess(_HOST, lambda: True, _no_wait)
    assert not door.keeper._records


def test_passwords_of_a_shut_out_address_are_not_compared(door: _Door) -> None:
    """From a shut-out address, a right password is refused like a wrong one until the time is over."""
    for _ in range(8):
        door.guess(_HOST)
    assert door.guess(_HOST, is_right=True) == Verdict(is_right=False, refusal=door.keeper.refusal(_HOST) or "")
    assert door.compared == 8
    assert door.guess(_OTHER, is_right=True) == Verdict(is_right=True)
    assert door.banned == [_HOST]
    door.now += 50.1
    assert door.guess(_HOST, is_right=True) == Verdict(is_right=True)


def test_a_right_password_refunds_only_its_own_guess(door: _Door) -> None:
    for _ in range(7):
        door.guess(_HOST)
        assert [door.guess(_HOST, is_right=True).is_right for _ in range(10)] == [True] * 10
    assert door.banned == []
    door.guess(_HOST)
    assert door.banned == [_HOST]


@pytest.mark.thorough
@pytest.mark.parametrize("guesses", [230, 1000])
def test_simultaneous_guesses_are_not_compared_beyond_the_ban_limit(guesses: int) -> None:
    """The right one is among them, and no comparison ends before all guesses have arrived."""
    limits = Limits(failures_before_ban=15, failures_before_delay=1000)
    door = _Door(limits)
    compared: list[int] = []
    all_begun = threading.Event()

    def compare(number: int) -> bool:
        compared.append(number)
        all_begun.wait(DEADLINE_S)
        return number == 200

    def guess(number: int) -> bool:
        def pause(_: float) -> bool:
            all_begun.set()
            return not tick.wait(0.001)

        return door.keeper.guess(_HOST, lambda: compare(number), pause).is_right

    tick = threading.Event()
    run_together(*[partial(guess, number) for number in range(guesses)])
    assert len(compared) == 15 + (200 in compared), "only the right guess returns its try"
    assert door.banned == [_HOST]


def test_simultaneous_right_passwords_are_all_accepted() -> None:
    """A whole school class has one address; checking the others' passwords must not refuse anybody's right one."""
    door = _Door(Limits(failures_before_ban=2))
    tick = threading.Event()
    right: list[bool] = []

    def come_in() -> None:
        right.append(door.keeper.guess(_HOST, lambda: not tick.wait(0.002), lambda _: not tick.wait(0.001)).is_right)

    run_together(*[come_in] * 40)
    assert right == [True] * 40
    assert door.banned == []


def test_a_client_that_leaves_while_waiting_is_not_counted() -> None:
    door = _Door(Limits(failures_before_ban=1))

    def compare() -> bool:
        with pytest.raises(Leave):
            door.keeper.guess(_HOST, lambda: True, lambda _: False)
        return True

    assert door.keeper.guess(_HOST, compare, _no_wait).is_right
    assert door.guess(_HOST, is_right=True).is_right


def test_a_failed_comparison_counts_as_wrong(door: _Door) -> None:
    def fail() -> bool:
        raise ZeroDivisionError

    for _ in range(8):
        with pytest.raises(ZeroDivisionError):
            door.keeper.guess(_HOST, fail, _no_wait)
    assert door.banned == [_HOST]


def test_guesses_from_many_threads_are_all_counted() -> None:
    door = _Door(Limits(failures_before_ban=400, failures_before_delay=1000))
    run_together(*[lambda: [door.keeper.guess(_HOST, lambda: False, _yield) for _ in range(100)]] * 4)
    assert door.banned == [_HOST]


def _yield(seconds: float) -> bool:
    return True


@PROPERTY
@given(st.lists(st.tuples(st.sampled_from([_HOST, _OTHER]), st.floats(0.0, 30.0)), max_size=100))
def test_nobody_gets_more_tries_than_allowed(tries: list[tuple[str, float]]) -> None:
    """A client that waits as asked never gets more tries within the ban's length than lead to a ban."""
    door = _Door()
    tried_at: list[float] = []
    for address, pause in tries:
        door.now += pause
        if door.keeper.refusal(address) is not None:
            continue
        if address == _HOST:
            tried_at.append(door.now)
        door.now += door.guess(address).hold_s
    for start in tried_at:
        assert sum(start <= at < start + _LIMITS.failure_ban_s for at in tried_at) <= _LIMITS.failures_before_ban
