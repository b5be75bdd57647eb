r"""Escape people's text, so that it cannot forge a line, move the cursor or stay invisible.

Control characters (C0, DEL, C1), line and paragraph separators, bidirectional controls, lone surrogates and invisible
characters are written `\xNN`, `\uNNNN` or `\UNNNNNNNN`. The log's form also doubles backslashes, so that it can be
undone exactly.

Invisible means Unicode's Default_Ignorable_Code_Point and annotation marks, except what emoji and words are made with:
the joiners U+200C and U+200D and the variation selectors U+FE00 to U+FE0F. Tags are escaped even in the flags of
England, Scotland and Wales, because whole sentences can be hidden in them.
"""

from __future__ import annotations

import re

_CONTROLS = "\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
_INVISIBLE_FORMATS = "\xad\u180e\u200b\u2060-\u206f\ufeff\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
_INVISIBLE_LETTERS = (  # letters and marks that str.isprintable accepts
    "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\uffa0"
)
_INVISIBLE_PLANE = "\U000e0000-\U000e0fff"  # tags, variation selectors for ideographs, and reserved code points
_DANGEROUS = _CONTROLS + _INVISIBLE_FORMATS + _INVISIBLE_LETTERS + _INVISIBLE_PLANE
_FIND_INVISIBLE_LETTER = re.compile(f"[{_INVISIBLE_LETTERS}{_INVISIBLE_PLANE}]").search
_FOR_SCREEN = re.compile(f"[{_DANGEROUS}]")
_FOR_LOG = re.compile(f"[{_DANGEROUS}\\\\]")
_LOG_ESCAPE = re.compile(r"\\(?:[\\nrt]|x[0-9a-f]{2}|u[0-9a-f]{4}|U00(?:0[0-9a-f]|10)[0-9a-f]{4})")
_NAMED = {"\n": r"\n", "\r": r"\r", "\t": r"\t", "\\": "\\\\"}
_UNNAMED = {"\\n": "\n", "\\r": "\r", "\\t": "\t"}


def escape_for_screen(text: str) -> str:
    """Return `text` safe to print on a terminal; this cannot be undone."""
    if text.isprintable() and (text.isascii() or not _FIND_INVISIBLE_LETTER(text)):
        return text
    return _FOR_SCREEN.sub(_escape, text)


def escape_for_log(text: str) -> str:
    r"""Return `text` safe for one line of the log; `unescape_log` gives it back. A backslash becomes `\\`."""
    if "\\" not in text and text.isprintable() and (text.isascii() or not _FIND_INVISIBLE_LETTER(text)):
        return text
    return _FOR_LOG.sub(_escape, text)


def unescape_log(text: str) -> str:
    """Undo `escape_for_log`."""
    return _LOG_ESCAPE.sub(_unescape, text)


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    named = _NAMED.get(character)
    if named:
        return named
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _unescape(match: re.Match[str]) -> str:
    escaped = match[0]
    if escaped == "\\\\":
        return "\\"
    return _UNNAMED.get(escaped) or chr(int(escaped[2:], 16))
