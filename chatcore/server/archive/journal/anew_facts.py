"""The fact that replaces all stored state with another tracker's snapshot. Pure.

    {"fact": "anew", "changes": [...], "facts": [[id, data], ...]}

All stored state except messages is dropped. Then come changes of rooms (`room_facts`), and other facts, each with its
original id.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chatcore.server.archive.journal.room_facts import Change

ANEW = "anew"


def anew(changes: Iterable[Change], facts: Iterable[tuple[int, dict[str, Any]]]) -> dict[str, Any]:
    """Return a fact that replaces all state with these changes and facts."""
    return {"fact": ANEW, "changes": [*changes], "facts": [*facts]}
