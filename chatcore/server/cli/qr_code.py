"""QR codes on a terminal, in half blocks: two rows of modules in a line."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence

_QUIET_MODULES = 2
_COLOURS = "\x1b[30;107m"  # black on white, whatever the terminal's own colours are
_PLAIN = "\x1b[0m"
_WITHOUT_HALF_BLOCKS = ("", "dumb", "linux")  # the Linux console's fonts often lack them
_LINES_BELOW = 5  # printed after a code, which must stay on the screen


def code_lines(text: str) -> list[str]:
    """Return a QR code of a text, with its quiet zone."""
    rows = _modules(text)
    below = [*rows[1::2], [False] * len(rows[0])]
    return [
        _COLOURS + "".join(" ▄▀█"[2 * upper + lower] for upper, lower in zip(*pair, strict=True)) + _PLAIN
        for pair in zip(rows[::2], below, strict=False)
    ]


def code_width(text: str) -> int:
    """Return how many columns the code of a text takes."""
    return len(_modules(text)[0])


def can_show_code(text: str) -> bool:
    """Return whether standard output is a terminal that can show the whole code of a text."""
    if sys.stdout is None or not sys.stdout.isatty() or os.environ.get("TERM", "") in _WITHOUT_HALF_BLOCKS:
        return False
    if os.environ.get("NO_COLOR"):  # without colours it is unknown whether text is dark on light
        return False
    try:
        "█▀▄".encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        return False
    columns, lines = shutil.get_terminal_size()
    width = code_width(text)
    return columns >= width and lines >= width // 2 + _LINES_BELOW


def _modules(text: str) -> Sequence[Sequence[bool]]:
    """Return the rows of a QR code with its quiet zone; dark modules are True."""
    import segno  # only here: few starts need it

    code = segno.make(text, error="l", micro=False)
    return [[bool(module) for module in row] for row in code.matrix_iter(border=_QUIET_MODULES)]
