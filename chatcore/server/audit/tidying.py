"""Compresses rotated log files, and removes the oldest if there are too many.

A compressed file gets its name only once it is complete and on the disk, and only then the original is removed. So
however the tracker ends meanwhile, the next one can start over, and nothing is lost.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from chatcore.server.audit.rotated import GZIP_SUFFIX, UNFINISHED_SUFFIX, own_rotated
from chatcore.transport.private_files import open_private, sync_folder

_CHUNK_BYTES = 1 << 20
_NICENESS = 10


class Tidying(threading.Thread):
    """The thread "tidying": compresses and removes files when it starts and whenever it is woken."""

    def __init__(
        self, path: Path, keep: int, tell: Callable[[str], None], on_remove: Callable[[Path], None] = lambda path: None
    ) -> None:
        """Keep at most `keep` rotated files of the log at `path` (0: all). `on_remove` is called before a removal."""
        super().__init__(name="tidying")
        self._path = path
        self._keep = keep
        self._tell = tell
        self._on_remove = on_remove
        self._wanted = threading.Event()
        self._is_stopping = False
        self._problem = ""
        self._wanted.set()

    def wake(self) -> None:
        """Wake the thread, as a file was rotated. Any thread."""
        self._wanted.set()

    def stop(self) -> None:
        """End the thread and wait for it; unfinished work is left for the next start."""
        self._is_stopping = True
        self._wanted.set()
        if self.is_alive():
            self.join()

    def run(self) -> None:
        """Tidy until stopped."""
        _yield_to_others()
        while True:
            self._wanted.wait()
            self._wanted.clear()
            if self._is_stopping:
                return
            self.tidy()

    def tidy(self) -> None:
        """Remove and compress the rotated files. A failure is reported once and retried the next time."""
        problem = ""
        try:
            left = own_rotated(self._path)
        except OSError as error:
            left, problem = [], f"{self._path.parent}: {error.strerror}"
        names = list(dict.fromkeys(path.name.removesuffix(GZIP_SUFFIX) for path in left))
        too_many = set(names[: -self._keep] if self._keep else ())
        for path in left:
            try:
                if path.name.removesuffix(GZIP_SUFFIX) in too_many:
                    self._remove(path)
                elif path.suffix != GZIP_SUFFIX and not self._is_stopping:
                    self._compress(path)
            except OSError as error:
                problem = f"{path}: {error.strerror}"
        if problem and problem != self._problem:
            self._tell(f"A rotated log cannot be compressed or removed ({problem})")
        self._problem = problem

    def _remove(self, left: Path) -> None:
        self._on_remove(left)
        left.unlink()
        _unfinished(left).unlink(missing_ok=True)  # from a tracker that was killed while compressing this file

    def _compress(self, left: Path) -> None:
        """Replace a file by a compressed one. Raises OSError."""
        packed, unfinished = left.with_name(left.name + GZIP_SUFFIX), _unfinished(left)
        try:
            if not self._pack(left, unfinished):
                return
            unfinished.rename(packed)
        finally:
            unfinished.unlink(missing_ok=True)
        sync_folder(left.parent)
        left.unlink()

    def _pack(self, left: Path, packed: Path) -> bool:
        """Write a compressed copy of a file and force it onto the disk; return False if interrupted by `stop`."""
        with left.open("rb") as source, os.fdopen(open_private(packed, os.O_WRONLY | os.O_TRUNC), "wb") as target:
            with gzip.GzipFile(left.name, "wb", 6, target, os.fstat(source.fileno()).st_mtime) as packing:
                while chunk := source.read(_CHUNK_BYTES):
                    if self._is_stopping:
                        return False
                    packing.write(chunk)
            target.flush()
            os.fsync(target.fileno())
        return True


def _unfinished(left: Path) -> Path:
    """Return the path of a compressed file until it is complete."""
    return left.with_name(left.name.removesuffix(GZIP_SUFFIX) + GZIP_SUFFIX + UNFINISHED_SUFFIX)


def _yield_to_others() -> None:
    """Lower this thread's priority, so that the chat comes first."""
    if sys.platform == "linux":  # where each thread has its own niceness
        with contextlib.suppress(OSError):  # a sandbox may forbid it
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
