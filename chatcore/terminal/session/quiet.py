"""Whom we do not want to hear, and which rooms are not to disturb us: kept for each tracker. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from chatcore.protocol.names import casefold, is_channel

QUIET_FILE = "quiet.json"
MOST_NAMES = 200
"""Of people, and of rooms."""
MOST_TRACKERS = 50
"""Those where something was changed last are kept."""


class Quiet:
    """The people who are ignored and the rooms that are muted at one tracker."""

    def __init__(self, kept: str = "", tracker: str = "") -> None:
        """`kept` is the text of the file; what is no text of ours is nothing."""
        self._tracker = tracker
        self._names = {casefold(name): name for name in _trackers_of(kept).get(tracker, [])}
        self._changed: set[str] = set()  # casefolded names: all else in the file is another client's matter
        self._others: set[str] = set()  # under which names the ignored have been seen since

    @property
    def people(self) -> list[str]:
        return [name for name in self._names.values() if not is_channel(name)]

    @property
    def rooms(self) -> list[str]:
        return [name for name in self._names.values() if is_channel(name)]

    def has(self, name: str) -> bool:
        """Return whether somebody is ignored, or a room is muted."""
        return casefold(name) in self._names or casefold(name) in self._others

    def add(self, name: str) -> bool:
        """Ignore somebody, or mute a room; return False if there are too many already."""
        if len(self.rooms if is_channel(name) else self.people) >= MOST_NAMES:
            return False
        self._names[casefold(name)] = name
        self._changed.add(casefold(name))
        return True

    def remove(self, name: str) -> bool:
        """Hear them again; return whether we did not."""
        is_other = casefold(name) in self._others
        self._others.discard(casefold(name))
        self._changed.add(casefold(name))
        return self._names.pop(casefold(name), None) is not None or is_other

    def rename(self, old: str, new: str) -> None:
        """Ignore somebody under another name, too, until we leave: later it may be somebody else's."""
        if self.has(old) and len(self._others) < MOST_NAMES:
            self._others.add(casefold(new))

    def merged_into(self, kept: str) -> str:
        """Return the text of the file with what was changed here; another client may have written it meanwhile."""
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
