"""Where messages may be missing in the archive: this tracker was away, and no other tracker still had them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from chatcore.state.history import Gap
from chatcore.transport.private_files import replace_private

GAPS_FILE = "gaps.json"
VERSION = 1
MAX_GAPS = 100
"""Beyond this, the oldest gaps are forgotten: most likely, the files around them are gone by then."""


class Gaps:
    """The gaps and their file. Main thread; `all` is for any thread."""

    def __init__(self, folder: Path, tell: Callable[[str], None]) -> None:
        """Read the file, if it exists. A damaged file counts as empty, and `tell` says so. Raises OSError."""
        self._path = folder / GAPS_FILE
        try:
            self.all = _parse(self._path.read_bytes())
        except FileNotFoundError:
            self.all = ()
        except (ValueError, TypeError, LookupError):
            self.all = ()
            tell(f"{self._path} is damaged: history no longer shows where messages may be missing")

    def add(self, gap: Gap) -> None:
        """Add a gap. Raises OSError; then the gap is known only until the tracker ends."""
        self.all = (*self.all, gap)[-MAX_GAPS:]
        replace_private(self._path, json.dumps({"version": VERSION, "gaps": self.all}).encode())


def _parse(data: bytes) -> tuple[Gap, ...]:
    return tuple(Gap(*map(int, fields)) for fields in json.loads(data)["gaps"])
