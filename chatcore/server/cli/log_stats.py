"""The output of `log --stats`: how much was said, as bars that fit the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from typing import NamedTuple

from wcwidth import wcswidth, wcwidth

from chatcore.prompting.theme import Role, Theme
from chatcore.protocol.escape import escape_for_screen
from chatcore.server.audit.reading.tally import Tally

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_MAX_ROWS = 15
_MAX_DAYS = 31
_MAX_MONTHS = 36
_MAX_WIDTH = 100
_MAX_LABEL_WIDTH = 20


class Look(NamedTuple):
    """The settings for drawing bars."""

    width: int  # columns
    encoding: str
    theme: Theme | None = None  # None: no colours


class _Row(NamedTuple):
    label: str
    number: int
    sgr: str = ""


def drawn(tally: Tally, look: Look) -> str:
    """Return the plots of a tally, each with a heading."""
    if not tally.total:
        return "nothing was said\n"
    first, last = min(tally.days), max(tally.days)
    days = f"on {first}" if first == last else f"from {first} to {last}"
    head = f"{_count(tally.total, 'message')} by {_count(len(tally.people), 'person', 'people')} {days}\n"
    plots = [
        ("by person", _most(tally.people, tally.spelling, look.theme.name if look.theme else None)),
        ("by room", _most(tally.rooms, tally.spelling)),
        ("by hour of the day", [_Row(f"{hour:02}", tally.hours[hour]) for hour in range(24)]),
        _over_time(tally.days),
    ]
    return head + "".join(f"\n{heading}\n{_plot(rows, look)}" for heading, rows in plots)


def bar(share: float, width: int, encoding: str) -> str:
    """Return a bar that fills a share of `width` columns, in block characters or, if the encoding has none, in #."""
    eighths = max(round(share * width * 8), 1 if share > 0 else 0)
    try:
        _EIGHTHS.encode(encoding)
    except UnicodeEncodeError:
        return "#" * ((eighths + 7) // 8)
    return _EIGHTHS[8] * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def _most(
    counts: Counter[str], spelling: Callable[[str], str], colour: Callable[[str], str] | None = None
) -> list[_Row]:
    """Return a row for each of the highest counts, and one for all others together."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shown = ordered if len(ordered) <= _MAX_ROWS else ordered[: _MAX_ROWS - 1]
    rows = [_Row(spelling(name), count, colour(name) if colour else "") for name, count in shown]
    left = ordered[len(shown) :]
    return [*rows, *([_Row(f"{len(left)} others", sum(count for _, count in left))] if left else [])]


def _over_time(days: Counter[date]) -> tuple[str, list[_Row]]:
    """Return a heading, and a row for each day, month or year, whichever gives not too many rows."""
    first, last = min(days), max(days)
    if (last - first).days < _MAX_DAYS:
        each = [date.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1)]
        return "by day", [_Row(f"{day:%a %m-%d}", days[day]) for day in each]
    months = Counter[int]()
    for day, count in days.items():
        months[day.year * 12 + day.month - 1] += count
    if max(months) - min(months) < _MAX_MONTHS:
        numbers = range(min(months), max(months) + 1)
        return "by month", [_Row(f"{n // 12:04}-{n % 12 + 1:02}", months[n]) for n in numbers]
    years = Counter[int]()
    for number, count in months.items():
        years[number // 12] += count
    return "by year", [_Row(f"{year:04}", count) for year, count in sorted(years.items())]


def _plot(rows: list[_Row], look: Look) -> str:
    return "".join(f"{line}\n" for line in _lines(rows, look))


def _lines(rows: list[_Row], look: Look) -> Iterator[str]:
    most = max(row.number for row in rows)
    columns = min(look.width, _MAX_WIDTH)
    labels = [_cut(escape_for_screen(row.label), min(_MAX_LABEL_WIDTH, columns // 3)) for row in rows]
    label_width = max(map(wcswidth, labels))
    width = max(1, columns - label_width - len(f"{most:,}") - 5)
    for row, label in zip(rows, labels, strict=True):
        padding = " " * (label_width - wcswidth(label))
        shown, drawn_bar = label, bar(row.number / most if most else 0.0, width, look.encoding)
        if look.theme:
            shown = f"\x1b[{row.sgr}m{label}\x1b[0m" if row.sgr else label
            drawn_bar = f"\x1b[{row.sgr or look.theme[Role.BAR]}m{drawn_bar}\x1b[0m" if drawn_bar else ""
        yield f"  {shown}{padding}  {drawn_bar}{' ' if drawn_bar else ''}{row.number:,}"


def _cut(text: str, width: int) -> str:
    """Shorten a text to `width` columns."""
    if wcswidth(text) <= width:
        return text
    kept, columns = "", 0
    for character in text:
        columns += max(wcwidth(character), 0)
        if columns > width - 2:
            break
        kept += character
    return f"{kept}.."


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
