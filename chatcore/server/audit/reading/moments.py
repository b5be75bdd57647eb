"""Parses times as people type them: a day, a time, `yesterday`, `14:30`, `2h`; in the system's time zone. Pure."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta

from chatcore.protocol.search_terms import parse_moment

_AGO = re.compile(r"(?:\d{1,6}(?:w|d|h|min|m|s))+").fullmatch
_PART = re.compile(r"(\d+)(w|d|h|min|m|s)").findall
_UNIT = {"w": 604_800, "d": 86_400, "h": 3600, "min": 60, "m": 60, "s": 1}
_DAYS_AGO = {"today": 0, "yesterday": 1}


def parse_when(text: str, now: datetime) -> int:
    """Return a typed time as a Unix time (ms); a duration means that long ago. Raises ValueError, in words.

    `now` is a local time without a time zone. A day means its beginning.
    """
    word = text.strip().lower()
    if word == "now":
        return parse_moment(now.isoformat())
    if word in _DAYS_AGO:
        return parse_moment((now.date() - timedelta(days=_DAYS_AGO[word])).isoformat())
    if _AGO(word):
        seconds = sum(int(number) * _UNIT[unit] for number, unit in _PART(word))
        return parse_moment(now.isoformat()) - seconds * 1000
    if ":" in word and len(word) <= len("14:30:59"):
        try:
            return parse_moment(datetime.combine(now.date(), time.fromisoformat(word)).isoformat())
        except ValueError:
            pass
    try:
        return parse_moment(text)
    except ValueError as error:
        raise ValueError(f"{text} is not a time: write 2026-11-01, '2026-11-01 14:30', yesterday or 2h") from error
