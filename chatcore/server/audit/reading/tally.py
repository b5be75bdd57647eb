"""Counts messages by person, room, hour and day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date

from chatcore.protocol.names import casefold
from chatcore.server.audit.reading.lines import PRIVATE, SAID, LogLine

IN_PRIVATE = "in private"


class Tally:
    """Counts messages for each person, room, hour of the day and day. It keeps no lines."""

    def __init__(self, local_time: Callable[[str], str]) -> None:
        """`local_time` converts a line's time to local time, `2026-11-20 22:50:01`."""
        self.people: Counter[str] = Counter()
        self.rooms: Counter[str] = Counter()
        self.hours: Counter[int] = Counter()
        self.days: Counter[date] = Counter()
        self._local_time = local_time
        self._spellings: dict[str, str] = {}  # the latest spelling, by casefolded name

    @property
    def total(self) -> int:
        """Return the number of messages."""
        return self.hours.total()

    def count(self, lines: Iterable[LogLine]) -> None:
        """Count those lines that are messages."""
        for line in lines:
            if line.kind in SAID and len(line.words) == 2:
                is_private = line.kind in PRIVATE
                place, name = (IN_PRIVATE, line.words[0]) if is_private else line.words
                time = self._local_time(line.time)
                self.people[self._key(name)] += 1
                self.rooms[place if is_private else self._key(place)] += 1
                self.hours[int(time[11:13])] += 1
                self.days[date.fromisoformat(time[:10])] += 1

    def spelling(self, key: str) -> str:
        """Return the latest spelling of a name."""
        return self._spellings.get(key, key)

    def _key(self, name: str) -> str:
        key = casefold(name)
        self._spellings[key] = name
        return key
