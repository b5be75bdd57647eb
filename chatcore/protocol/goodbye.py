"""ERROR, the last line that a client gets (https://modern.ircdocs.horse/#error-message)."""

from __future__ import annotations

_WORDS = "Closing link: "
_LINE_START = f"ERROR :{_WORDS}".encode()


def goodbye(reason: str) -> tuple[str, str]:
    """Return the command and the parameter that say why a connection ends."""
    return "ERROR", _WORDS + reason


def goodbye_reason(line: bytes) -> str:
    """Return the reason of a line that says so, '' for any other."""
    return line.removeprefix(_LINE_START).decode() if line.startswith(_LINE_START) else ""
