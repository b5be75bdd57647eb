"""How a tracker adapts to a limit on its memory; for the real program, see tests/faults/test_out_of_memory.py."""

from __future__ import annotations

import pytest

from chatcore.config import Limits
from chatcore.server import memory_limit
from chatcore.server.memory_limit import Headroom, fit, room_bytes, use_few_arenas


def test_histories_lists_and_outboxes_take_at_most_half_of_the_room() -> None:
    room = 100 << 20
    limits = fit(Limits(), room)
    lists = limits.max_list_entries * memory_limit._LIST_ENTRY_BYTES
    kept = limits.max_total_history_bytes + limits.max_total_metadata_bytes
    assert kept + 2 * limits.max_total_sendq_bytes + lists <= room // 2
    assert fit(limits, 1 << 40) == limits, "smaller limits must not be raised"


def test_without_any_room_the_limits_are_one_not_zero() -> None:
    limits = fit(Limits(), 0)
    assert (limits.max_total_history_bytes, limits.max_total_sendq_bytes, limits.max_list_entries) == (1, 1, 1)
    assert limits.max_total_metadata_bytes == 1


def test_room_is_known_only_under_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert room_bytes() is None
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1, 1))
    assert room_bytes() in (0, None), "None if the system does not report the memory in use"


@pytest.mark.parametrize(("used", "suffices"), [(0, False), (1 << 60, True)])
def test_headroom_covers_limits_that_are_not_used_up_yet(used: int, suffices: bool) -> None:
    """An exbibyte of history is more than any machine has, but memory in use is evidently there."""
    limits = Limits(max_total_history_bytes=1 << 60, max_total_sendq_bytes=1)
    assert Headroom(limits, is_limited=True).suffices(1, used) is suffices
    assert Headroom(limits, is_limited=False).suffices(1, used)


def test_memory_of_a_former_crowd_suffices_for_a_smaller_one() -> None:
    """The system may not get it back: freed memory may be fragmented."""
    headroom = Headroom(Limits(max_total_history_bytes=1 << 60, max_total_sendq_bytes=1), is_limited=True)
    assert not headroom.suffices(50, 0), "there was no larger crowd before"
    assert not headroom.suffices(100, 0)
    assert [headroom.suffices(connections, 0) for connections in (0, 87, 88, 100)] == [True, True, False, False]
    assert headroom.suffices(200, 1 << 60)


def test_reducing_the_arenas_does_not_fail() -> None:
    use_few_arenas()
