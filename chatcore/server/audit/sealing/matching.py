"""Matches the files of the log with the sealed files: by the first line, or by weaker evidence for the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from chatcore.server.audit.rotated import DAMAGE, TIME_CHARS, open_log_file
from chatcore.server.audit.sealing.records import MAX_LINE_BYTES, NOTHING, digest_of, digest_of_found
from chatcore.server.audit.sealing.seals import SealedFile, Seals


class _Top(NamedTuple):
    """The beginning of a file, as far as it can be read."""

    path: Path
    first: str = NOTHING  # the digest of its first line, which identifies it
    lines: Sequence[str] = ()  # the digests of the first two lines, if they are whole
    time: str = ""
    is_readable: bool = False

    @property
    def is_fragment(self) -> bool:
        """Return whether the file has no whole line."""
        return self.is_readable and not self.lines


_Rule = Callable[[SealedFile, _Top], bool]


@dataclass(slots=True)
class Matching:
    """The matching pairs, and the rest of both sides."""

    pairs: list[tuple[SealedFile, Path]] = field(default_factory=list)
    lost: list[SealedFile] = field(default_factory=list)  # sealed files that should exist
    others: list[tuple[Path, str]] = field(default_factory=list)  # files without seals, and their first lines' times
    fragments: list[Path] = field(default_factory=list)  # apparently copies of a line that was never completed


def match(seals: Seals, paths: Sequence[Path], log: Path) -> Matching:
    """Match the files. `paths` are the log's files in order, `log` is the current one. Raises OSError."""
    left = [_top(path) for path in paths]
    pairs: dict[int, tuple[SealedFile, Path]] = {}
    for fits in _rules(seals, log):
        for sealed in seals.files:
            if sealed.number not in pairs:
                top = next((top for top in left if fits(sealed, top)), None)
                if top is not None:
                    left.remove(top)
                    pairs[sealed.number] = sealed, top.path
    was_emptied = any(sealed.ending == "emptied" for sealed in seals.files)
    left = [top for top in left if top.path.stat().st_size]
    fragments = [top for top in left if top.is_fragment and (was_emptied or len(top.time) < TIME_CHARS)]
    return Matching(
        [pairs[number] for number in sorted(pairs)],
        [
            sealed
            for sealed in seals.files
            if sealed.stop and sealed.number not in pairs and sealed.first not in seals.removed
        ],
        [(top.path, top.time) for top in left if top not in fragments],
        [top.path for top in fragments],
    )


def _rules(seals: Seals, log: Path) -> list[_Rule]:
    """Return the rules for a match, the most reliable first."""

    def has_its_first_line(sealed: SealedFile, top: _Top) -> bool:
        return sealed.first == top.first != NOTHING

    def is_its_torn_copy(sealed: SealedFile, top: _Top) -> bool:
        return bool(top.time) and may_be_its_empty_copy(sealed, top)

    def may_be_its_empty_copy(sealed: SealedFile, top: _Top) -> bool:
        return top.is_fragment and top.path != log and bool(sealed.stop) and seals.may_be_cut(sealed)

    def is_the_newest(sealed: SealedFile, top: _Top) -> bool:
        is_over = sealed.ending in ("left", "emptied") or (sealed.ending == "end" and not sealed.stop)
        return top.path == log and sealed is seals.files[-1] and not is_over

    def has_one_of_its_first_lines(sealed: SealedFile, top: _Top) -> bool:  # if the first was changed, dropped or moved
        digests = seals.digests(sealed.stretches[0])[:2] if sealed.stretches else []
        return not set(digests).isdisjoint(top.lines)

    def is_of_its_time(sealed: SealedFile, top: _Top) -> bool:
        is_of_a_run = any(run.start <= top.time <= run.stop for run in seals.runs)
        return bool(sealed.stop) and sealed.first not in seals.removed and is_of_a_run

    surest = [has_its_first_line, is_its_torn_copy, may_be_its_empty_copy]
    return [*surest, is_the_newest, has_one_of_its_first_lines, is_of_its_time]


def _top(path: Path) -> _Top:
    """Read the beginning of a file. Raises FileNotFoundError."""
    try:
        with open_log_file(path) as file:
            lines = [file.readline(MAX_LINE_BYTES), file.readline(MAX_LINE_BYTES)]
    except FileNotFoundError:
        raise
    except DAMAGE:
        return _Top(path)
    digests = [digest_of(line) for line in lines if line.endswith(b"\n")]
    return _Top(path, digest_of_found(lines[0]), digests, lines[0][:TIME_CHARS].decode(errors="replace"), True)
