"""Facts about read markers of accounts. Pure.

    {"fact": "markers", "markers": [[account id, place, name, time or null], ...]}

A place is a room's casefolded name, somebody's identity (`state.history`), or the casefolded nick of an unknown person.
The name is how the place is shown. Times are Unix, in ms; null removes the marker.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

MARKERS = "markers"

Change = tuple[str, str, str, int | None]
"""Account (id), place, name, time."""


def markers_fact(changes: Iterable[Change]) -> dict[str, Any]:
    """Return a fact that sets these markers."""
    return {"fact": MARKERS, "markers": [*changes]}
