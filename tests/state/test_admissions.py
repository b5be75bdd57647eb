"""Admissions: limits in total and per address, counted exactly."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatcore.state.admissions import Admissions
from tests.support.generated import PROPERTY
from tests.support.together import run_together

_FULL = "The tracker is full, try again later"
_TOO_MANY = "Too many connections from your address"


def test_each_limit_has_its_own_message() -> None:
    admissions = Admissions(3, 2)
    assert [admissions.admit("a") for _ in range(3)] == [None, None, _TOO_MANY]
    assert [admissions.admit("b") for _ in range(2)] == [None, _FULL]


def test_zero_means_no_limit() -> None:
    admissions = Admissions(0, 0)
    assert {admissions.admit("a") for _ in range(1000)} == {None}


@PROPERTY
@given(st.integers(0, 6), st.integers(0, 4), st.lists(st.tuples(st.booleans(), st.sampled_from("abc")), max_size=60))
def test_admission_depends_on_the_clients_inside(most: int, per_address: int, steps: list[tuple[bool, str]]) -> None:
    admissions = Admissions(most, per_address)
    inside: list[str] = []
    for is_arrival, address in steps:
        if is_arrival:
            is_full = bool(most) and len(inside) >= most
            is_crowded = bool(per_address) and inside.count(address) >= per_address
            assert (admissions.admit(address) is None) is not (is_full or is_crowded)
            if not (is_full or is_crowded):
                inside.append(address)
        elif address in inside:
            admissions.release(address)
            inside.remove(address)


def test_an_address_may_become_known_or_change_later() -> None:
    admissions = Admissions(3, 1)
    assert [admissions.admit(None) for _ in range(3)] == [None] * 3
    assert [admissions.move(None, "a"), admissions.move(None, "a"), admissions.move(None, "b")] == [
        None,
        _TOO_MANY,
        None,
    ]
    assert [admissions.move("a", "b"), admissions.move("a", "c"), admissions.move(None, "a")] == [_TOO_MANY, None, None]
    assert [len(admissions), admissions.admit("d")] == [3, _FULL]
    for address in ("a", "b", "c"):
        admissions.release(address)
    assert (len(admissions), admissions._by_address) == (0, {})


def test_concurrent_arrivals_do_not_exceed_the_limit() -> None:
    admissions = Admissions(5, 0)
    inside: list[int] = []
    admitted: list[int] = []

    def come_and_go(number: int) -> None:
        for _ in range(400):
            if admissions.admit(str(number % 2)) is None:
                inside.append(number)
                admitted.append(len(inside))
                inside.remove(number)
                admissions.release(str(number % 2))

    run_together(*(lambda number=number: come_and_go(number) for number in range(8)))
    assert 1 <= max(admitted) <= 5
    assert [admissions.admit("a") for _ in range(6)] == [None] * 5 + [_FULL]


def test_clients_admitted_elsewhere_count_even_beyond_the_limits() -> None:
    admissions = Admissions(1, 1)
    for _ in range(3):
        admissions.count("a")
    assert [len(admissions), admissions.admit("b")] == [3, _FULL]
    for _ in range(3):
        admissions.release("a")
    assert admissions.admit("a") is None
