"""Log lines in a short notation, for the tests here."""

from __future__ import annotations

from chatcore.server.audit.reading.lines import LogLine


def block(*lines: str, second: int = 0) -> bytes:
    """Return full log lines: one each second after 22:50 in November, from `second` on."""
    return "".join(f"{time_of(second + n)} {line}\n" for n, line in enumerate(lines)).encode()


def time_of(second: int) -> str:
    """Return the time of a line, in UTC."""
    return f"2026-11-20T22:{50 + second // 60:02}:{second % 60:02}.123Z"


def written(line: LogLine) -> str:
    """Return a line in the short notation."""
    text = "" if line.text is None else f" :{line.text}"
    return " ".join([line.kind, *line.words]) + text
