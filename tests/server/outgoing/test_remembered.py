"""State kept from a snapshot: the same as that of a tracker that was there all the time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chatcore.cluster.registry_snapshot import registry_state
from chatcore.server.archive.journal.records import FactRecord, fact_record, parse_record
from chatcore.server.archive.storage.belongings import Belongings
from chatcore.server.archive.storage.rooms import Rooms
from chatcore.server.outgoing.remembered import remembered
from chatcore.state.dormant import DormantRoom
from chatcore.state.history import Recorded
from chatcore.state.registry import Registry
from chatcore.state.registry_state import RegistryState
from tests.server.rendered import Rendered
from tests.support.rerun import Rerun

_EMPTY = registry_state(Registry(lambda: 0.0))
_WAITING = Recorded(5, 1, 2, "ann!u@h", "ann", "+x=y", "PRIVMSG dora :hi")


class _Kept:
    """The file, and the messages to the operator about it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.told: list[str] = []
        self.rooms = Rooms(folder, self.told.append)

    def apply(self, *records: bytes) -> None:
        parsed = [parse_record(record.decode().removesuffix("\n")) for record in records]
        self.rooms.apply([record for record in parsed if isinstance(record, FactRecord)])
        assert self.told == []

    def take_up(self, id_: int, registry: RegistryState, *waiting: tuple[str, tuple[Recorded, ...]]) -> None:
        self.apply(fact_record(id_, remembered(registry, waiting)))

    def loaded(self) -> tuple[dict[str, Any], Belongings]:
        rooms = {room.name: _comparable(room) for room in self.rooms.load(9000.0, ["visit 1", "visit 2", "visit 3"])}
        return rooms, self.rooms.load_belongings(None)


def _comparable(room: DormantRoom) -> tuple[Any, ...]:
    """Return a room without the parts that may differ.

    These are the order of letters, and the exact line where a former name ended: the registry leaves room for lines
    that are still on their way.
    """
    letters = {identity: frozenset(letters) for identity, letters in room.accounts.items()}
    former = [each.room for each in room.former_names]
    return room._replace(accounts={}, former_names=(), metadata={**room.metadata}), letters, former


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[tuple[_Kept, _Kept]]:
    files = _Kept(tmp_path / "one"), _Kept(tmp_path / "other")
    yield files
    for each in files:
        each.rooms.close()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_snapshot_leaves_the_same_file_as_following_every_record(kept: tuple[_Kept, _Kept], seed: int) -> None:
    there, late = kept
    rerun, rendered = Rerun(seed), Rendered()
    stream = rerun._stage.stream
    there.take_up(1, registry_state(rerun._stage.registry))
    for number in range(1, 5):
        for _ in range(600):
            rerun.step()
        while rendered.position < len(stream.appended):
            rendered.apply(*stream.appended[rendered.position])
        there.apply(*rendered.records)
        rendered.records.clear()
        late.take_up(number, registry_state(rerun._stage.registry))
        assert late.loaded() == there.loaded()
    assert there.loaded()[0]


def test_a_snapshot_brings_waiting_messages_and_replaces_old_state(kept: tuple[_Kept, _Kept]) -> None:
    late, _ = kept
    late.take_up(1, registry_state(Rerun(1)._stage.registry), ("a", (_WAITING._replace(id=4),)))
    assert late.loaded()[0]
    late.take_up(7, _EMPTY._replace(profiles=(("a", (("url", "x"),)),)), ("b", (_WAITING,)))
    rooms, belongings = late.loaded()
    assert rooms == {}
    assert (belongings.waiting, belongings.metadata) == ({"b": [_WAITING]}, {"a": {"url": "x"}})


def test_a_file_that_is_already_as_new_stays_unchanged(kept: tuple[_Kept, _Kept]) -> None:
    late, _ = kept
    late.take_up(7, registry_state(Rerun(1)._stage.registry))
    before = late.loaded()
    late.take_up(7, _EMPTY)
    assert late.loaded() == before
