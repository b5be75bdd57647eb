"""The lines a person typed at one tracker, kept in a file for the next visit. `keeping` decides which lines.

Each line of the file is a typed line as a JSON string. Several clients may append to it at once.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress

from chatcore.terminal.local import Local

_UNSAFE = re.compile(r"[^a-z0-9.-]+")


class TypedHistory:
    """The history file of one tracker. For the main thread. Errors are ignored: the chat works without it."""

    def __init__(self, local: Local | None, host: str, port: int, most: int) -> None:
        """Keep `most` lines, 0 for none, and none without a `Local`."""
        self._local = local if most else None
        self._name = f"typed-{_UNSAFE.sub('_', host.lower())}-{port}"
        self._most = most
        self._added = 0
        self._last = ""

    def lines(self) -> list[str]:
        """Return the typed lines, oldest first."""
        if self._local is None:
            return []
        written = self._local.read_state(self._name).splitlines()
        lines = [line for each in written[-self._most :] if (line := _parsed(each))]
        if len(written) > self._most:
            self._shorten()
        self._last = lines[-1] if lines else ""
        return lines

    def add(self, line: str) -> None:
        """Append a line, unless it repeats the last one."""
        if self._local is None or line == self._last:
            return
        self._last = line
        self._added += 1
        with suppress(OSError):
            self._local.append_state(self._name, json.dumps(line) + "\n")
        if self._added >= self._most:
            self._added = 0
            self._shorten()

    def _shorten(self) -> None:
        """Cut the file to its last lines, including those that other clients have appended."""
        if self._local is not None:
            written = self._local.read_state(self._name).splitlines(keepends=True)
            with suppress(OSError):
                self._local.write_state(self._name, "".join(written[-self._most :]))


def _parsed(written: str) -> str:
    """Return a line as it was typed, '' if it cannot be read."""
    try:
        line = json.loads(written)
    except ValueError:
        return ""
    return line if isinstance(line, str) else ""
