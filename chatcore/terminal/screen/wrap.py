"""Line breaking for the window: between words, and anywhere in scripts without spaces. Pure.

Widths are in columns. A long ASCII word, such as an address or a key, is not broken: the terminal wraps it, so that it
can be copied in one piece.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from wcwidth import iter_graphemes, wcswidth

_SMALL_INDENT = 2
_LEAST_INDENT = 1

_ASCII_PARTS = re.compile(r"\n| +|[^\n ]+")
_UNBROKEN = re.compile("[!-~]+")

# In scripts without spaces, a line must not begin with closing marks or small kana, nor end with opening marks.
_NOT_FIRST = frozenset(
    "!),.:;?]}%\u3001\u3002\uff0c\uff0e\u30fb\uff1a\uff1b\uff1f\uff01\u2019\u201d\uff09\u3015\uff3d\uff5d\u3009\u300b\u300d"
    "\u300f\u3011\u3019\u3017\u2026\u3005\u30fc\u3041\u3043\u3045\u3047\u3049\u3063\u3083\u3085\u3087\u308e\u30a1\u30a3\u30a5"
    "\u30a7\u30a9\u30c3\u30e3\u30e5\u30e7\u30ee\u30f5\u30f6"
)
_NOT_LAST = frozenset("([{$\u2018\u201c\uff08\u3014\uff3b\uff5b\u3008\u300a\u300c\u300e\u3010\u3018\u3016")


class Cut(NamedTuple):
    """The text from `start` to `end` is replaced by a line end and `indent` blanks; dropped if `indent` is None."""

    start: int
    end: int
    indent: int | None


class _Part(NamedTuple):
    start: int
    end: int
    width: int


def hanging_indent(wanted: int, width: int) -> int:
    """Return the indent of continued lines: as wanted, if that leaves half of the window for the text."""
    return wanted if wanted * 2 <= width else min(_SMALL_INDENT, width // 8)


def cuts(text: str, column: int, width: int, indent: int) -> Iterator[Cut]:
    """Yield, in order, the cuts in a text that begins at `column`; a line feed always ends a line."""
    filling = _Filling(text, column, width, indent)
    for part in _parts(text):
        yield from filling.take(part)
    yield from filling.end()


class _Filling:
    """The state of the line being filled."""

    def __init__(self, text: str, column: int, width: int, indent: int) -> None:
        self._text = text
        self._column = (column - 1) % width + 1 if column else 0
        self._width = width
        self._indent = indent
        self._blank: _Part | None = None  # blanks not yet followed by a word
        self._is_fresh = True  # no text is on this line yet

    def take(self, part: _Part) -> Iterator[Cut]:
        """Put a part on this line, or on the next."""
        words = self._text[part.start : part.end]
        if words == "\n":
            yield self._cut(part, self._indent)
        elif not words.strip(" "):
            self._blank = part
        elif self._column + (self._blank.width if self._blank else 0) + part.width <= self._width:
            self._column += (self._blank.width if self._blank else 0) + part.width
            self._blank, self._is_fresh = None, False
        elif self._blank and self._is_fresh:
            yield self._drop_blank(self._blank)
            yield from self.take(part)
        elif _UNBROKEN.fullmatch(words):
            yield from self._take_whole(part)
        else:
            yield from self._take_in_pieces(part)

    def end(self) -> Iterator[Cut]:
        """Drop blanks at the end that do not fit."""
        if self._blank and self._column + self._blank.width > self._width:
            yield self._drop_blank(self._blank)

    def _take_whole(self, part: _Part) -> Iterator[Cut]:
        """Put a word on the next line; leave one that is longer than any line for the terminal to wrap."""
        fits = part.width <= self._width - _LEAST_INDENT
        if fits or not self._is_fresh:
            is_indented = part.width <= self._width - self._indent or not fits
            yield self._cut(part._replace(end=part.start), self._indent if is_indented else _LEAST_INDENT)
        self._column = (self._column + part.width - 1) % self._width + 1
        self._blank, self._is_fresh = None, False

    def _take_in_pieces(self, part: _Part) -> Iterator[Cut]:
        """Put a word on the next line, and break it at the window's edge if it is longer than a line."""
        if not self._is_fresh or part.width <= self._width - self._indent:
            yield self._cut(part._replace(end=part.start), self._indent)
        position = part.start
        for grapheme in iter_graphemes(self._text[part.start : part.end]):
            columns = max(wcswidth(grapheme), 0)
            if self._column + columns > self._width and self._column > self._indent:
                yield self._cut(_Part(position, position, 0), self._indent)
            self._column += columns
            position += len(grapheme)
        self._blank, self._is_fresh = None, False

    def _drop_blank(self, blank: _Part) -> Cut:
        self._blank = None
        return Cut(blank.start, blank.end, None)

    def _cut(self, part: _Part, indent: int) -> Cut:
        start = self._blank.start if self._blank else part.start
        self._column, self._blank, self._is_fresh = indent, None, True
        return Cut(start, part.end, indent)


def _parts(text: str) -> Iterator[_Part]:
    """Yield line feeds, runs of blanks, and the unbreakable pieces between them."""
    if text.isascii():
        for match in _ASCII_PARTS.finditer(text):
            yield _Part(match.start(), match.end(), match.end() - match.start())
        return
    start = end = width = columns_before = 0
    before = ""
    for grapheme in iter_graphemes(text):
        columns = max(wcswidth(grapheme), 0)
        if before and not _stay_together(before, columns_before, grapheme, columns):
            yield _Part(start, end, width)
            start, width = end, 0
        width += columns
        end += len(grapheme)
        before, columns_before = grapheme, columns
    yield _Part(start, end, width)


def _stay_together(before: str, columns_before: int, grapheme: str, columns: int) -> bool:
    if "\n" in (before, grapheme):
        return False
    if " " in (before, grapheme):
        return before == grapheme
    if 2 in (columns_before, columns):
        return grapheme[0] in _NOT_FIRST or before[0] in _NOT_LAST
    return True
