"""Split long text into pieces that fit a message: between words, never inside a character."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from chatcore.protocol.framing import MAX_BODY_BYTES

_JOINER = "\u200d"


def bytes_left(source: str, *words: str) -> int:
    """Return how long the last parameter of a line may be, given its source, command and other parameters."""
    return MAX_BODY_BYTES - len(f":{source} {' '.join(words)} :".encode())


def wrap_text(text: str, max_bytes: int, *, keep_words: bool = False) -> list[str]:
    """Split `text` into pieces of at most `max_bytes` UTF-8 bytes each.

    Breaks at spaces, which are dropped there. A word longer than a piece is broken between characters; combining
    marks and joined emoji stay with what they belong to if that fits. With `keep_words` it is broken only between
    non-ASCII characters, which scripts without spaces need: half a link is of no use. A lone surrogate (typed bytes
    that were not UTF-8) counts as the ? that is sent in its place. Raises ValueError for a word that must be kept and
    does not fit, and for `max_bytes` under 4, the size of the longest character.
    """
    if max_bytes < 4:
        raise ValueError("max_bytes must be at least 4")
    pieces = []
    start = 0
    # One character more than can fit tells whether the rest fits, however long it is.
    while len((window := text[start : start + max_bytes + 1]).encode(errors="replace")) > max_bytes:
        fitting = _fitting_chars(window, max_bytes)
        space = window.rfind(" ", 1, fitting + 1)
        cut = _between_words(window, fitting) if keep_words and space <= 0 else fitting
        end = space if space > 0 else _before_cluster(window, cut)
        pieces.append(window[:end])
        start += end + 1 if space > 0 else end
    return [*pieces, window] if window or not pieces else pieces


def split_text(text: str, max_bytes: int) -> list[str]:
    """Split `text` into pieces of at most `max_bytes` UTF-8 bytes each that join to the same text.

    A piece ends after its last space if it has one, otherwise where `wrap_text` would break a word. Raises ValueError
    for `max_bytes` under 4.
    """
    if max_bytes < 4:
        raise ValueError("max_bytes must be at least 4")
    pieces = []
    start = 0
    while len((window := text[start : start + max_bytes + 1]).encode()) > max_bytes:
        fitting = _fitting_chars(window, max_bytes)
        end = window.rfind(" ", 0, fitting) + 1 or _before_cluster(window, fitting)
        pieces.append(window[:end])
        start += end
    return [*pieces, window] if window or not pieces else pieces


def _fitting_chars(text: str, max_bytes: int) -> int:
    """Return how many leading characters fit `max_bytes`."""
    return len(text.encode(errors="replace")[:max_bytes].decode(errors="ignore"))


def _between_words(text: str, cut: int) -> int:
    """Move `cut` left to between two non-ASCII characters. Raises ValueError if there is no such place."""
    for at in range(cut, 0, -1):
        if not (text[at - 1].isascii() or text[at].isascii()):
            return at
    raise ValueError("a word that does not fit")


def _before_cluster(text: str, cut: int) -> int:
    """Move `cut` left, out of a cluster drawn as one character; leave it if that would keep nothing."""
    left = cut
    while left > 0 and (_continues(text[left]) or text[left - 1] == _JOINER):
        left -= 1
    return left or cut


def _continues(character: str) -> bool:
    is_mark = unicodedata.category(character)[0] == "M"  # combining() is 0 for vowel signs and the keycap
    return is_mark or character == _JOINER or "\U0001f3fb" <= character <= "\U0001f3ff"


def join_words(words: Iterable[str], separator: str, max_bytes: int) -> list[str]:
    """Join words, in order, into as few texts of at most `max_bytes` UTF-8 bytes as possible."""
    texts: list[list[str]] = []
    left = -1
    for word in words:
        size = len(word.encode()) + len(separator)
        if size > left:
            texts.append([])
            left = max_bytes + len(separator)
        texts[-1].append(word)
        left -= size
    return [separator.join(text) for text in texts]
