"""SpareMemory: what a crowd took is given back when it has gone."""

from __future__ import annotations

from chatcore.server.upkeep.spare_memory import SpareMemory, find_trim


def _trimmed_at(*connections: int) -> list[int]:
    """Return the indices at which memory was given back."""
    trims: list[None] = []
    spare = SpareMemory(lambda: trims.append(None))
    seen = []
    for count in connections:
        spare.note(count)
        seen.append(len(trims))
    return [index for index, trimmed in enumerate(seen) if trimmed > (seen[index - 1] if index else 0)]


def test_memory_is_given_back_when_most_of_a_crowd_has_gone_and_no_more_go() -> None:
    assert _trimmed_at(500, 300, 260, 260, 240, 100, 3, 0, 0, 0, 70, 70, 1, 2) == [8, 13]


def test_few_who_come_and_go_cost_nothing() -> None:
    assert _trimmed_at(*[0, 63] * 50) == []


def test_of_many_who_stay_those_who_go_do_not_count() -> None:
    assert _trimmed_at(5000, 4900, 4000, 3000, 2600, 2600, 5000) == []


def test_giving_back_does_no_harm() -> None:
    find_trim()()
