"""What the operator of one of several trackers is shown about it, the other trackers and the engine."""

from __future__ import annotations

from typing import NamedTuple


class TrackerSeen(NamedTuple):
    """One tracker that takes part."""

    name: str  # as operators know it
    since: float  # when it began to take part (Unix time, s)
    heard_s: float  # seconds since it was last heard from
    people: int  # how many are connected to it
    is_this: bool


class EngineSeen(NamedTuple):
    """The engine, as this tracker sees it."""

    address: str  # without user and password
    away_s: float | None  # seconds since it was last reachable; None if it is
    behind_s: float | None  # how far this tracker lags behind in applying records, in seconds; None if unknown
    waiting: int  # records of this tracker that the engine has yet to confirm


class Standing(NamedTuple):
    """All trackers and the engine. This tracker comes first, unless the others currently take it for gone."""

    trackers: tuple[TrackerSeen, ...]
    engine: EngineSeen
