"""What the journal says of where people with an account have read to: the data of a fact. Pure.

    {"fact": "markers", "markers": [[account id, place, name, time or null], ...]}

A place is a room's casefolded name, the identity of somebody (`state.history`), or the casefolded name of somebody whom
nothing is known of; its name is what it is called to people. Times are Unix, in ms; null: there is no marker any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

MARKERS = "markers"

Change = tuple[str, str, str, int | None]
"""Account (id), place, name, time."""


def markers_fact(changes: Iterable[Change]) -> dict[str, Any]:
    """Return that these are the markers now."""
    return {"fact": MARKERS, "markers": [*changes]}
