"""The trackers a person has visited, as the client remembers them: no password, invitation or room key. Pure.

The fingerprint of a tracker's certificate is remembered too, so that the client can warn when it changes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from chatcore.protocol.names import format_address

FILE = "trackers.json"

_MOST_CHARS = 65_536
_MOST_WORD_CHARS = 300


@dataclass(frozen=True, slots=True)
class Visited:
    """A tracker, and the person's name there."""

    host: str
    port: int
    name: str
    fingerprint: str = ""
    """The fingerprint of its certificate, '' if the connection had none."""
    account: str = ""
    key: str = ""
    """The SHA-256 of its public key, which identifies it at other addresses too; '' if unknown."""

    @property
    def address(self) -> str:
        return format_address(self.host, self.port)

    def is_at(self, host: str, port: int) -> bool:
        """Return whether this is the tracker at that address."""
        return (self.host.lower(), self.port) == (host.lower(), port)


def parse_visited(text: str) -> list[Visited]:
    """Return the trackers in a file, latest first; damaged entries are skipped."""
    try:
        rows = json.loads(text[:_MOST_CHARS])
    except (ValueError, RecursionError):
        return []
    return list(_understood(rows)) if isinstance(rows, list) else []


def write_visited(visited: list[Visited]) -> str:
    """Return the text of the file."""
    return json.dumps([asdict(each) for each in visited], ensure_ascii=False, indent=1) + "\n"


def find(visited: list[Visited], host: str, port: int) -> Visited | None:
    """Return what is remembered of the tracker at that address."""
    return next((each for each in visited if each.is_at(host, port)), None)


def remember(visited: list[Visited], latest: Visited, most: int) -> list[Visited]:
    """Return the list with `latest` at its head, cut to `most` trackers."""
    others = [each for each in visited if not each.is_at(latest.host, latest.port)]
    return [latest, *others][:most]


def _understood(rows: list[Any]) -> Iterator[Visited]:
    for row in rows:
        try:
            visited = Visited(**row)
        except TypeError:
            continue
        words = (visited.host, visited.name, visited.fingerprint, visited.account, visited.key)
        is_port = type(visited.port) is int and 0 < visited.port < 65536
        if visited.host and is_port and all(map(_is_word, words)):
            yield visited


def _is_word(value: object) -> bool:
    return isinstance(value, str) and value.isprintable() and " " not in value and len(value) <= _MOST_WORD_CHARS
