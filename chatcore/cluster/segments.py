"""Segments: the part of the stream that this tracker keeps, to resume after a restart and to let others join.

Nothing is synced: the engine has it all, and a segment cut short by a power loss is detected.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from chatcore.cluster.engine import FIRST, Batch, order_of
from chatcore.cluster.segment_file import (
    GZIP_SUFFIX,
    Head,
    OpenSegment,
    SegmentUnusable,
    beginning,
    frames,
)
from chatcore.transport.private_files import make_private_folder, open_private

UNFINISHED_SUFFIX = ".tmp"
_NAME = re.compile(r"segment-([0-9]{16,})(?:\.gz)?")


class Segment(NamedTuple):
    """A segment that can be read."""

    path: Path
    head: Head


class Segments:
    """The segments in one folder. Delivery's thread, or the main thread before it."""

    def __init__(self, folder: Path, tell: Callable[[str], None], on_roll: Callable[[], None] = lambda: None) -> None:
        """Create the folder if it is missing. `tell` shows the operator a line. Raises OSError.

        `on_roll` is called when a new segment has been begun, so those before it are finished.
        """
        make_private_folder(folder)
        self.folder = folder
        self.position = 0
        """Where the one begins that is written; those before it are finished. Any thread may read it."""
        self.forgotten = 0
        """Segments that begin before this position are to be removed. Any thread may read it."""
        self.problem = ""
        self.last = FIRST
        """The id of the last batch that is in it."""
        self._tell = tell
        self._told: set[str] = set()
        self.on_roll = on_roll
        self._descriptor = -1
        self._size = 0
        self._is_whole = False  # the current segment has every batch since it began
        for left in folder.glob(f"*{UNFINISHED_SUFFIX}*"):
            left.unlink(missing_ok=True)

    def all(self) -> list[Segment]:
        """Return the readable ones in order; tell the operator of others. Any thread. Raises OSError."""
        found = []
        for path in segment_paths(self.folder):
            try:
                with OpenSegment(path) as segment:
                    found.append(Segment(path, segment.head))
            except FileNotFoundError:  # it was compressed or removed a moment ago
                continue
            except SegmentUnusable as error:
                if str(error) not in self._told:
                    self._told.add(str(error))
                    self._tell(str(error))
        return found

    def keep_only(self, chat: str) -> None:
        """Remove what another chat has left, and tell the operator. Raises OSError."""
        others = [segment for segment in self.all() if segment.head.chat != chat]
        for segment in others:
            segment.path.unlink()
        if others:
            self._tell(f"{self.folder.absolute()} had what was kept of an earlier chat of this engine: it is removed.")

    def newest(self) -> Segment | None:
        """Return the one that begins last, if any. Raises OSError."""
        return max(self.all(), key=lambda segment: segment.head.position, default=None)

    def resume(self, segment: Segment) -> None:
        """Continue this segment after its last intact batch; later ones are overwritten. Raises OSError.

        A compressed one is complete: nothing is added to it. Raises SegmentUnusable if its snapshot is damaged.
        """
        last, whole_bytes = end_of(segment)
        self.close()
        self.position, self.last, self._is_whole = segment.head.position, last, True
        if segment.path.suffix != GZIP_SUFFIX:
            self._descriptor = os.open(segment.path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
            os.ftruncate(self._descriptor, whole_bytes)
            self._size = whole_bytes

    def roll(self, head: Head, snapshot: bytes) -> None:
        """Begin a segment, replacing one that begins at the same position. If this fails, none is kept until the next.

        This also determines whether it continues where the last one ends.
        """
        goes_on = self._is_whole and self.last == head.after
        path = segment_path(self.folder, head.position)
        begun = path.with_name(path.name + UNFINISHED_SUFFIX)
        self.close()
        self.position, self.last, self._is_whole = head.position, head.after, True
        try:
            self._descriptor = open_private(begun, os.O_WRONLY | os.O_APPEND | os.O_TRUNC)
            self._size = 0
            self._append(beginning(head._replace(goes_on=goes_on), snapshot))
            begun.rename(path)
            path.with_name(path.name + GZIP_SUFFIX).unlink(missing_ok=True)
        except OSError as error:
            self._fail(error)
            begun.unlink(missing_ok=True)
            return
        if self.problem:
            self.problem = ""
            self._tell("What other trackers need to catch up is kept again.")
        self.on_roll()

    def write(self, batches: Sequence[Batch]) -> None:
        """Append consecutive batches in one write, except those it already has.

        If this fails, tell the operator and keep nothing until the next segment: a segment must have no hole.
        """
        new = [batch for batch in batches if is_after(batch.id, self.last)]
        if not new:
            return
        self._is_whole &= self._descriptor >= 0
        if not self._is_whole:
            return
        try:
            self._append(frames(new))
        except OSError as error:
            self._fail(error)
        else:
            self.last = new[-1].id

    def forget_before(self, position: int) -> None:
        """Remove the segments that begin before this position, now or later: they contain what was erased."""
        self.forgotten = position
        for path in segment_paths(self.folder):
            if position_of(path) < position:
                with contextlib.suppress(OSError):
                    path.unlink()
        self.on_roll()

    def close(self) -> None:
        """Close the current file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _append(self, data: bytes) -> None:
        """Write all of it. Raises OSError; the file then ends where it did, or is torn."""
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._descriptor, view) :]
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, self._size)
            raise
        self._size += len(data)

    def _fail(self, error: OSError) -> None:
        self.close()
        self._is_whole = False
        if not self.problem:
            self.problem = error.strerror or "unknown error"
            self._tell(
                f"What other trackers need to catch up cannot be kept in {self.folder.absolute()}: {self.problem}. "
                "The chat goes on."
            )


def end_of(segment: Segment) -> tuple[str, int]:
    """Return the id of the last readable batch of a segment, and how many bytes are intact.

    Raises SegmentUnusable if its snapshot cannot be read. Any thread.
    """
    last = segment.head.after
    with OpenSegment(segment.path) as opened:
        opened.snapshot()
        for batch in opened.batches():
            last = batch.id
        return last, opened.whole_bytes


def ends(segments: Sequence[Segment]) -> Iterator[tuple[Segment, str]]:
    """Yield each of these segments, in order, with the id of its last batch; skip those with a damaged snapshot.

    Compressed ones need not be read for this. Any thread.
    """
    for segment, following in zip(segments, [*segments[1:], None], strict=False):
        is_packed = segment.path.suffix == GZIP_SUFFIX
        if is_packed and following and following.path.suffix == GZIP_SUFFIX and following.head.goes_on:
            yield segment, following.head.after
            continue
        with contextlib.suppress(SegmentUnusable):
            yield segment, end_of(segment)[0]


def segment_path(folder: Path, position: int) -> Path:
    """Return the path of a segment that is not compressed."""
    return folder / f"segment-{position:016}"


def segment_paths(folder: Path) -> list[Path]:
    """Return the paths of all segments in order, each once. Raises OSError. Any thread."""
    found = sorted((position_of(path), path.suffix, path) for path in folder.iterdir() if position_of(path) >= 0)
    # One that exists both compressed and not was being compressed, or is being overwritten.
    return list({position: path for position, _, path in reversed(found)}.values())[::-1]


def position_of(path: Path) -> int:
    """Return where a segment begins, from its name; -1 if it is not one."""
    match = _NAME.fullmatch(path.name)
    return int(match[1]) if match else -1


def is_after(one: str, other: str) -> bool:
    """Return whether one batch's id comes after another's in the stream."""
    return order_of(one) > order_of(other)
