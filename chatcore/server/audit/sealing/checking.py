"""Checks one file of the log against its seals."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from chatcore.protocol.timestamp import parse_time
from chatcore.server.audit.rotated import DAMAGE, open_log_file
from chatcore.server.audit.sealing.difference import Difference, first_difference
from chatcore.server.audit.sealing.records import FOUND, MAX_DIGESTS, digest_of
from chatcore.server.audit.sealing.seals import SealedFile, Seals, Stretch

WINDOW_MS = 120_000
"""How long copying a log before emptying it may take: everything sealed before that must be in the copy."""
_CHUNK_BYTES = 1 << 20
_LOOKAHEAD = 10_000  # lines
_TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z(?= )")
_TIME_BYTES = 24
_START = re.compile(rb"\S{24} start ")
_JOINED = re.compile(rb"\n\S{24} start joined ")
_JOINED_BYTES = 39
_AFTER = {"left": "it was rotated", "emptied": "it was copied", "end": "the tracker had ended"}


@dataclass(slots=True)
class Checked:
    """The result of a check. If there is a problem, `number` is that of the first record that does not hold."""

    problem: str = ""
    number: int = 0
    notes: list[str] = field(default_factory=list)


class Checker:
    """Checks files of a log against one chain."""

    def __init__(self, log: Path, seals: Seals, on_bytes: Callable[[int], None]) -> None:
        """`on_bytes` is called with the number of further bytes read (decompressed, if the file is compressed)."""
        self._log = log
        self._seals = seals
        self._on_bytes = on_bytes

    def check(self, path: Path, sealed: SealedFile) -> Checked:
        """Compare a file with what was sealed of it, if anything. Raises FileNotFoundError if it is gone."""
        place = 0
        try:
            with open_log_file(path) as file:
                for index, stretch in enumerate(sealed.stretches):
                    sha256, size = self._hash(file, stretch.stop - stretch.start)
                    if sha256 != stretch.sha256:
                        return self._differs(path, sealed, index, size)
                    place = stretch.stop
                return self._rest(path, sealed, file)
        except FileNotFoundError:
            raise
        except DAMAGE as error:
            return Checked(f"{path} is damaged after {place} bytes: {error}", _number_at(sealed, place))

    def _hash(self, file: BinaryIO, size: int) -> tuple[bytes, int]:
        """Return the SHA-256 of the next `size` bytes, and how many there were."""
        sha256, left = hashlib.sha256(), size
        while left and (data := file.read(min(_CHUNK_BYTES, left))):
            sha256.update(data)
            left -= len(data)
            self._on_bytes(len(data))
        return sha256.digest(), size - left

    def _rest(self, path: Path, sealed: SealedFile, file: BinaryIO) -> Checked:
        """Report what follows the sealed part of a file."""
        first = data = file.readline(_CHUNK_BYTES)
        if not first:
            return Checked()
        lines, is_whole, before, is_joined = 0, True, b"", False
        while data:
            # One of several trackers first writes what the others have said meanwhile, then its own start line.
            before = (before + data)[-len(data) - _JOINED_BYTES :]
            is_joined = is_joined or _JOINED.search(before) is not None
            lines, is_whole = lines + data.count(b"\n"), data.endswith(b"\n")
            self._on_bytes(len(data))
            data = file.read(_CHUNK_BYTES)
        lines += not is_whole
        which = _lines(sealed.stop_line, sealed.stop_line + lines)
        # After the end of a run, there may be a run of a tracker that does not seal.
        if sealed.ending == "emptied" and lines == 1 and not is_whole:
            return Checked(notes=[f"unsealed: {path} {which} torn where the log was copied"])
        if sealed.ending and not (sealed.ending == "end" and (_begins_a_run(first) or is_joined)):
            return Checked(f"{path} {which} added after {_AFTER[sealed.ending]}", _number_at(sealed, sealed.stop))
        return Checked(notes=[f"unsealed: {path} {which} after the last seal of this file"])

    def _may_be_cut(self, path: Path, sealed: SealedFile, stop: int) -> bool:
        """Return whether a file may be a copy that ends after `stop` bytes."""
        return path != self._log and self._seals.may_be_cut(sealed) and stop >= _bound(sealed)

    def _differs(self, path: Path, sealed: SealedFile, index: int, size: int) -> Checked:
        """Report how a stretch differs from what was sealed."""
        stretch = sealed.stretches[index]
        digests = self._seals.digests(stretch)
        with open_log_file(path) as file:
            file.seek(stretch.start)
            lines = list(islice(file, MAX_DIGESTS + 1))
        found = [digest_of(line) for line in lines]
        whole = lines if not lines or lines[-1].endswith(b"\n") else lines[:-1]  # a copy may end in mid-line
        is_cut = len(lines) <= MAX_DIGESTS and found[: len(whole)] == digests[: len(whole)]
        if is_cut and self._may_be_cut(path, sealed, stretch.start + sum(map(len, whole))):
            return Checked(notes=[_window(path, sealed, stretch.start_line + len(whole))])
        for later in sealed.stretches[index + 1 :]:  # lines missing here may be in later stretches
            if len(digests) >= min(len(found) + _LOOKAHEAD, MAX_DIGESTS):
                break
            digests += self._seals.digests(later)
        return Checked(_problem(path, stretch, digests, found, lines), stretch.number)


def _begins_a_run(line: bytes) -> bool:
    """Return whether a line is the first of a tracker's run, or in a copy the beginning of one."""
    is_torn = not line.endswith(b"\n")
    return bool(_START.match(line)) or (is_torn and b" start ".startswith(line[_TIME_BYTES : _TIME_BYTES + 7]))


def _bound(sealed: SealedFile) -> int:
    """Return the least number of bytes in a copy that was made before the file was emptied.

    It depends on the times of the seals alone: the emptying is noticed late, and an attacker who finds a key could
    record any time for it.
    """
    times = [parse_time(stretch.time) or 0 for stretch in sealed.stretches]
    known = max(times, default=0) - WINDOW_MS
    return max((stretch.stop for stretch, time in zip(sealed.stretches, times, strict=True) if time < known), default=0)


def _number_at(sealed: SealedFile, place: int) -> int:
    """Return the number of the record that covers this byte of the file; by default, that of the last record."""
    numbers = [stretch.number for stretch in sealed.stretches]
    return next((found.number for found in sealed.stretches if found.stop > place), max(numbers, default=0))


def _problem(path: Path, stretch: Stretch, digests: list[str], found: list[str], lines: list[bytes]) -> str:
    """Name the first line that differs from what was sealed."""
    was = f", which were found there unsealed at {stretch.time}" if stretch.kind in FOUND else ""
    named = first_difference(digests, found)
    if named is None or named[1] == len(digests):
        return f"{path} {_lines(stretch.start_line, stretch.stop_line, 'not all of')} as they were{was}"
    what, place = named
    time = _when(what, place, lines) or f"sealed {stretch.time}"
    return f"{path} line {stretch.start_line + place + 1} ({time}) is {what}{was.replace('were', 'was')}"


def _when(what: Difference, place: int, lines: list[bytes]) -> str:
    """Return the time of a line, or of a neighbour if the line is missing; '' if there is none."""
    words, where = "", place
    if what == "missing":
        words, where = ("after ", place - 1) if place else ("before ", 0)
    moment = _TIME.match(lines[where]) if lines else None
    return words + moment[0].decode() if moment else ""


def _lines(start: int, stop: int, how_many: str = "") -> str:
    """Name the lines between two line counts, followed by a verb."""
    if stop - start <= 1:
        return f"line {start + 1} is"
    words = f"{how_many} " if how_many else ""
    return f"{words}lines {start + 1}-{stop} are"


def _window(path: Path, sealed: SealedFile, lines: int) -> str:
    """Name the lines that were written while the log was being copied, and so are lost."""
    which = _lines(lines, sealed.stop_line).replace(" is", "").replace(" are", "")
    return (
        f"lost: {path} {which}, between the copying and the emptying of the log (copytruncate), before {sealed.ended}"
    )
