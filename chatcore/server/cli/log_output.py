"""Where the log is printed: standard output, or on a terminal a pager, as git does."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import IO

from chatcore.server.cli.printing import stop_printing

_PAGERS = ("less", "more")


class Output:
    """A stream for text. `is_watched` says whether it appears on a terminal."""

    def __init__(self, stream: IO[str], encoding: str, *, is_watched: bool) -> None:
        self.encoding = encoding  # how characters are written
        self.is_watched = is_watched
        self._stream = stream

    def write(self, text: str) -> None:
        """Print text at once. Raises BrokenPipeError when the reader has gone."""
        self._stream.write(text)
        self._stream.flush()


@contextmanager
def opened_output(*, wants_pager: bool, is_utf8: bool = False) -> Iterator[Output]:
    """Yield where to print. Ends quietly when the user quits the pager, or the other end of the pipe is closed."""
    out = sys.stdout
    if isinstance(out, TextIOWrapper):
        out.reconfigure(encoding="utf-8" if is_utf8 else None, errors="backslashreplace")
    is_terminal = out.isatty()
    pager = _start_pager() if wants_pager and is_terminal else None
    if pager:
        with _waiting(pager) as stream:
            yield Output(stream, out.encoding, is_watched=True)
        return
    try:
        yield Output(out, out.encoding, is_watched=is_terminal)
    except BrokenPipeError:
        stop_printing()


def _start_pager() -> subprocess.Popen[str] | None:
    """Start $PAGER, or else less; return None if there is no pager, or $PAGER asks for none."""
    chosen = os.environ.get("PAGER")
    command = chosen if chosen is not None else next(filter(shutil.which, _PAGERS), "")
    words = shlex.split(command)
    if not words or words == ["cat"] or not shutil.which(words[0]):
        return None
    # As git does: quit if everything fits, pass colours on, do not clear the screen at the end.
    environment = {"LESS": "FRX", "LV": "-c", **os.environ}
    return subprocess.Popen(
        words, stdin=subprocess.PIPE, encoding=sys.stdout.encoding, errors="backslashreplace", env=environment
    )


@contextmanager
def _waiting(pager: subprocess.Popen[str]) -> Iterator[IO[str]]:
    """Yield the pager's input; wait until the user quits it. Ctrl+C stops the writing, and not the pager."""
    assert pager.stdin
    try:
        with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
            yield pager.stdin
    finally:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        with contextlib.suppress(BrokenPipeError):
            pager.stdin.close()
        pager.wait()
        signal.signal(signal.SIGINT, before)
