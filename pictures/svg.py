"""A terminal's cells as a self-contained SVG. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from typing import NamedTuple

_CELL_WIDTH, _CELL_HEIGHT, _FONT_SIZE, _BASELINE = 8.4, 18.0, 14, 13.5
_PADDING = 12.0
_FONTS = "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"

# Drawn as rectangles, because fonts leave gaps between them: from which half of the cell to which, from the top.
_BLOCKS = {"█": (0, 2), "▀": (0, 1), "▄": (1, 2)}


class Colours(NamedTuple):
    """A terminal's default colours."""

    text: str
    ground: str
    edge: str


DARK = Colours("#d7dae0", "#16191f", "#2c323e")
LIGHT = Colours("#1b1f27", "#ffffff", "#dfe2ea")


class Look(NamedTuple):
    """How a cell looks; colours are `#rrggbb`, or '' for the terminal's own."""

    text: str = ""
    ground: str = ""
    is_bold: bool = False
    is_italic: bool = False
    is_underlined: bool = False
    is_reversed: bool = False


class Cell(NamedTuple):
    """One column; '' follows a character that takes two."""

    text: str
    look: Look = Look()


def drawn(rows: Sequence[Sequence[Cell]], colours: Colours, title: str) -> str:
    """Return an SVG of these rows, all of one length; `title` is its text alternative."""
    width = len(rows[0]) * _CELL_WIDTH + 2 * _PADDING
    height = len(rows) * _CELL_HEIGHT + 2 * _PADDING
    body = "\n".join(element for number, row in enumerate(rows) for element in _row(row, number, colours))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" role="img" font-family="{_FONTS}" font-size="{_FONT_SIZE}">\n'
        f"<title>{escape(title)}</title>\n"
        f'<rect x=".5" y=".5" width="{width - 1:g}" height="{height - 1:g}" rx="8" fill="{colours.ground}" '
        f'stroke="{colours.edge}"/>\n'
        f"{body}\n</svg>\n"
    )


def _row(row: Sequence[Cell], number: int, colours: Colours) -> Iterator[str]:
    top = _PADDING + number * _CELL_HEIGHT
    column = 0
    for (look, is_block), run in groupby(row, lambda cell: (cell.look, cell.text in _BLOCKS)):
        cells = [*run]
        left = _PADDING + column * _CELL_WIDTH
        column += len(cells)
        ink, ground = look.text or colours.text, look.ground
        if look.is_reversed:
            ink, ground = ground or colours.ground, ink
        if ground:
            yield _rect(left, top, len(cells), (0, 2), ground)
        if is_block:
            yield from _blocks(cells, left, top, ink)
        elif text := "".join(cell.text for cell in cells).rstrip():
            yield from (
                _texts(cells, left, top + _BASELINE, ink, look)
                if not text.isascii()
                else [_text(text, left, top + _BASELINE, len(text), ink, look)]
            )


def _texts(cells: Sequence[Cell], left: float, baseline: float, ink: str, look: Look) -> Iterator[str]:
    """Yield a text for each run of ASCII, and one for each other character, which a font may draw wider."""
    column = 0
    for is_ascii, run in groupby(cells, lambda cell: cell.text.isascii() and bool(cell.text)):
        stretch = [*run]
        if is_ascii:
            text = "".join(cell.text for cell in stretch)
            if stripped := text.rstrip():
                yield _text(stripped, left + column * _CELL_WIDTH, baseline, len(stripped), ink, look)
        else:
            for offset, cell in enumerate(stretch):
                columns = 2 if offset + 1 < len(stretch) and not stretch[offset + 1].text else 1
                if cell.text:
                    yield _text(cell.text, left + (column + offset) * _CELL_WIDTH, baseline, columns, ink, look)
        column += len(stretch)


def _text(text: str, left: float, baseline: float, columns: int, ink: str, look: Look) -> str:
    style = ' font-weight="bold"' * look.is_bold + ' font-style="italic"' * look.is_italic
    style += ' text-decoration="underline"' * look.is_underlined
    return (
        f'<text x="{left:g}" y="{baseline:g}" textLength="{columns * _CELL_WIDTH:g}" lengthAdjust="spacingAndGlyphs" '
        f'fill="{ink}" xml:space="preserve"{style}>{escape(text)}</text>'
    )


def _blocks(cells: Sequence[Cell], left: float, top: float, ink: str) -> Iterator[str]:
    column = 0
    for text, run in groupby(cells, lambda cell: cell.text):
        count = sum(1 for _ in run)
        yield _rect(left + column * _CELL_WIDTH, top, count, _BLOCKS[text], ink)
        column += count


def _rect(left: float, top: float, columns: int, halves: tuple[int, int], fill: str) -> str:
    begin, end = (half * _CELL_HEIGHT / 2 for half in halves)
    return (
        f'<rect x="{left:g}" y="{top + begin:g}" width="{columns * _CELL_WIDTH:g}" height="{end - begin:g}" '
        f'fill="{fill}" shape-rendering="crispEdges"/>'
    )
