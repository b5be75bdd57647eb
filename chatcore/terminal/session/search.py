"""A search, and the summary of its results. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

_SECOND = timedelta(seconds=1)
_MILLISECOND = timedelta(milliseconds=1)


class Search(NamedTuple):
    """One search. A message must contain all `words`; a `*` at the end of one stands for any ending."""

    words: tuple[str, ...]
    limit: int
    is_forward: bool = False
    """Whether it goes forward from a time, rather than back from the latest message."""

    def summary(self, count: int, times: Sequence[datetime | None], *, is_all: bool) -> str:
        """Return the summary of `count` results, which have these times, in order. `is_all`: there are no more."""
        if is_all:
            return f"found {count}" if count else "nothing found"
        first, last = (times[0], times[-1]) if times else (None, None)
        if first is None or last is None:
            return f"the first {count}" if self.is_forward else f"the last {count}"
        unit = _SECOND if last - first >= _SECOND else _MILLISECOND
        if self.is_forward:
            return f"the first {count}; after:{_typed(last, unit)} finds later ones"
        return f"the last {count}; before:{_typed(first + unit, unit)} finds earlier ones"


def _typed(time: datetime, unit: timedelta) -> str:
    """Return a time in the form that can be typed: local, in whole units."""
    local = time.astimezone().replace(tzinfo=None)
    return local.isoformat(timespec="seconds" if unit == _SECOND else "milliseconds")
