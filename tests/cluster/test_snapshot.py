"""A snapshot as bytes: the same for the same state, and anything else is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.cluster import snapshot
from chatcore.cluster.snapshot import SnapshotError, decode, digest, digest_of, encode, pack, unpack
from tests.support.generated import PROPERTY


class _State(NamedTuple):
    name: str
    number: int
    key: bytes | None
    rows: tuple[tuple[str, float], ...]


_STATES = st.builds(
    _State,
    st.text(st.characters(exclude_categories=["Cs"])),
    st.integers(-(2**63), 2**64 - 1),
    st.none() | st.binary(),
    st.lists(st.tuples(st.sampled_from("abc"), st.floats(allow_nan=False))).map(tuple),
)
_KINDS: Mapping[str, Any] = {"one": _State, "other": tuple[int, ...]}


@PROPERTY
@given(_STATES, st.lists(st.integers(0, 9)).map(tuple))
def test_a_packed_state_survives_a_round_trip(state: _State, numbers: tuple[int, ...]) -> None:
    data = encode({"one": state, "other": numbers})
    for is_hurried in (False, True):
        assert unpack(pack(data, is_hurried=is_hurried)) == data
    assert digest_of(pack(data, is_hurried=True)) == digest_of(pack(data))
    parts = decode(data, _KINDS)
    assert parts == {"one": state, "other": numbers}
    assert type(parts["one"]) is _State
    assert encode(parts) == data


def test_order_and_hashes_do_not_change_the_bytes() -> None:
    data = encode({"a": {"x", "y", "z"}, "b": {"m": 1, "n": 2}})
    assert encode({"b": {"n": 2, "m": 1}, "a": {"z", "y", "x"}}) == data
    assert len(digest(data)) == 16
    assert digest(data) != digest(data + b"x")


@pytest.mark.parametrize("value", [object(), "\ud800", 2**64, lambda: 1])
def test_only_plain_data_can_be_written(value: object) -> None:
    with pytest.raises(SnapshotError, match="cannot be written"):
        encode({"one": value})


_GOOD = {"one": _State("x", 1, None, ()), "other": (1,)}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc1",
        encode(_GOOD)[:-1],
        encode(_GOOD) + b"\x00",
        encode({"one": _GOOD["one"]}),
        encode({**_GOOD, "third": 1}),
        encode({**_GOOD, "one": ("x", 1, None, (), "more")}),
        encode({**_GOOD, "one": ("x", 1, None)}),
        encode({**_GOOD, "one": ("x", "1", None, ())}),
        encode({**_GOOD, "one": ("x", 1, "key", ())}),
        encode({**_GOOD, "other": 1.5}),
    ],
)
def test_other_data_is_refused(data: bytes) -> None:
    with pytest.raises(SnapshotError):
        decode(data, _KINDS)


def test_damaged_data_is_refused() -> None:
    packed = pack(encode(_GOOD))
    for at in range(len(packed)):
        for damaged in (packed[:at], packed[:at] + bytes([packed[at] ^ 1]) + packed[at + 1 :]):
            with pytest.raises(SnapshotError):
                unpack(damaged)
    with pytest.raises(SnapshotError):
        unpack(packed + b"x")


def test_a_snapshot_that_would_exhaust_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = pack(encode({"one": "x" * 1000}))
    assert len(packed) < 100
    monkeypatch.setattr(snapshot, "MAX_BYTES", 1000)
    with pytest.raises(SnapshotError, match="damaged"):
        unpack(packed)
