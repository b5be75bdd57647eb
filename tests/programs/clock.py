"""A clock that a test sets while a program runs."""

from __future__ import annotations

import subprocess
from pathlib import Path


class Clock:
    """The file from which libfaketime reads the offset whenever the clock is read."""

    def __init__(self, faketime: Path, path: Path) -> None:
        self._path = path
        self.set("+0")
        shown = subprocess.run(
            [faketime, "-m", "-f", "+0", "printenv", "LD_PRELOAD"], check=True, capture_output=True, text=True
        )
        self.environment = {
            "LD_PRELOAD": shown.stdout.strip(),
            "FAKETIME_TIMESTAMP_FILE": str(path),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }

    def set(self, offset: str) -> None:
        """Set the clock's offset from the right time."""
        fresh = self._path.with_suffix(".new")
        fresh.write_text(offset + "\n")
        fresh.replace(self._path)
