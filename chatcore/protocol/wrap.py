"""Split long text into pieces that fit a message: between words, never inside a character."""

from __future__ import annotations

import unicodedata

_JOINERS = {"\u200d", "\ufe0e", "\ufe0f"}


def wrap_text(text: str, max_bytes: int) -> list[str]:
    """Split `text` into pieces of at most `max_bytes` UTF-8 bytes each.

    Breaks at spaces (which are dropped at a break); a word longer than a piece is broken between characters,
    combining marks and joined emoji staying with what they belong to while that fits. Raises ValueError for
    `max_bytes` under 4, which not every character fits.
    """
    if max_bytes < 4:
        raise ValueError("max_bytes must be at least 4")
    pieces = []
    while len(text.encode()) > max_bytes:
        cut = _fitting_chars(text, max_bytes)
        space = text.rfind(" ", 1, cut + 1)
        if space > 0:
            pieces.append(text[:space])
            text = text[space + 1 :]
        else:
            cut = _before_cluster(text, cut)
            pieces.append(text[:cut])
            text = text[cut:]
    return [*pieces, text] if text or not pieces else pieces


def _fitting_chars(text: str, max_bytes: int) -> int:
    """Return how many characters from the start take at most `max_bytes`."""
    return len(text[:max_bytes].encode()[:max_bytes].decode(errors="ignore"))


def _before_cluster(text: str, cut: int) -> int:
    """Move `cut` left, out of a cluster of characters that are drawn as one; stay where that leaves nothing."""
    left = cut
    while left > 0 and (_continues(text[left]) or text[left - 1] == "\u200d"):
        left -= 1
    return left or cut


def _continues(character: str) -> bool:
    return character in _JOINERS or unicodedata.combining(character) != 0 or "\U0001f3fb" <= character <= "\U0001f3ff"
