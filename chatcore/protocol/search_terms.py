"""The text of a search: words, and the filters `in:`, `from:`, `before:` and `after:`. Pure.

Days and times are those of the system's time zone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

FILTERS = ("in:", "from:", "before:", "after:")

_MILLISECOND = timedelta(milliseconds=1)


class SearchTerms(NamedTuple):
    """Words and filters; '' and None are no filter. Messages are from `after` on and before `before` (Unix time, ms).

    `place` is a room or a person.
    """

    words: tuple[str, ...]
    place: str = ""
    author: str = ""
    before_ms: int | None = None
    after_ms: int | None = None


def parse_search(words: Iterable[str]) -> SearchTerms:
    """Separate filters from words. Raises ValueError, in words, for a filter without a value or an invalid day."""
    found, plain = SearchTerms(()), []
    for word in words:
        name = next((name for name in FILTERS if word.lower().startswith(name)), "")
        value = word[len(name) :]
        if not name:
            plain.append(word)
        elif not value:
            raise ValueError(f"{name} what?")
        elif name == "in:":
            found = found._replace(place=value)
        elif name == "from:":
            found = found._replace(author=value)
        elif name == "before:":
            found = found._replace(before_ms=parse_moment(value))
        else:
            found = found._replace(after_ms=parse_moment(value))
    return found._replace(words=tuple(plain))


def parse_moment(text: str) -> int:
    """Return the start of a day, or a time (Unix, ms). Raises ValueError, in words."""
    try:
        before = datetime.fromisoformat(text) - _MILLISECOND  # must be a valid time, too
        return round(before.astimezone(UTC).timestamp() * 1000) + 1
    except (ValueError, OverflowError, OSError) as error:
        raise ValueError(f"{text} is not a date; one is written 2026-11-01") from error
