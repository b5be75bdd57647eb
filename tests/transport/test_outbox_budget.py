"""OutboxBudget: how much all outboxes may hold together. That connections keep to it: test_tcp."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatcore.transport.tcp import OutboxBudget
from tests.support.generated import PROPERTY
from tests.support.together import run_together


def test_budget_is_for_all_outboxes_together() -> None:
    budget = OutboxBudget(100)
    assert budget.change(0, 60)
    assert budget.change(0, 40)
    assert not budget.change(60, 61)
    assert budget.used_bytes == 101
    assert budget.change(61, 0)
    assert budget.change(40, 90)


def test_who_holds_less_than_its_share_does_not_pay_for_the_others() -> None:
    budget = OutboxBudget(100)
    for _ in range(4):
        assert budget.change(0, 24)
    assert budget.change(0, 20), "five: each may hold twenty"
    assert not budget.change(24, 25)
    assert not budget.change(0, 17), "six: less each"
    assert budget.change(0, 10)


@PROPERTY
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 60)), max_size=200))
def test_budget_is_never_exceeded_by_more_than_as_much_again(growth: list[tuple[int, int]]) -> None:
    """Whoever is refused is closed, as its owner does."""
    budget, held = OutboxBudget(100), [0] * 10
    for who, count in growth:
        if not budget.change(held[who], held[who] + count):
            budget.change(held[who] + count, 0)
            held[who] = 0
        else:
            held[who] += count
        assert budget.used_bytes == sum(held) <= 200


def test_budget_counts_right_with_many_threads() -> None:
    budget = OutboxBudget(1)

    def hold_and_let_go() -> None:
        for _ in range(1000):
            budget.change(0, 3)
            budget.change(3, 0)

    run_together(*[hold_and_let_go] * 4)
    assert budget.used_bytes == 0
    assert budget.change(0, 1), "nobody else holds anything"
