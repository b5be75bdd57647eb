"""SEARCH: find earlier messages by words, author, place or time (soju.im/search).

https://git.sr.ht/~emersion/soju/tree/master/item/doc/ext/search.md
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from chatcore.commands.context import Context
from chatcore.commands.missing import tell_of_gaps
from chatcore.commands.seekers import partner_of, seeker_of
from chatcore.errors import ArchiveUnavailable, CommandError, NothingToFind
from chatcore.protocol.capabilities import SEARCH
from chatcore.protocol.message import Message, parse_count, parse_tags
from chatcore.protocol.multiline import repeated_bytes
from chatcore.protocol.names import casefold, is_channel
from chatcore.protocol.timestamp import parse_time
from chatcore.state.history import Recorded, SearchQuery, Seeker
from chatcore.state.requests import SearchRequested

_DEFAULT_LIMIT = 100
_ATTRIBUTES = frozenset(("after", "before", "from", "in", "limit", "text"))
_OTHER_BYTES = 120  # in each line: time, msgid, batch and account


def handle_search(ctx: Context, message: Message) -> None:
    """SEARCH <attributes>. The text may contain plain spaces, as people type them."""
    if not ctx.services.archive.is_on:
        raise _failure("INTERNAL_ERROR", "This tracker keeps no history to search")
    if not ctx.client.capabilities & SEARCH:
        raise _failure("NEED_CAPABILITY", "Request the capability soju.im/search first")
    attributes = _attributes(message)
    unknown = [name for name in attributes if name not in _ATTRIBUTES]
    if unknown:
        raise _invalid(unknown[0], "There is no such attribute")
    limit = min(lines_wanted(message), max(1, ctx.config.history))
    if not limit:
        raise _invalid("limit", "The limit must be a number over 0")
    try:
        found = _search(ctx, seeker_of(ctx), attributes, limit)
    except NothingToFind as error:
        raise _invalid("text", str(error)) from error
    except ArchiveUnavailable as error:
        raise _failure("INTERNAL_ERROR", str(error)) from error
    ctx.publish(SearchRequested(ctx.client.id, found))


def lines_wanted(message: Message) -> int:
    """Return how many lines a search asks for; 0 if the limit is not a number."""
    limit = _attributes(message).get("limit", "")
    return parse_count(limit) if limit else _DEFAULT_LIMIT


def _attributes(message: Message) -> dict[str, str]:
    """Return the attributes. An empty value is the same as none."""
    return parse_tags(" ".join(message.params))


def _search(ctx: Context, seeker: Seeker, attributes: Mapping[str, str], limit: int) -> tuple[Recorded, ...]:
    """Return the lines found. Raises CommandError, NothingToFind, ArchiveUnavailable, AccountsUnavailable."""
    query = SearchQuery(
        attributes.get("text", ""),
        limit,
        author=casefold(attributes.get("from", "")),
        after_ms=_time(attributes, "after"),
        before_ms=_time(attributes, "before"),
    )
    place = attributes.get("in", "")
    if is_channel(place):
        query = query._replace(room=casefold(place))
    elif place:
        query = query._replace(partner=partner_of(ctx, seeker, place))
        if not query.partner:
            return ()
    archive = ctx.services.archive
    found = archive.search(seeker, query)
    after_ms, before_ms = query.after_ms or 0, query.before_ms or inf
    gaps = [gap for gap in archive.gaps() if gap.to_ms > after_ms and gap.from_ms < before_ms]
    tell_of_gaps(ctx, "SEARCH", place or "*", gaps)
    return _fitting(found, ctx.config.limits.max_sendq_bytes // 2, from_first=query.after_ms is not None)


def _time(attributes: Mapping[str, str], name: str) -> int | None:
    text = attributes.get(name, "")
    ms = parse_time(text) if text else None
    if text and ms is None:
        raise _invalid(name, f"Not a time: {text}")
    return ms


def _fitting(found: tuple[Recorded, ...], most: int, *, from_first: bool) -> tuple[Recorded, ...]:
    """Return as many lines as fit an outbox, counted from where the search began; at least one."""
    total = count = 0
    for line in found if from_first else reversed(found):
        total += len(f"{line.source} {line.rest}{line.tags}".encode()) + _OTHER_BYTES
        total += repeated_bytes(line.source, line.rest, line.tags)
        if total > most and count:
            break
        count += 1
    return found[:count] if from_first else found[len(found) - count :]


def _invalid(attribute: str, text: str) -> CommandError:
    return CommandError("FAIL", "SEARCH", "INVALID_PARAMS", attribute, text)


def _failure(code: str, text: str) -> CommandError:
    return CommandError("FAIL", "SEARCH", code, text)
