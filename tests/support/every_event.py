"""All classes of events, for tests that must know each of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args

from chatcore.state.events import Event

KINDS: tuple[type[Any], ...] = get_args(Event)


def left_out(known: Iterable[type[Any]], kinds: Iterable[type[Any]] = KINDS) -> list[str]:
    """Return the names of the classes that are not among the known ones."""
    known = set(known)
    return sorted(kind.__name__ for kind in kinds if kind not in known)
