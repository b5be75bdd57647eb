"""The notice about gaps in history: the tracker was away, and no other tracker still had that part."""

from __future__ import annotations

from collections.abc import Iterable

from chatcore.commands.context import Context
from chatcore.protocol.capabilities import STANDARD_REPLIES
from chatcore.protocol.timestamp import format_time
from chatcore.state.history import Gap, HistoryQuery, Past

_MAX_TOLD = 3


def tell_of_gaps(ctx: Context, command: str, target: str, gaps: Iterable[Gap]) -> None:
    """Reply that something may be missing in what the client asked for: a line for each of the latest gaps."""
    for gap in [*gaps][-_MAX_TOLD:]:
        span = f"between {_minute(gap.from_ms)} and" if gap.from_ms else "before"
        words = f"Some of what was said {span} {_minute(gap.to_ms)} UTC may be missing here"
        if ctx.client.capabilities & STANDARD_REPLIES:
            ctx.reply("NOTE", command, "GAP", target, words)
        else:
            ctx.reply("NOTICE", ctx.client.nick, words)


def gaps_within(gaps: Iterable[Gap], query: HistoryQuery, past: Past) -> list[Gap]:
    """Return the gaps within the span of an answer.

    BEFORE reaches back to the beginning if it finds fewer lines than its limit, and AFTER to the present; LATEST always
    reaches the present.
    """
    ids = [line.id for line in past.lines]
    is_all = len(ids) < query.limit
    begins_first = query.subcommand == "BEFORE" and is_all
    ends_last = query.subcommand == "LATEST" or (query.subcommand == "AFTER" and is_all)
    first = 0 if begins_first else min(ids, default=past.up_to)
    last = past.up_to if ends_last or not ids else max(ids)
    return [gap for gap in gaps if gap.last_id > first and gap.first_id < last]


def _minute(ms: int) -> str:
    return format_time(ms / 1000)[:16].replace("T", " ")
