"""People who are ignored and rooms that are muted, saved for each tracker. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from chatcore.protocol.names import casefold, is_channel

QUIET_FILE = "quiet.json"
MOST_NAMES = 200
"""The limit for people, and for rooms."""
MOST_TRACKERS = 50
"""The trackers kept: those changed last."""


class Quiet:
    """The people who are ignored and the rooms that are muted at one tracker."""

    def __init__(self, kept: str = "", tracker: str = "") -> None:
        """`kept` is the text of the file; a text that is not ours counts as empty."""
        self._tracker = tracker
        self._names = {casefold(name): name for name in _trackers_of(kept).get(tracker, [])}
        self._changed: set[str] = set()  # casefolded names; the rest of the file belongs to other clients
        self._others: set[str] = set()  # other names of ignored people, casefolded

    @property
    def people(self) -> list[str]:
        return [name for name in self._names.values() if not is_channel(name)]

    @property
    def rooms(self) -> list[str]:
        return [name for name in self._names.values() if is_channel(name)]

    def has(self, name: str) -> bool:
        """Return whether a person is ignored or a room is muted."""
        return casefold(name) in self._names or casefold(name) in self._others

    def add(self, name: str) -> bool:
        """Ignore a person or mute a room; return False if there are already too many."""
        if len(self.rooms if is_channel(name) else self.people) >= MOST_NAMES:
            return False
        self._names[casefold(name)] = name
        self._changed.add(casefold(name))
        return True

    def remove(self, name: str) -> bool:
        """Undo `add`; return whether the name was there."""
        is_other = casefold(name) in self._others
        self._others.discard(casefold(name))
        self._changed.add(casefold(name))
        return self._names.pop(casefold(name), None) is not None or is_other

    def rename(self, old: str, new: str) -> None:
        """Ignore a person under a new name, too, but only during this visit: later it may be somebody else's."""
        if self.has(old) and len(self._others) < MOST_NAMES:
            self._others.add(casefold(new))

    def merged_into(self, kept: str) -> str:
        """Return the file's text with our changes applied; another client may have written it meanwhile."""
        trackers = _trackers_of(kept)
        names = {casefold(name): name for name in trackers.pop(self._tracker, [])}
        for key in self._changed:
            names.pop(key, None)
        names |= {key: name for key, name in self._names.items() if key in self._changed}
        if names:
            trackers[self._tracker] = list(names.values())
        return json.dumps(dict(list(trackers.items())[-MOST_TRACKERS:]), ensure_ascii=False, indent=1) + "\n"


def _trackers_of(kept: str) -> dict[str, list[str]]:
    try:
        trackers: Any = json.loads(kept or "{}")
    except (ValueError, RecursionError):
        return {}
    items = trackers.items() if isinstance(trackers, dict) else ()
    return {tracker: list(_names_of(names)) for tracker, names in items if isinstance(names, list)}


def _names_of(names: list[Any]) -> Iterator[str]:
    yield from (name for name in names[: 2 * MOST_NAMES] if isinstance(name, str))
