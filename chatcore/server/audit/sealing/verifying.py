"""Verifies a log against its seals. It only reads, so it can run beside a tracker."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from chatcore.server.audit.rotated import GZIP_SUFFIX, log_files
from chatcore.server.audit.sealing.checking import Checker
from chatcore.server.audit.sealing.coverage import Coverage
from chatcore.server.audit.sealing.key_file import KeyState
from chatcore.server.audit.sealing.matching import match
from chatcore.server.audit.sealing.records import FOUND
from chatcore.server.audit.sealing.seals import Stretch, read_seals


@dataclass(slots=True)
class Report:
    """The result of a verification. Problems are in the order of the log."""

    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    until: str = ""  # everything sealed up to this time is intact; '' if nothing is
    lines: int = 0  # the number of sealed lines
    files: int = 0
    is_ended: bool = False  # the last record is the end of a tracker's run


class Verification:
    """One verification of a log against its chain of seals."""

    def __init__(
        self,
        log: Path,
        path: Path,
        first_key: bytes,
        state: KeyState | None,
        on_bytes: Callable[[int], None] = lambda count: None,
    ) -> None:
        """`path` is the chain's file, `state` the tracker's own state of it, or None if that is not available.

        `on_bytes` is called with the number of further bytes read. Raises OSError; FileNotFoundError if files are being
        renamed.
        """
        self._log = log
        self._on_bytes = on_bytes
        self._seals = read_seals(path, first_key, state, on_bytes)
        self._found: list[tuple[int, str]] = []  # the number of each record that does not hold, and why
        # Read after the seals, so that everything they cover is in the log by now.
        paths = _files(log)
        self._matching = match(self._seals, paths, log)
        if _files(log) != paths:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(log))

    @property
    def total_bytes(self) -> int:
        """Return roughly how many bytes there are to read, after decompression."""
        return sum(sealed.stop for sealed, _ in self._matching.pairs)

    def run(self) -> Report:
        """Check everything. Raises OSError if a file vanishes."""
        seals, report = self._seals, Report(is_ended=self._seals.is_ended)
        checker = Checker(self._log, seals, self._on_bytes)
        for sealed, path in self._matching.pairs:
            for stretch in sealed.stretches:
                if stretch.kind in FOUND:
                    report.notes.append(_unsealed(path, stretch, len(seals.digests(stretch))))
                else:
                    report.lines += stretch.stop_line - stretch.start_line
            checked = checker.check(path, sealed)
            report.notes += checked.notes
            if checked.problem:
                self._found.append((checked.number, checked.problem))
            packed = path.with_name(path.name + GZIP_SUFFIX)  # not among the log's files, but people may read it
            if path != self._log and packed.exists() and (twin := checker.check(packed, sealed).problem):
                self._found.append((sealed.first_number, twin))
            report.files += bool(sealed.stop)
        self._look_at_places()
        self._look_at_others(report)
        if seals.problem:
            self._found.append((seals.count, seals.problem))
        self._found.sort()
        report.problems = [text for _, text in self._found]
        report.until = seals.until(self._found[0][0] if self._found else seals.count)
        return report

    def _look_at_places(self) -> None:
        """Find missing files, and an older file under the current log's name."""
        for sealed in self._matching.lost:
            what = f"the file of the log that began at {sealed.began}, with {sealed.stop_line} lines, is missing"
            self._found.append((sealed.first_number, what))
        for sealed, path in self._matching.pairs:
            if path == self._log and sealed is not self._matching.pairs[-1][0]:
                self._found.append((sealed.first_number, f"{path} is an older file of the log under this name"))

    def _look_at_others(self, report: Report) -> None:
        """Report files that were not sealed or were removed."""
        matching = self._matching
        coverage = Coverage(self._seals, matching.pairs, self._log) if matching.others else ()
        for path, time in matching.others:
            if not time:
                report.notes.append(f"unreadable: {path}, which is damaged or empty")
            elif time in coverage:
                self._found.append((self._seals.count, f"{path} is not part of the log, which was sealed at that time"))
            else:
                report.notes.append(f"unsealed: all of {path}")
        report.notes += [f"unsealed: {path}, which has no whole line" for path in matching.fragments]
        here = {sealed.number for sealed, _ in matching.pairs}
        for sealed in self._seals.files:
            gone = self._seals.removed.get(sealed.first)
            if gone and sealed.number not in here:
                what = f"the file that began at {sealed.began}, with {sealed.stop_line} lines, by the tracker at {gone}"
                report.notes.append(f"removed: {what}")


def _files(log: Path) -> list[Path]:
    return log_files(log) if log.parent.is_dir() else []


def _unsealed(path: Path, stretch: Stretch, digests: int) -> str:
    """Name the lines that were found at a start. An incomplete last line has a digest, but is not counted."""
    first, last = (
        stretch.start_line + 1,
        max(stretch.stop_line, min(stretch.stop_line + 1, stretch.start_line + digests)),
    )
    which = f"line {first}" if first == last else f"lines {first}-{last}"
    return f"unsealed: {path} {which}, found there at {stretch.time}"
