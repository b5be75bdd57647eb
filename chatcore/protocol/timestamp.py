"""Times in the format of the server-time tag and chat.log (https://ircv3.net/specs/extensions/server-time)."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache


def format_time(unix_time: float) -> str:
    """Return a Unix time (s) in UTC, with milliseconds."""
    return _format_ms(int(unix_time * 1000))


def parse_time(text: str) -> int | None:
    """Return the Unix time (ms) in such a text, or in another form of ISO 8601; None if it is not a time.

    A time without a zone is in UTC.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    utc = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(utc.timestamp() * 1000)


@lru_cache(maxsize=64)
def _format_ms(milliseconds: int) -> str:
    second, ms = divmod(milliseconds, 1000)
    return f"{_format_second(second)}.{ms:03d}Z"


@lru_cache(maxsize=16)
def _format_second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
