"""Shows the key that proves the log's seals, once: as a word, and as a QR code where that can be seen."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence

_QUIET_MODULES = 2
_COLOURS = "\x1b[30;107m"  # black on white, whatever the terminal's own colours are
_PLAIN = "\x1b[0m"


def key_lines(word: str, *, with_code: bool) -> list[str]:
    """Return what to print. Only the second line has the key, and nothing else."""
    return [
        "The log is sealed from now on. Keep this key somewhere else than on this machine; it is not shown again:",
        f"verification key: {word}",
        *(qr_lines(word) if with_code else []),
        "With it, python tracker.py log verify finds out whether the log was changed.",
    ]


def can_show_code() -> bool:
    """Return whether standard output is a terminal on which a QR code can be read."""
    if not sys.stdout.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        return False
    try:
        "█▀▄".encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        return False
    return shutil.get_terminal_size().columns >= len(_modules("A" * 61)[0])


def qr_lines(text: str) -> list[str]:
    """Return a QR code, two rows of its modules in a line."""
    rows = _modules(text)
    below = [*rows[1::2], [False] * len(rows[0])]
    return [
        _COLOURS + "".join(" ▄▀█"[2 * upper + lower] for upper, lower in zip(*pair, strict=True)) + _PLAIN
        for pair in zip(rows[::2], below, strict=False)
    ]


def _modules(text: str) -> Sequence[Sequence[bool]]:
    """Return the rows of a QR code with its quiet zone; what is dark is True."""
    import segno  # only here: few starts need it

    code = segno.make(text, error="l", micro=False)
    return [[bool(module) for module in row] for row in code.matrix_iter(border=_QUIET_MODULES)]
