"""How one of several trackers stands: what its operator is shown of it, of the others and of the engine."""

from __future__ import annotations

from typing import NamedTuple


class TrackerSeen(NamedTuple):
    """One tracker that takes part."""

    name: str  # what operators call it
    since: float  # when it began to take part (Unix, s)
    heard_s: float  # for so long nothing has been heard of it
    people: int  # who are in by it
    is_this: bool


class EngineSeen(NamedTuple):
    """The engine, as this tracker sees it."""

    address: str  # without user and password
    away_s: float | None  # for so long it cannot be reached; None if it can
    behind_s: float | None  # this tracker has yet to carry out what came in so many seconds; None if nobody knows
    waiting: int  # records of this tracker that the engine has yet to confirm


class Standing(NamedTuple):
    """All of it. The first tracker is this one, unless the others take it for gone just now."""

    trackers: tuple[TrackerSeen, ...]
    engine: EngineSeen
