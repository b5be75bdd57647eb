"""SpareMemory: memory used by a crowd is released after it has left."""

from __future__ import annotations

from chatcore.server.upkeep.spare_memory import SpareMemory, find_trim


def _trimmed_at(*connections: int) -> list[int]:
    """Return the indices at which memory was released."""
    trims: list[None] = []
    spare = SpareMemory(lambda: trims.append(None))
    seen = []
    for count in connections:
        spare.note(count)
        seen.append(len(trims))
    return [index for index, trimmed in enumerate(seen) if trimmed > (seen[index - 1] if index else 0)]


def test_memory_is_released_once_most_of_a_crowd_has_left() -> None:
    assert _trimmed_at(500, 300, 260, 260, 240, 100, 3, 0, 0, 0, 70, 70, 1, 2) == [8, 13]


def test_a_few_coming_and_going_release_nothing() -> None:
    assert _trimmed_at(*[0, 63] * 50) == []


def test_nothing_is_released_while_half_of_a_crowd_stays() -> None:
    assert _trimmed_at(5000, 4900, 4000, 3000, 2600, 2600, 5000) == []


def test_releasing_memory_does_no_harm() -> None:
    find_trim()()
