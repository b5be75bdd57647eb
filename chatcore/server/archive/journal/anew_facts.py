"""What the journal says once all is taken up from another tracker's snapshot: the data of a fact. Pure.

    {"fact": "anew", "changes": [...], "facts": [[id, data], ...]}

All that was kept beside what was said is gone; then come changes of rooms (`room_facts`), and other facts, each with
the id that it once had.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chatcore.server.archive.journal.room_facts import Change

ANEW = "anew"


def anew(changes: Iterable[Change], facts: Iterable[tuple[int, dict[str, Any]]]) -> dict[str, Any]:
    """Return that this is all that there is."""
    return {"fact": ANEW, "changes": [*changes], "facts": [*facts]}
