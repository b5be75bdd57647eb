"""Writes an export to a file in a thread of its own, so that neither the disk nor a slow tracker holds up the chat.

It asks for the next page only once the last one is in the file, at the tracker's pace.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from queue import SimpleQueue
from time import monotonic

from chatcore.protocol.message import Message
from chatcore.terminal.connecting.pace import Pace
from chatcore.terminal.local import Local
from chatcore.terminal.session.effects import Answer, Item, OpenExport, Problem, Told, WriteExport
from chatcore.terminal.waiting import wait_until

PROGRESS_S = 5.0
MOST_PROGRESS_S = 60.0
"""The pause between reports of progress doubles up to this, so that a long export does not fill the screen."""

_STOP_S = 2.0
_GENTLY = 1.5  # times the pause that the pace asks for, to leave room for what is typed meanwhile
_MOST_NAME_CHARS = 50  # of the subject in a file's name: a character may take four of 255 bytes
_MOST_OF_A_NAME = 1000
_NOWHERE = "files cannot be saved here"


class Exporter:
    """One export at a time. `take`, `wait` and `stop` are for the visit; everything else runs in its own thread."""

    def __init__(
        self,
        local: Local | None,
        send: Callable[[Message], None],
        show: Callable[[Item], None],
        fail: Callable[[str], None],
    ) -> None:
        """`fail` ends the export and shows why."""
        self._local = local
        self._send = send
        self._show = show
        self._fail = fail
        self._pace = Pace()
        self._file: _ExportFile | None = None
        self._asked_at = self._told_at = 0.0
        self._quiet_s = PROGRESS_S
        self._steps: SimpleQueue[OpenExport | WriteExport | None] = SimpleQueue()
        self._is_stopping = threading.Event()
        self._changed = threading.Condition()  # guards the one below
        self._is_busy = False
        self._thread: threading.Thread | None = None

    def take(self, step: OpenExport | WriteExport) -> None:
        """Queue a step. Does not block; one thread at a time."""
        if self._local is None:
            self._fail(f"not exported: {_NOWHERE}")
            return
        if isinstance(step, OpenExport):
            with self._changed:
                self._is_busy = True
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="exporter", daemon=True)
            self._thread.start()
        self._steps.put(step)

    def wait(self, is_over: Callable[[], bool]) -> None:
        """Wait until the current export is complete, or until `is_over`."""
        with self._changed:
            wait_until(self._changed, lambda: not self._is_busy or is_over())

    def stop(self) -> None:
        """Stop an export in progress, and say so."""
        self._is_stopping.set()
        self._steps.put(None)
        if self._thread is not None:
            self._thread.join(_STOP_S)  # a lock that a Ctrl+C left taken must not keep us here

    def _run(self) -> None:
        try:
            while (step := self._steps.get()) is not None and not self._is_stopping.is_set():
                self._carry_out(step)
            if self._file is not None:
                self._show(Problem(f"the export is not complete: {self._file.describe()}"))
        finally:
            self._close()

    def _carry_out(self, step: OpenExport | WriteExport) -> None:
        try:
            if isinstance(step, OpenExport):
                if self._local is not None:
                    self._open(step, self._local)
            elif self._file is not None:
                self._write(self._file, step)
        except OSError as error:
            self._give_up(error)

    def _open(self, step: OpenExport, local: Local) -> None:
        self._file = _ExportFile(local, step)
        self._asked_at = self._told_at = monotonic()
        self._quiet_s = PROGRESS_S
        self._show(Told(f"writing to {self._file.path}"))
        self._send(step.ask)

    def _write(self, file: _ExportFile, step: WriteExport) -> None:
        file.write(step.lines)
        now = monotonic()
        if step.is_last:
            self._show(Answer(file.describe()))
            self._close()
        elif now - self._told_at > self._quiet_s:
            self._told_at = now
            self._quiet_s = min(2 * self._quiet_s, MOST_PROGRESS_S)
            self._show(Told(f"exported so far: {file.count}, up to {step.until[:10]}"))
        if step.ask is not None:
            self._is_stopping.wait(_GENTLY * self._pace.pause_s(now - self._asked_at, now))
            self._asked_at = monotonic()
            self._send(step.ask)

    def _give_up(self, error: OSError) -> None:
        reason = error.strerror or str(error)
        file = self._file
        self._fail(f"not exported: {reason}" if file is None else f"the export stopped: {reason}; {file.describe()}")
        self._close()

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file = None
        with self._changed:
            self._is_busy = False
            self._changed.notify_all()


class _ExportFile:
    """A new file that only its owner can read, and that holds only whole lines."""

    def __init__(self, local: Local, step: OpenExport) -> None:
        """Create the file. Raises OSError, also if it exists."""
        self.count = 0
        self.path, self._descriptor = _open_new(local, step)
        self._size = 0

    def write(self, lines: tuple[str, ...]) -> None:
        """Append all lines, or none of them if it raises OSError."""
        left = data = memoryview("".join(line + "\n" for line in lines).encode(errors="replace"))
        try:
            while left:
                left = left[os.write(self._descriptor, left) :]
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._descriptor, self._size)
            raise
        self._size += len(data)
        self.count += len(lines)

    def describe(self) -> str:
        """Return how many messages were written, and where."""
        if not self.count:
            return "there was nothing to export"
        return f"{self.count} {'message is' if self.count == 1 else 'messages are'} in {self.path}"

    def close(self) -> None:
        """Close the file, and remove it if it is empty."""
        os.close(self._descriptor)
        if not self.count:
            with suppress(OSError):
                self.path.unlink()


def _open_new(local: Local, step: OpenExport) -> tuple[Path, int]:
    """Create the file that was typed, or else the first free name after the subject; return it and its descriptor."""
    if step.path:
        try:
            path = Path(step.path).expanduser().absolute()
            return path, _create(local, path)
        except (ValueError, RuntimeError) as error:  # it cannot be encoded, or there is no such ~ folder
            raise OSError(f"{step.path} is not a valid file name") from error
    *others, last = _names(step.subject)
    for path in others:
        with suppress(FileExistsError):
            return path, _create(local, path)
    return last, _create(local, last)


def _create(local: Local, path: Path) -> int:
    try:
        return local.create_file(path)
    except FileExistsError as error:
        raise FileExistsError(error.errno, f"{path} already exists") from error
    except OSError as error:
        raise OSError(error.errno, f"{path} cannot be created: {error.strerror}") from error


def _names(subject: str) -> Iterator[Path]:
    shown = "".join(character if character.isalnum() or character in "-_" else "_" for character in subject.lstrip("#"))
    name = f"chat-{shown[:_MOST_NAME_CHARS]}-{datetime.now().astimezone().date().isoformat()}"
    for number in range(1, _MOST_OF_A_NAME):
        yield Path(f"{name}-{number}.jsonl" if number > 1 else f"{name}.jsonl").absolute()
