"""Read markers: they only advance, are bounded, and are recorded now and then."""

from __future__ import annotations

from chatcore.config import Config, Limits
from chatcore.server.archive.journal.records import FactRecord, parse_record
from chatcore.server.archive.storage.marker_rows import KeptMarker
from chatcore.server.outgoing.markers import AHEAD_MS, WRITE_EVERY_S, Marker, Markers, reserved_bytes
from chatcore.state.history_identity import account_identity, visit_identity

_ANN, _BOB, _GUEST = account_identity("a"), account_identity("b"), visit_identity("1.7")
_NOW_MS = 1_000_000


class _Kept:
    """Markers, the facts written of them, and a clock."""

    def __init__(
        self,
        kept: dict[str, list[KeptMarker]] | None = None,
        *,
        log_private: bool = True,
        history_days: int = 90,
        **limits: int,
    ) -> None:
        self.records: list[bytes] = []
        self.now = 100.0
        self.is_kept_well = True
        config = Config(log_private=log_private, history_days=history_days, limits=Limits(**limits))
        self.markers = Markers(config, self.records.append, kept, lambda: self.is_kept_well, lambda: self.now)
        self.id = 0

    def read(self, identity: str, place: str, time_ms: int, name: str = "") -> bool:
        return self.markers.advance(identity, place, Marker(time_ms, name or place), _NOW_MS)

    def found(self, identity: str, place: str) -> int | None:
        return self.markers.find(identity, place, _NOW_MS)

    def places(self, identity: str) -> dict[str, int]:
        return {place: marker.time_ms for place, marker in self.markers.of(identity, _NOW_MS)}

    def written(self) -> list[tuple[str, str, str, int | None]]:
        """Write pending changes if due; return them."""
        self.records.clear()
        if self.markers.are_due:
            self.id += 1
            self.markers.write(self.id)
        facts = [parse_record(record.decode().removesuffix("\n")) for record in self.records]
        assert all(isinstance(fact, FactRecord) and fact.data["fact"] == "markers" for fact in facts)
        return [tuple(change) for fact in facts if isinstance(fact, FactRecord) for change in fact.data["markers"]]


def test_a_marker_only_advances() -> None:
    kept = _Kept()
    assert kept.found(_ANN, "#tea") is None
    grown = [kept.read(_ANN, "#tea", time_ms) for time_ms in (5, 4, 5, 6)]
    assert grown == [True, False, False, True]
    assert kept.found(_ANN, "#tea") == 6
    assert (kept.found(_ANN, "#cat"), kept.found(_BOB, "#tea")) == (None, None)


def test_a_marker_in_the_future_is_capped_at_now() -> None:
    kept = _Kept()
    assert kept.read(_ANN, "#tea", _NOW_MS + 5)
    assert not kept.read(_ANN, "#tea", _NOW_MS + 9)
    assert kept.found(_ANN, "#tea") == _NOW_MS


def test_kept_markers_far_in_the_future_are_ignored() -> None:
    later = _NOW_MS + AHEAD_MS + 1
    kept = _Kept({"a": [KeptMarker("#tea", "#Tea", later), KeptMarker("#cat", "#cat", later - 1)]})
    assert kept.places(_ANN) == {"#cat": later - 1}
    assert kept.found(_ANN, "#tea") is None
    assert kept.read(_ANN, "#tea", 7)
    assert kept.found(_ANN, "#tea") == 7


def test_each_identity_keeps_its_most_recently_set_markers() -> None:
    kept = _Kept(max_read_markers=2)
    for time_ms, place in enumerate(("#one", "#two", "#one", "#three"), 1):
        kept.read(_ANN, place, time_ms)
    kept.read(_BOB, "#two", 9)
    assert kept.places(_ANN) == {"#one": 3, "#three": 4}
    assert kept.places(_BOB) == {"#two": 9}
    assert kept.written() == [("a", "#one", "#one", 3), ("a", "#three", "#three", 4), ("b", "#two", "#two", 9)]


def test_memory_is_bounded_at_the_cost_of_the_largest_users() -> None:
    config = Config(limits=Limits(max_total_history_bytes=1 << 19))
    kept = _Kept(max_total_history_bytes=1 << 19)
    assert reserved_bytes(config) == 1 << 15
    kept.read(_BOB, "#bobs", 1)
    for number in range(150):
        kept.read(_ANN, f"#{number:03}", number)
        assert kept.markers.used_bytes <= 1 << 15
    assert kept.places(_BOB) == {"#bobs": 1}, "bob has few markers and must lose none"
    assert 30 < len(kept.places(_ANN)) < 110
    assert kept.found(_ANN, "#149") == 149
    assert kept.found(_ANN, "#000") is None


def test_under_pressure_visits_lose_their_markers_first() -> None:
    kept = _Kept(max_total_history_bytes=1 << 19)
    for number in range(150):
        kept.read(account_identity(str(number)) if number < 20 else visit_identity(str(number)), "#tea", 1)
        assert kept.markers.used_bytes <= 1 << 15
    assert all(kept.found(account_identity(str(number)), "#tea") for number in range(20)), (
        "accounts must lose no marker before visits do"
    )


def test_without_limits_all_markers_are_kept() -> None:
    kept = _Kept(max_read_markers=0, max_total_history_bytes=0)
    for number in range(300):
        kept.read(_ANN, f"#{number}", 1)
    assert len(kept.places(_ANN)) == 300


def test_memory_is_released_when_a_visit_ends() -> None:
    kept = _Kept()
    kept.read(_GUEST, "#tea", 1)
    kept.read(_GUEST, "#tea", 2)
    before = kept.markers.used_bytes
    kept.read(_GUEST, "#cat", 1)
    assert kept.markers.used_bytes > before > 0
    kept.markers.end_visit("1.7", may_return=True)
    assert kept.found(_GUEST, "#tea") == 2
    kept.markers.end_visit("1.7")
    assert kept.markers.used_bytes == 0
    assert kept.found(_GUEST, "#tea") is None


def test_advances_are_written_once_per_interval() -> None:
    kept = _Kept()
    kept.read(_ANN, "#tea", 1)
    assert kept.written() == [("a", "#tea", "#tea", 1)], "the first advance is written at once"
    for time_ms in range(2, 50):
        kept.read(_ANN, "#tea", time_ms, "#Tea")
        assert kept.written() == []
    kept.now += WRITE_EVERY_S
    assert kept.written() == [("a", "#tea", "#Tea", 49)]
    kept.now += WRITE_EVERY_S
    kept.read(_ANN, "#tea", 3)
    assert kept.written() == []


def test_pending_markers_are_written_when_a_visit_ends() -> None:
    kept = _Kept()
    kept.read(_ANN, "#tea", 1)
    kept.written()
    kept.read(_ANN, "#tea", 2)
    assert kept.written() == []
    kept.markers.end_visit("1.9")
    assert kept.written() == [("a", "#tea", "#tea", 2)]


def test_an_empty_write_produces_no_record() -> None:
    kept = _Kept()
    kept.markers.write(1)
    assert kept.records == []


def test_nothing_is_written_while_the_journal_fails() -> None:
    kept = _Kept(max_read_markers=2)
    kept.is_kept_well = False
    for number in range(50):
        kept.read(_ANN, f"#{number}", 1)
        assert kept.written() == []
    kept.is_kept_well = True
    assert kept.written() == [("a", "#48", "#48", 1), ("a", "#49", "#49", 1)], (
        "only markers that still exist may be written later"
    )


def test_dropping_a_kept_marker_is_written() -> None:
    kept = _Kept({"a": [KeptMarker("#old", "#Old", 1)]}, max_read_markers=1)
    kept.read(_ANN, "#new", 2)
    assert kept.written() == [("a", "#new", "#new", 2), ("a", "#old", "#Old", None)]
    kept.now += WRITE_EVERY_S
    kept.read(_ANN, "#old", 3)
    kept.read(_ANN, "#new", 4)
    assert kept.written() == [("a", "#new", "#new", 4)]


def test_a_marker_dropped_again_before_the_write_is_written_as_dropped() -> None:
    kept = _Kept({"a": [KeptMarker("#old", "#Old", 1)]}, max_read_markers=1)
    for place in ("#new", "#old", "#newer"):
        kept.read(_ANN, place, 2)
    assert sorted(kept.written()) == [("a", "#newer", "#newer", 2), ("a", "#old", "#old", None)]


def test_markers_of_or_about_visits_are_not_written() -> None:
    kept = _Kept()
    kept.read(_GUEST, "#tea", 1)
    kept.read(_ANN, _GUEST, 1)
    kept.read(_ANN, _BOB, 1, "Bob")
    kept.read(_ANN, "zoe", 1)
    assert kept.written() == [("a", _BOB, "Bob", 1), ("a", "zoe", "zoe", 1)]


def test_without_private_logging_conversation_markers_are_not_written() -> None:
    kept = _Kept(log_private=False)
    for place in (_BOB, "zoe", "#tea"):
        kept.read(_ANN, place, 1)
    assert kept.written() == [("a", "#tea", "#tea", 1)]
    assert kept.places(_ANN) == {_BOB: 1, "zoe": 1, "#tea": 1}


def test_nothing_is_written_without_history() -> None:
    kept = _Kept(history_days=0)
    kept.read(_ANN, "#tea", 1)
    assert kept.written() == []
    assert kept.found(_ANN, "#tea") == 1


def test_a_renamed_room_keeps_its_members_markers() -> None:
    kept = _Kept({"b": [KeptMarker("#tea", "#tea", 3)]})
    kept.read(_ANN, "#tea", 1)
    kept.read(_ANN, "#chai", 2)
    kept.read(_GUEST, "#tea", 4)
    kept.written()
    kept.now += WRITE_EVERY_S
    kept.markers.rename([_ANN, _BOB, account_identity("none")], "#tea", "#Chai")
    assert kept.places(_ANN) == {"#chai": 2}
    assert kept.places(_BOB) == {"#chai": 3}
    assert kept.places(_GUEST) == {"#tea": 4}, "the guest may not know of the new name"
    assert kept.written() == [
        ("a", "#tea", "#tea", None),
        ("a", "#chai", "#Chai", 2),
        ("b", "#tea", "#tea", None),
        ("b", "#chai", "#Chai", 3),
    ]
    kept.markers.rename([_ANN], "#chai", "#CHAI")
    assert [(place, marker.name) for place, marker in kept.markers.of(_ANN, _NOW_MS)] == [("#chai", "#CHAI")]


def test_a_snapshot_keeps_all_markers_in_order() -> None:
    """Lasting markers are written; markers kept earlier that are missing from the snapshot are withdrawn."""
    kept, again = _Kept(), _Kept({"a": [KeptMarker("#old", "#old", 5)], "b": [KeptMarker("#tea", "#tea", 5)]})
    for identity, place, time_ms in ((_GUEST, "#tea", 7), (_ANN, "#cat", 8), (_ANN, "#tea", 9), (_ANN, "#cat", 10)):
        kept.read(identity, place, time_ms)
    state = kept.markers.state()
    assert state == ((_GUEST, (("#tea", "#tea", 7),)), (_ANN, (("#tea", "#tea", 9), ("#cat", "#cat", 10))))
    again.markers.restore(state)
    assert (again.markers.state(), again.markers.used_bytes) == (state, kept.markers.used_bytes)
    assert sorted(again.written(), key=str) == [
        ("a", "#cat", "#cat", 10),
        ("a", "#old", "#old", None),
        ("a", "#tea", "#tea", 9),
        ("b", "#tea", "#tea", None),
    ]
