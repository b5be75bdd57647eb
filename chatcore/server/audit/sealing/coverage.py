"""The times for which everything logged was sealed: a file from such a time without a seal was slipped in.

A record's time does not tell when its lines were logged, as lines wait while seals cannot be written. So a run without
an end counts up to its last sealed line. After that there may be unsealed files, until another run continues.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from chatcore.server.audit.rotated import DAMAGE, open_log_file
from chatcore.server.audit.sealing.records import MAX_LINE_BYTES
from chatcore.server.audit.sealing.seals import Run, SealedFile, Seals

_TIME = re.compile(rb"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) .*\n", re.MULTILINE)
_Pairs = Sequence[tuple[SealedFile, Path]]


class Coverage:
    """The time spans that one chain covers."""

    def __init__(self, seals: Seals, pairs: _Pairs, log: Path) -> None:
        """`pairs` are the sealed files that were found, in the order of the chain. Raises FileNotFoundError."""
        self._spans: list[tuple[str, str]] = []
        is_at_the_end = bool(pairs) and pairs[-1][1] == log and bool(pairs[-1][0].stop)
        start = ""
        for run, following in pairwise([*seals.runs, None]):
            assert run
            start = start or run.start
            if following and not following.begins_file:
                continue
            is_complete = run.is_ended or (following is None and is_at_the_end)
            self._spans.append((start, run.stop if is_complete else _last_time(run, pairs)))
            start = ""

    def __contains__(self, time: str) -> bool:
        """Return whether everything logged at this time was sealed. A span does not include its two ends."""
        return any(start < time < stop for start, stop in self._spans)


def _last_time(run: Run, pairs: _Pairs) -> str:
    """Return the time of the last line that was sealed in a run, '' if it is not found."""
    for sealed, path in reversed(pairs):
        stop = max((stretch.stop for stretch in sealed.stretches if stretch.number <= run.last), default=0)
        if stop and (time := _last_time_in(path, stop)):
            return time
    return ""


def _last_time_in(path: Path, stop: int) -> str:
    """Return the time of a file's last line that ends at this byte or before. Raises FileNotFoundError."""
    start = max(0, stop - MAX_LINE_BYTES)
    try:
        with open_log_file(path) as file:
            file.seek(start)
            times = _TIME.findall(file.read(stop - start))
    except FileNotFoundError:
        raise
    except DAMAGE:
        return ""
    return times[-1].decode() if times else ""
