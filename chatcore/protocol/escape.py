r"""Make people's text harmless: nothing that they write forges a line or moves a cursor.

Control characters (C0, DEL, C1), line and paragraph separators, bidirectional controls and lone surrogates
are shown as `\xNN` or `\uNNNN`. The log's form also doubles backslashes, so that it can be undone exactly.
"""

from __future__ import annotations

import re

_DANGEROUS = "\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
_FOR_SCREEN = re.compile(f"[{_DANGEROUS}]")
_FOR_LOG = re.compile(f"[{_DANGEROUS}\\\\]")
_LOG_ESCAPE = re.compile(r"\\(?:[\\nrt]|x[0-9a-f]{2}|u[0-9a-f]{4})")
_NAMED = {"\n": r"\n", "\r": r"\r", "\t": r"\t", "\\": "\\\\"}
_UNNAMED = {"\\n": "\n", "\\r": "\r", "\\t": "\t"}


def escape_for_screen(text: str) -> str:
    """Return `text` safe to print on a terminal; the result is for eyes and cannot be undone."""
    return text if text.isprintable() else _FOR_SCREEN.sub(_escape, text)


def escape_for_log(text: str) -> str:
    r"""Return `text` safe for one line of the log; `unescape_log` gives it back. A backslash becomes `\\`."""
    if text.isprintable() and "\\" not in text:
        return text
    return _FOR_LOG.sub(_escape, text)


def unescape_log(text: str) -> str:
    """Return the text that `escape_for_log` was given."""
    return _LOG_ESCAPE.sub(_unescape, text)


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    named = _NAMED.get(character)
    if named:
        return named
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _unescape(match: re.Match[str]) -> str:
    escaped = match[0]
    if escaped == "\\\\":
        return "\\"
    return _UNNAMED.get(escaped) or chr(int(escaped[2:], 16))
