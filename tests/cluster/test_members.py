"""Membership follows from the records alone: joins, batches, beats."""

from __future__ import annotations

from chatcore.cluster.members import FENCE_BEATS, Members, Seen
from chatcore.protocol.tracker_list import TrackerAddress
from chatcore.state.records import TrackerJoined


def _joined(folder: str, version: str = "1", **settings: str) -> TrackerJoined:
    return TrackerJoined(folder, folder, _address(folder), version, tuple(settings.items()))


def _address(name: str) -> TrackerAddress:
    return TrackerAddress((f"{name.replace(' ', '-')}.example:8000",))


def _members(count: int) -> Members:
    members = Members()
    for incarnation in range(1, count + 1):
        assert members.join(incarnation, 1, _joined(f"folder {incarnation}"))
    return members


def test_each_batch_counts_once_in_its_order() -> None:
    members = _members(1)
    assert [members.take(1, sequence) for sequence in (2, 2, 1, 3, 2)] == [True, False, False, True, False]


def test_a_tracker_counts_after_joining_and_joins_once() -> None:
    members = Members()
    assert not members.take(1, 1)
    assert not members.join(1, 2, _joined("a")), "the join must come with its first batch"
    assert members.join(1, 1, _joined("a"))
    assert not members.join(1, 1, _joined("a")), "a resent join must not count twice"
    assert (1 in members, 2 in members) == (True, False)


def test_a_tracker_silent_for_three_beats_of_another_is_gone() -> None:
    members = _members(2)
    assert [members.beat(1) for _ in range(FENCE_BEATS)] == [*[[]] * (FENCE_BEATS - 1), [2]]


def test_a_batch_in_between_restarts_the_count() -> None:
    members = _members(2)
    for _ in range(FENCE_BEATS - 1):
        assert members.beat(1) == []
    assert members.take(2, 2)
    assert members.beat(1) == []


def test_beats_of_several_are_not_counted_together() -> None:
    members = _members(FENCE_BEATS + 1)
    assert [members.beat(incarnation) for incarnation in range(2, FENCE_BEATS + 2)] == [[]] * FENCE_BEATS


def test_a_removed_tracker_no_longer_counts() -> None:
    members = _members(2)
    members.remove(2)
    assert not members.take(2, 2)
    assert not members.join(2, 1, _joined("folder 2"))
    assert members.join(3, 1, _joined("folder 2"))


def test_a_restarted_tracker_replaces_its_former_run() -> None:
    members = _members(2)
    members.join(3, 1, _joined("folder 1"))
    assert members.replaced_by(3) == [1]


def test_trackers_with_other_settings_or_version_are_replaced() -> None:
    members = Members()
    for incarnation, joined in enumerate(
        (_joined("a", replay="0"), _joined("b", replay="1"), _joined("c", "2", replay="0"), _joined("d", replay="0")), 1
    ):
        members.join(incarnation, 1, joined)
    assert members.replaced_by(4) == [2, 3]
    assert members.replaced_by(2) == [1, 3, 4]


def test_the_chat_ends_once_all_trackers_are_idle_since_the_last_arrival() -> None:
    members = _members(2)
    assert not members.note_idle(1, is_idle=True)
    members.note_arrival()
    assert not members.note_idle(2, is_idle=True)
    assert members.note_idle(1, is_idle=True)
    assert not members.note_idle(2, is_idle=False)


def test_a_snapshot_has_all_state_of_members() -> None:
    members = _members(3)
    members.take(2, 5)
    members.beat(1)
    members.remove(3)
    copy = Members()
    copy.restore(members.state(), members.gone())
    assert copy.state() == members.state()
    assert copy.all() == members.all() == {1: _joined("folder 1"), 2: _joined("folder 2")}
    assert [copy.beat(1) for _ in range(FENCE_BEATS - 1)] == [*[[]] * (FENCE_BEATS - 2), [2]]
    assert not copy.join(3, 1, _joined("folder 3")), "a removed tracker must not join again"
    assert not copy.take(2, 5)


def test_each_tracker_knows_the_addresses_of_the_others() -> None:
    members = _members(3)
    assert members.others(2) == (_address("folder 1"), _address("folder 3"))
    members.move(3, _address("moved"))
    members.remove(1)
    assert members.others(2) == (_address("moved"),)
    assert members.state()[1].joined.address == _address("moved"), "a snapshot must have the new address"


def test_times_of_joining_and_last_contact_survive_a_snapshot() -> None:
    members = _members(1)
    for time in (5.0, 7.0, 9.0):
        members.note_heard(1, time)
    copy = Members()
    copy.restore(members.state(), members.gone())
    assert copy.seen() == {1: Seen(_joined("folder 1"), 5.0, 9.0)}
