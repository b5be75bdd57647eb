"""Delivery's view restored from a snapshot: everyone gets the same lines as without the restore."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from chatcore.cluster.registry_snapshot import registry_state
from chatcore.cluster.snapshot import decode, encode
from chatcore.config import Config
from chatcore.server.outgoing.membership import Reader, Room
from chatcore.server.outgoing.restoration import ViewState, restore_view, view_state
from chatcore.server.outgoing.view import View
from chatcore.state.registry_state import RegistryState
from chatcore.transport.remote import RemoteConnection
from tests.server.rendered import Rendered, Told
from tests.support.contradictions import contradictions
from tests.support.rerun import Rerun

_CONFIG = Config(history=0)  # earlier messages are in no snapshot
_KINDS: Mapping[str, Any] = {"registry": RegistryState, "view": ViewState}
_LOCAL = {
    "Reader": {
        *("connection", "is_remote", "tag_bits", "parts", "is_lost", "told_absent"),
        *("rooms", "is_closing"),  # rooms are compared with their members; departed readers are not in a snapshot
    },
    "Room": {"history", "pending", "address", "is_broken"},
    "View": {"book", "dialogs", "profiles", "readers", "rooms", "is_redacted", "_close_room", "_histories"},
}
"""Fields that are this tracker's alone, or compared in another way."""


def _snapshot(rerun: Rerun, rendered: Rendered) -> bytes:
    parts = {"registry": registry_state(rerun._stage.registry), "view": view_state(rendered.context)}
    return encode(parts)


def _restored(data: bytes, before: Rendered, *, is_remote: bool = False) -> Rendered:
    """Return a renderer with a view made of a snapshot. State of this tracker alone stays as it was."""
    parts = decode(data, _KINDS)
    rendered = Rendered(_CONFIG, lambda client: RemoteConnection()) if is_remote else Rendered(_CONFIG)
    restore_view(rendered.context, parts["registry"], parts["view"], before.position)
    rendered.position = before.position
    for client, reader in rendered.view.readers.items():
        reader.told_absent = before.view.readers[client].told_absent
    return rendered


def _advance(rerun: Rerun, lines: int, *all_told: Told) -> int:
    """Run lines and render their events everywhere; return how many lines were the same for all."""
    stream, count = rerun._stage.stream, 0
    for _ in range(lines):
        rerun.step()
        while (position := all_told[0].rendered.position) < len(stream.appended):
            for each in all_told:
                each.rendered.apply(*stream.appended[position], label=stream.labels[position])
            first, *others = (each.read_all() for each in all_told)
            assert others == [first] * len(others)
            count += sum(map(len, first.values()))
    return count


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_restored_view_continues_like_the_original(seed: int) -> None:
    rerun, through = Rerun(seed), Told(Rendered(_CONFIG))
    again, count = Told(Rendered(_CONFIG)), 0
    for number in range(8):
        count += _advance(rerun, 300, through, again)
        data = _snapshot(rerun, through.rendered)
        assert _snapshot(rerun, again.rendered) == data, number
        again = Told(_restored(data, through.rendered))
        assert _snapshot(rerun, again.rendered) == data, number
        assert _differences(through.rendered.view, again.rendered.view) == []
        assert contradictions(again.rendered.view) == []
    assert count > 1500
    assert view_state(through.rendered.context).dialogs.names, "the run must have had conversations"


def test_restoring_records_nothing_and_sends_nothing() -> None:
    rerun, through = Rerun(1), Told(Rendered(_CONFIG))
    _advance(rerun, 500, through)
    again = _restored(_snapshot(rerun, through.rendered), through.rendered, is_remote=True)
    assert again.records == []
    assert not again.view.book.changes
    assert again.read_all() == {}
    assert len(again.view.readers) == 3
    assert all(reader.is_remote for reader in again.view.readers.values())


def test_a_reader_that_cannot_enter_is_left_out() -> None:
    """Like a client whose connection is already gone."""
    rerun, through = Rerun(1), Told(Rendered(_CONFIG))
    parts = decode(_snapshot(rerun, through.rendered), _KINDS)
    rendered = Rendered(_CONFIG)
    rendered.host.enter = lambda event: None  # type: ignore[method-assign, assignment, return-value]
    restore_view(rendered.context, parts["registry"], parts["view"], 1)
    assert rendered.view.readers == {}


def _differences(one: View, other: View) -> list[str]:
    """List each field of the two views, of a reader or of a room, that differs."""
    here = {client for client, reader in one.readers.items() if not reader.is_closing}
    found = [] if here == other.readers.keys() else ["who is here"]
    found += [] if [*sorted(one.rooms)] == sorted(other.rooms) else ["which rooms there are"]
    pairs: list[tuple[str, Any, Any]] = [("Reader", one.readers[client], other.readers[client]) for client in here]
    pairs += [("Room", one.rooms[name], other.rooms[name]) for name in one.rooms]
    for kind, before, after in [*pairs, ("View", one, other)]:
        names = {*(vars(before) if kind == "View" else type(before).__slots__)}
        for name in names - _LOCAL[kind]:
            values = _plain(getattr(before, name)), _plain(getattr(after, name))
            if name == "watchers":  # each is notified separately
                values = _sorted(values[0]), _sorted(values[1])
            found += [f"{kind}.{name}: {values}"] if values[0] != values[1] else []
    return found


def _plain(value: Any) -> Any:
    """Return a value with readers and rooms replaced by their ids, in the same order."""
    if isinstance(value, Reader):
        return value.id
    if isinstance(value, Room):
        return value.instance
    if isinstance(value, Mapping) and any(isinstance(key, Reader) for key in value):
        return [(_plain(key), _plain(each)) for key, each in value.items()]
    if isinstance(value, Mapping):
        return {_plain(key): _plain(each) for key, each in value.items()}
    return value


def _sorted(watchers: dict[str, list[Any]]) -> dict[str, list[Any]]:
    return {folded: sorted(readers) for folded, readers in watchers.items()}


def test_the_comparison_finds_differences() -> None:
    rerun, through = Rerun(1), Told(Rendered(_CONFIG))
    while not through.rendered.view.rooms:
        _advance(rerun, 1, through)
    again = _restored(_snapshot(rerun, through.rendered), through.rendered)
    room, reader = next(iter(again.view.rooms.values())), next(iter(again.view.readers.values()))
    room.shared += 1
    reader.away = "planted"
    again.view._seats["visit 5"] = {room: None}
    found = [each.partition(":")[0] for each in _differences(through.rendered.view, again.view)]
    assert sorted(found) == ["Reader.away", "Room.shared", "View._seats"]


def test_fields_left_out_of_the_comparison_exist() -> None:
    objects = {"Reader": Reader.__slots__, "Room": Room.__slots__, "View": vars(Rendered().view)}
    assert SimpleNamespace(**{kind: _LOCAL[kind] - {*names} for kind, names in objects.items()}) == SimpleNamespace(
        Reader=set(), Room=set(), View=set()
    )
