"""OutboxBudget: how much all outboxes may hold together. test_tcp checks that connections keep to it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatcore.transport.tcp import OutboxBudget
from tests.support.generated import PROPERTY
from tests.support.together import run_together


def test_all_outboxes_share_the_budget() -> None:
    budget = OutboxBudget(100)
    assert budget.change(0, 60)
    assert budget.change(0, 40)
    assert not budget.change(60, 61)
    assert budget.used_bytes == 101
    assert budget.change(61, 0)
    assert budget.change(40, 90)


def test_an_outbox_within_its_share_may_always_grow() -> None:
    budget = OutboxBudget(100)
    for _ in range(4):
        assert budget.change(0, 24)
    assert budget.change(0, 20), "a share of five outboxes is twenty"
    assert not budget.change(24, 25)
    assert not budget.change(0, 17), "a share of six outboxes is less"
    assert budget.change(0, 10)


@PROPERTY
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 60)), max_size=200))
def test_use_never_exceeds_twice_the_budget(growth: list[tuple[int, int]]) -> None:
    """A refused outbox is closed, as its owner would do."""
    budget, held = OutboxBudget(100), [0] * 10
    for who, count in growth:
        if not budget.change(held[who], held[who] + count):
            budget.change(held[who] + count, 0)
            held[who] = 0
        else:
            held[who] += count
        assert budget.used_bytes == sum(held) <= 200


def test_concurrent_changes_are_counted_correctly() -> None:
    budget = OutboxBudget(1)

    def hold_and_let_go() -> None:
        for _ in range(1000):
            budget.change(0, 3)
            budget.change(3, 0)

    run_together(*[hold_and_let_go] * 4)
    assert budget.used_bytes == 0
    assert budget.change(0, 1), "all other outboxes are empty"
