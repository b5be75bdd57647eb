"""Batches: every record survives a round trip, and anything else is refused with one error."""

from __future__ import annotations

import types
from enum import Enum
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatcore.cluster.codec import CODES, CodecError, pack, unpack
from chatcore.state.events import Event
from chatcore.state.facts import Fact, Said
from chatcore.state.notes import Note
from chatcore.state.records import Beat, Commanded, Left, Published, Record, Stepped, TrackerLeft
from chatcore.state.requests import Replied
from chatcore.state.steps import Step
from tests.support.generated import PROPERTY

_FEW = settings(PROPERTY, max_examples=12)  # of each of many kinds

_STEPS = get_args(Step)
_EVENTS = get_args(Fact | Note)
_PLAIN = {
    bool: st.booleans(),
    int: st.integers(-(2**63), 2**63 - 1),
    float: st.floats(allow_nan=False),
    str: st.text(max_size=12),
    bytes: st.binary(max_size=12),
    types.NoneType: st.none(),
}


def _values(hint: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for small values of a type used in records."""
    kind, args = get_origin(hint), get_args(hint)
    if hint in _PLAIN:
        return _PLAIN[hint]
    if hint == Event:
        return _values(Fact | Note)
    if kind is Annotated:
        return _values(args[0])
    if kind in (Union, types.UnionType):
        return st.one_of(*map(_values, args))
    if kind is tuple and args[1:] == (...,):
        return st.lists(_values(args[0]), max_size=3).map(tuple)
    if kind is tuple:
        return st.tuples(*map(_values, args))
    if kind is frozenset:
        return st.frozensets(_values(args[0]), max_size=3)
    if issubclass(hint, Enum):
        return st.sampled_from(hint)
    return st.builds(hint, **{name: _values(of) for name, of in get_type_hints(hint).items()})


def _types(value: Any) -> Any:
    """Return the types in a value: equal values may still differ in them (1 and True)."""
    if isinstance(value, tuple):
        return type(value), tuple(map(_types, value))
    return type(value)


def _assert_comes_back(records: list[Any]) -> None:
    found = unpack(pack(7, 9, records))
    assert found == (7, 9, records)
    assert _types(tuple(found[2])) == _types(tuple(records))


@pytest.mark.parametrize("kind", get_args(Record))
@given(data=st.data())
@_FEW
def test_every_record_survives_a_round_trip(kind: type[Any], data: st.DataObject) -> None:
    _assert_comes_back(data.draw(st.lists(_values(kind), max_size=3)))


@pytest.mark.parametrize("kind", _STEPS)
@given(data=st.data())
@_FEW
def test_every_step_survives_a_round_trip(kind: type[Any], data: st.DataObject) -> None:
    _assert_comes_back([Stepped(3 << 32 | 1, data.draw(_values(kind)))])


@pytest.mark.parametrize("kind", _EVENTS)
@given(data=st.data())
@_FEW
def test_every_shared_event_survives_a_round_trip(kind: type[Any], data: st.DataObject) -> None:
    _assert_comes_back([Published((data.draw(_values(kind)), data.draw(_values(kind))))])


def test_the_order_of_mixed_records_is_kept() -> None:
    said = Commanded(5, "PRIVMSG", ("#a", "x"))
    _assert_comes_back(
        [said, said, TrackerLeft(), Left(5, "bye", False), said, Beat(), Beat(True, 3, b"d"), TrackerLeft()]
    )


@given(st.binary(max_size=60))
@PROPERTY
def test_arbitrary_bytes_raise_only_a_codec_error(data: bytes) -> None:
    with pytest.raises(CodecError):
        unpack(data)


@given(st.data())
@PROPERTY
def test_a_damaged_batch_raises_only_a_codec_error(data: st.DataObject) -> None:
    whole = pack(1, 2, data.draw(st.lists(_values(Record), min_size=1, max_size=4)))
    where = data.draw(st.integers(0, len(whole) - 1))
    damaged = whole[:where] + data.draw(st.binary(max_size=2)) + whole[where + 1 :]
    try:
        incarnation, sequence, records = unpack(damaged)
    except CodecError:
        return
    assert unpack(pack(incarnation, sequence, records)) == (incarnation, sequence, records)


@pytest.mark.parametrize(
    "batch",
    [
        [1, 2],
        [1, 2, [], 3],
        ["1", 2, []],
        [1, 2.0, []],
        [1, 2, [[0, []]]],  # an unknown code
        [1, 2, [[99, []]]],
        [1, 2, [[1, [[5, "PART", ["#a"], [], "more"]]]]],
        [1, 2, [[1, [[5]]]]],
        [1, 2, [[1, [["5", "PART", []]]]]],
        [1, 2, [[1, [[5, "PART", "#a"]]]]],
        [1, 2, [[1, [[5, b"PART", []]]]]],
        [1, 2, [[1, [[True, "PART", []]]]]],
        [1, 2, [[2, [[5, "NoStep", []]]]]],
        [1, 2, [[2, [[5, "Said", [1, "#a", "x"]]]]]],  # an event is no step
        [1, 2, [[2, [[5, "Opered", ["ann", 1]]]]]],
        [1, 2, [[4, [[[["Opered", ["ann"]]]]]]]],
        [1, 2, [[4, [[[["Replied", [1, []]]]]]]]],
        [1, 2, [[4, [[[["Noted", [1]]]]]]]],
        [1, 2, [[6, [["bans", [["key", "text"]], []]]]]],
        [1, 2, [[8, [[1]]]]],
        {"1": 2},
    ],
)
def test_malformed_batches_are_refused(batch: Any) -> None:
    with pytest.raises(CodecError, match="a batch that cannot be read"):
        unpack(msgspec.msgpack.encode(batch))


def test_bytes_after_a_batch_are_refused() -> None:
    with pytest.raises(CodecError):
        unpack(pack(1, 2, []) + b"\0")


@pytest.mark.parametrize(
    "record",
    [
        None,
        ("PRIVMSG",),
        Said(1, "#a", "PRIVMSG", "x"),
        Commanded(1 << 64, "PART", ()),
        Commanded(1, "PART", (object(),)),  # type: ignore[arg-type]
        Commanded(1, "PART", ("\ud800",)),
        Stepped(1, Left(1, "", False)),  # type: ignore[arg-type]
        Published((Replied(1, (("NOTE", "x"),)),)),
    ],
)
def test_invalid_records_are_not_written(record: Any) -> None:
    with pytest.raises(CodecError, match="records that cannot be written"):
        pack(1, 1, [record])


def test_each_kind_has_its_own_code() -> None:
    assert CODES.keys() == set(get_args(Record))
    assert len(set(CODES.values())) == len(CODES)
    names = [kind.__name__ for kind in (*_STEPS, *_EVENTS)]
    assert len(set(names)) == len(names)
