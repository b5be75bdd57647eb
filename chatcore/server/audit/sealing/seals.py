"""Reads a chain of seals with its verification key: what each file of the log contained, and when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from chatcore.server.audit.sealing import records
from chatcore.server.audit.sealing.key_file import KeyState
from chatcore.server.audit.sealing.keys import begin_keys, chain_of, next_key
from chatcore.server.audit.sealing.records import DIGEST_CHARS, NOTHING, Kind, Record

_TOP_BYTES = 1 << 10


@dataclass(frozen=True, slots=True)
class Stretch:
    """The bytes of a file that one record covers. The lines count the line ends before them."""

    kind: Kind
    number: int
    time: str
    start: int
    stop: int
    start_line: int
    stop_line: int
    sha256: bytes
    place: int  # the record's offset in the file of seals


@dataclass(slots=True)
class SealedFile:
    """One file of the log as it was sealed."""

    number: int
    began: str  # the time of its first record
    first_number: int  # of that record
    first: str = NOTHING  # the digest of its first line
    stretches: list[Stretch] = field(default_factory=list)
    stop: int = 0
    stop_line: int = 0
    ending: Kind | None = None  # "left", "emptied" or, with a run, "end": nothing was written after its last stretch
    ended: str = ""  # the time of its last record


@dataclass(slots=True)
class Run:
    """One run of a tracker, as far as it has records."""

    start: str
    begins_file: bool  # it is not known to continue the file that was sealed before
    stop: str = ""  # the time of its last record
    last: int = 0  # the number of its last record
    is_ended: bool = False  # its last record is `end`


@dataclass(slots=True)
class Seals:
    """A chain, as far as it is authentic."""

    path: Path
    files: list[SealedFile] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    removed: dict[str, str] = field(default_factory=dict)  # when files were removed on purpose, by first line's digest
    count: int = 0  # the number of records
    times: list[str] = field(default_factory=list)  # the time of each record
    problem: str = ""  # what is wrong with the chain

    @property
    def is_ended(self) -> bool:
        """Return whether the last run ended properly."""
        return bool(self.runs) and self.runs[-1].is_ended

    def may_be_cut(self, sealed: SealedFile) -> bool:
        """Return whether only an incomplete copy of a file may be left, because it was emptied or may have been.

        An emptied file is recorded only when something is written again, or at the next start.
        """
        return sealed.ending == "emptied" or (sealed is self.files[-1] and sealed.ending is None)

    def digests(self, stretch: Stretch) -> list[str]:
        """Return the digests of a stretch's lines, as far as they were recorded. Raises OSError."""
        with self.path.open("rb") as file:
            file.seek(stretch.place)
            text = records.parse(file.readline().rpartition(b" mac=")[0]).digests
        return [text[place : place + DIGEST_CHARS] for place in range(0, len(text), DIGEST_CHARS)]

    def until(self, number: int) -> str:
        """Return the time of the record before the one with this number; '' if that is the first."""
        return self.times[number - 1] if number else ""


def find_seals(log_seals: Path, first_key: bytes) -> Path | None:
    """Return the file with this key's chain: the log's, or one that was set aside; else None. Raises OSError."""
    aside = sorted(log_seals.parent.glob(log_seals.name + "-*")) if log_seals.parent.is_dir() else []
    for path in (log_seals, *aside):
        try:
            with path.open("rb") as file:
                if records.parse_header(file.readline(_TOP_BYTES)) == chain_of(first_key):
                    return path
        except (FileNotFoundError, ValueError):
            continue
    return None


def read_seals(
    path: Path, first_key: bytes, state: KeyState | None, on_bytes: Callable[[int], None] = lambda count: None
) -> Seals:
    """Read a chain. If `state`, the tracker's own, is given, the chain must lead to it. Raises OSError.

    An incomplete last line is ignored: a tracker could not finish it.
    """
    seals = Seals(path)
    chain, key = begin_keys(first_key)
    mac = records.origin(chain)
    with path.open("rb") as file:
        top = file.readline()
        place = len(top)
        if top != records.header(chain):
            seals.problem = f"{path} line 1 is altered, or a newer version of chatcore has written it"
        for line in file:
            _compare(seals, state, key, mac)
            if seals.problem or not line.endswith(b"\n"):
                break
            try:
                mac = _take_line(seals, line, place, key, mac)
            except ValueError as error:
                seals.problem = f"{path} line {seals.count + 2} {error}"
                break
            key, place = next_key(key), place + len(line)
            on_bytes(len(line))
    _compare(seals, state, key, mac)
    # Only a state with an impossible number was not compared at its place.
    if state is not None and not seals.problem and not 0 <= state.number <= seals.count:
        seals.problem = f"{path} has {seals.count} seals, and {state.number} were made"
    return seals


def _take_line(seals: Seals, line: bytes, place: int, key: bytes, before: bytes) -> bytes:
    """Add a line's record and return its MAC. Raises ValueError, in words, if it does not follow."""
    try:
        record, mac = records.opened(line, key, before)
    except records.NotAuthentic:
        raise ValueError("is altered, missing, doubled or reordered") from None
    except ValueError as error:
        raise ValueError(f"cannot be understood by this version: {error}") from error
    if not _follows(seals, record):
        raise ValueError("contradicts what was sealed before")
    _take(seals, record, place)
    return mac


def _compare(seals: Seals, state: KeyState | None, key: bytes, mac: bytes) -> None:
    """Note a problem if the tracker's key does not fit its place in the chain."""
    is_other = state is not None and state.number == seals.count and (state.key, state.mac) != (key, mac)
    if is_other and not seals.problem:
        seals.problem = f"the tracker's key does not follow from seal {seals.count - 1} of {seals.path}"


def _follows(seals: Seals, record: Record) -> bool:
    """Return whether a record continues where the ones before it ended.

    If it does not, somebody who found a key wrote it to change the meaning of others.
    """
    if record.number != seals.count or (record.kind != "start" and not seals.runs):
        return False
    last = seals.files[-1] if seals.files else SealedFile(0, "", 0, ending="left")
    if record.file != last.number:
        return record.file == last.number + 1 and record.start == record.start_line == 0
    is_over = last.ending in ("left", "emptied") and record.kind != "removed"
    is_same = record.first == last.first or not last.stop
    return is_same and not is_over and (record.start, record.start_line) == (last.stop, last.stop_line)


def _take(seals: Seals, record: Record, place: int) -> None:
    """Add an authentic record."""
    number = seals.count
    seals.count += 1
    seals.times.append(record.time)
    if record.kind == "start":
        seals.runs.append(Run(record.time, begins_file=not record.start))
    run = seals.runs[-1]
    run.stop, run.last, run.is_ended = record.time, number, record.kind == "end"
    if not seals.files or seals.files[-1].number < record.file:
        seals.files.append(SealedFile(record.file, record.time, number))
    file = seals.files[-1]
    file.first = record.first
    if record.stop > record.start:
        # Equal numbers share one object: a large chain has millions of stretches.
        where = (file.stop, record.stop, file.stop_line, record.stop_line)
        sha256 = bytes.fromhex(record.sha256)
        file.stretches.append(Stretch(record.kind, number, record.time, *where, sha256, place))
        file.stop, file.stop_line = record.stop, record.stop_line
    if record.kind == "removed":
        before = max(seals.times)
        seals.removed[record.gone] = record.time if record.time == before else f"{record.time}, after {before}"
    else:
        file.ending = record.kind if record.kind in ("left", "emptied", "end") else None
        file.ended = record.time
