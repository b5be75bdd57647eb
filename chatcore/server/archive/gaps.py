"""Where something may be missing in the archive, as this tracker was not there and no other had it any more."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from chatcore.state.history import Gap
from chatcore.transport.private_files import replace_private

GAPS_FILE = "gaps.json"
VERSION = 1
MAX_GAPS = 100
"""Of more the oldest are forgotten: their files are gone by then, most likely."""


class Gaps:
    """The file. The main thread; `all` is for any."""

    def __init__(self, folder: Path, tell: Callable[[str], None]) -> None:
        """Read it, if it is there. A damaged one counts as none, and `tell` says so. Raises OSError."""
        self._path = folder / GAPS_FILE
        try:
            self.all = _parse(self._path.read_bytes())
        except FileNotFoundError:
            self.all = ()
        except (ValueError, TypeError, LookupError):
            self.all = ()
            tell(f"{self._path} is damaged: history does not say any more where something is missing")

    def add(self, gap: Gap) -> None:
        """Keep one more. Raises OSError; then it is known until the tracker ends."""
        self.all = (*self.all, gap)[-MAX_GAPS:]
        replace_private(self._path, json.dumps({"version": VERSION, "gaps": self.all}).encode())


def _parse(data: bytes) -> tuple[Gap, ...]:
    return tuple(Gap(*map(int, fields)) for fields in json.loads(data)["gaps"])
