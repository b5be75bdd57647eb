"""Convert batches of records to the stream's bytes and back.

A batch is msgpack: [incarnation, sequence, runs]; a run is [code, records], all of one kind, as [fields] each. Most
neighbouring records are of one kind, so msgspec reads and writes whole runs in C. Steps and events come in many kinds,
so each is preceded by the name of its kind. Decoding returns exactly the types that were encoded or raises CodecError:
trackers must never apply half of a batch, each a different half.

Pure; safe to call from any thread.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from types import GenericAlias
from typing import Any, get_args

import msgspec

from chatcore.errors import ChatError
from chatcore.state.facts import Fact
from chatcore.state.notes import Note
from chatcore.state.records import (
    Asked,
    Beat,
    Commanded,
    Left,
    Published,
    Record,
    RoomEnded,
    RowsSet,
    Stepped,
    TrackerJoined,
    TrackerLeft,
    TrackerMoved,
)
from chatcore.state.steps import Step

# Streams are kept, so a code is never reused.
CODES: dict[type[Any], int] = {
    Commanded: 1,
    Stepped: 2,
    Left: 3,
    Published: 4,
    Asked: 5,
    RowsSet: 6,
    TrackerJoined: 7,
    TrackerLeft: 8,
    Beat: 9,
    TrackerMoved: 10,
    RoomEnded: 11,
}

_Named = tuple[str, msgspec.Raw]
"""A step or an event: the name of its kind, and its fields."""

_WIRE: dict[type[Any], Any] = {Stepped: tuple[int, str, msgspec.Raw, bool], Published: tuple[tuple[_Named, ...]]}
"""What records are in the stream, where they are not just their fields."""

_NAMES = {kind: kind.__name__ for kind in get_args(Step | Fact | Note)}
_RUNS = {code: msgspec.msgpack.Decoder(GenericAlias(list, _WIRE.get(kind, kind))) for kind, code in CODES.items()}
_STEPS = {kind.__name__: msgspec.msgpack.Decoder(kind) for kind in get_args(Step)}
_EVENTS = {kind.__name__: msgspec.msgpack.Decoder(kind) for kind in get_args(Fact | Note)}
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[int, int, list[tuple[int, msgspec.Raw]]]).decode


class CodecError(ChatError):
    """Bytes that are no batch of this version, or records that cannot be written as one."""


def pack(incarnation: int, sequence: int, records: Iterable[Record]) -> bytes:
    """Return the batch of these records, in their order.

    Raises CodecError for anything that is not a record or does not consist of plain data. A request (of
    `chatcore.state.requests`) is the business of one client and its tracker, and has no place in Published.
    """
    try:
        runs = [(CODES[kind], _to_wire(kind, run)) for kind, run in groupby(records, type)]
        return _encode((incarnation, sequence, runs))
    except (KeyError, TypeError, ValueError, OverflowError, msgspec.MsgspecError) as error:
        raise CodecError(f"records that cannot be written: {error!r}") from error


def unpack(data: bytes) -> tuple[int, int, list[Record]]:
    """Return incarnation, sequence and records of a batch. Raises CodecError for all that `pack` does not write."""
    try:
        incarnation, sequence, runs = _decode(data)
        records: list[Record] = []
        for code, run in runs:
            records += _from_wire(code, _RUNS[code].decode(run))
    except (KeyError, ValueError, msgspec.MsgspecError) as error:
        raise CodecError(f"a batch that cannot be read: {error!r}") from error
    return incarnation, sequence, records


def _to_wire(kind: type[Any], run: Iterable[Any]) -> list[Any]:
    if kind is Stepped:
        return [(client, _NAMES[type(step)], step, has_replies) for client, step, has_replies in run]
    if kind is Published:
        return [([(_NAMES[type(event)], event) for event in events],) for (events,) in run]
    return list(run)


def _from_wire(code: int, run: list[Any]) -> list[Any]:
    if code == CODES[Stepped]:
        return [Stepped(client, _STEPS[name].decode(fields), has_replies) for client, name, fields, has_replies in run]
    if code == CODES[Published]:
        return [Published(tuple([_EVENTS[name].decode(fields) for name, fields in events])) for (events,) in run]
    return run
