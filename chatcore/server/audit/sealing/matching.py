"""Which file of the log is which of those that were sealed: by the first line, else by what is left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from chatcore.server.audit.rotated import DAMAGE, TIME_CHARS, first_line, open_log_file
from chatcore.server.audit.sealing.records import MAX_LINE_BYTES, NOTHING, digest_of
from chatcore.server.audit.sealing.seals import SealedFile, Seals

_Rule = Callable[[Seals, SealedFile, Path, Sequence[str]], bool]


@dataclass(slots=True)
class Matching:
    """Pairs, and what is left of each."""

    pairs: list[tuple[SealedFile, Path]] = field(default_factory=list)
    lost: list[SealedFile] = field(default_factory=list)  # there should be a file
    others: list[Path] = field(default_factory=list)  # files of which nothing was sealed


def match(seals: Seals, paths: Sequence[Path], log: Path) -> Matching:
    """Find the files. `paths` are those of the log in their order, `log` the one that is written. Raises OSError."""
    left = {path: _first_lines(path) for path in paths}
    pairs: dict[int, tuple[SealedFile, Path]] = {}
    for fits in (_has_its_first_line, _is_the_newest(seals, log), _has_one_of_its_first_lines, _is_of_its_time):
        for sealed in seals.files:
            if sealed.number not in pairs:
                path = next((path for path, lines in left.items() if fits(seals, sealed, path, lines)), None)
                if path is not None:
                    del left[path]
                    pairs[sealed.number] = sealed, path
    return Matching(
        [pairs[number] for number in sorted(pairs)],
        [
            sealed
            for sealed in seals.files
            if sealed.stop and sealed.number not in pairs and sealed.first not in seals.removed
        ],
        [path for path in left if path.stat().st_size],
    )


def is_of_a_run(seals: Seals, time: str) -> bool:
    """Return whether everything that was logged at a time was sealed."""
    return any(start <= time <= stop for start, stop in seals.runs)


def first_time(path: Path) -> str:
    """Return the time on the first line of a file."""
    return first_line(path)[:TIME_CHARS].decode(errors="replace")


def _has_its_first_line(seals: Seals, sealed: SealedFile, path: Path, lines: Sequence[str]) -> bool:
    return sealed.first != NOTHING and lines[:1] == [sealed.first]


def _is_the_newest(seals: Seals, log: Path) -> _Rule:
    return lambda _, sealed, path, lines: path == log and sealed is seals.files[-1]


def _has_one_of_its_first_lines(seals: Seals, sealed: SealedFile, path: Path, lines: Sequence[str]) -> bool:
    """Find a file whose first line was changed, dropped or moved."""
    digests = seals.digests(sealed.stretches[0])[:2] if sealed.stretches else []
    return not set(digests).isdisjoint(lines)


def _is_of_its_time(seals: Seals, sealed: SealedFile, path: Path, lines: Sequence[str]) -> bool:
    return bool(sealed.stop) and sealed.first not in seals.removed and is_of_a_run(seals, first_time(path))


def _first_lines(path: Path) -> list[str]:
    """Return the digests of the first two lines, as far as they can be read. Raises FileNotFoundError."""
    try:
        with open_log_file(path) as file:
            lines = [file.readline(MAX_LINE_BYTES), file.readline(MAX_LINE_BYTES)]
    except FileNotFoundError:
        raise
    except DAMAGE:
        return []
    return [digest_of(line) for line in lines if line.endswith(b"\n")]
