"""A search: what is looked for, and what is said of what was found. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

_SECOND = timedelta(seconds=1)


class Search(NamedTuple):
    """One search. `words` are those that a text is to have; a `*` at the end of one stands for any ending."""

    words: tuple[str, ...]
    limit: int
    is_forward: bool = False
    """Whether it begins at a time, and not at the latest message."""

    def summary(self, count: int, times: Sequence[datetime | None], *, is_all: bool) -> str:
        """Return what is said of so many that were found, at these times in order; `is_all`: there are no more."""
        if is_all:
            return f"found {count}" if count else "nothing found"
        edge = times[-1 if self.is_forward else 0] if times else None
        if self.is_forward:
            return f"the first {count}" + (f"; after:{_typed(edge)} finds later ones" if edge else "")
        return f"the last {count}" + (f"; before:{_typed(edge + _SECOND)} finds earlier ones" if edge else "")


def _typed(time: datetime) -> str:
    """Return a time as it may be typed: local, in whole seconds."""
    return time.astimezone().replace(tzinfo=None, microsecond=0).isoformat()
