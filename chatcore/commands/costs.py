"""What a command costs its client, in tokens of flood control, on top of the one for each line.

The table names a price for each command. It is computed before the handler runs, from the message and what the handler
is going to look at. Afterwards `dispatch` adds what every command pays for: see `afterwards`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from chatcore.commands.bounds import MAX_CHANGES, MAX_METADATA_KEYS
from chatcore.commands.context import Context
from chatcore.commands.metadata import CHANGES
from chatcore.commands.queries import is_room_name
from chatcore.commands.response import Response
from chatcore.commands.search import lines_wanted
from chatcore.protocol.message import Message, parse_count
from chatcore.protocol.names import casefold, is_channel
from chatcore.state.channel import Channel
from chatcore.state.client import Client

Price = Callable[[Context, Message], float]

ANSWER_LINES_PER_TOKEN = 40
LOOKS_PER_TOKEN = 400
"""One token pays for this many lines of a long answer, or rooms or clients that are looked at or told."""
DERIVATION_TOKENS = 20  # some 10 ms of computing, few at a time
REDACTION_TOKENS = 4  # each hurries the archive twice
SEARCH_TOKENS = 20  # some ms of a disk, two searches at a time: six in a row, then one a second


def afterwards(tokens: float, response: Response, client: Client) -> float:
    """Return the price including what every command pays for: looks that only its handler could count, lines of answer,
    and events. An event is a target, mostly paid for already, or a piece of a long message.
    """
    looks, client.looks = client.looks, 0
    events = max(tokens, response.published - 1)
    return events + len(response.replies) // ANSWER_LINES_PER_TOKEN + looks / LOOKS_PER_TOKEN


def nothing(ctx: Context, message: Message) -> float:
    """Nothing beyond the line."""
    return 0


def targets(ctx: Context, message: Message) -> float:
    """The targets in the first parameter, beyond the first."""
    given = message.params[0] if message.params else ""
    return len(_distinct(ctx, given)) - 1 if "," in given else 0


def second_targets(ctx: Context, message: Message) -> float:
    """The targets in the second parameter, beyond the first."""
    return len(_distinct(ctx, message.params[1])) - 1


def whole_messages(ctx: Context, message: Message) -> float:
    """All lines of a multiline message again for each target beyond the first, when it ends."""
    composition = ctx.composition
    if composition is None or not message.params[0].startswith("-"):
        return 0
    return (len(_distinct(ctx, composition.target)) - 1) * composition.lines


def changes(ctx: Context, message: Message) -> float:
    """The modes changed or asked for, beyond the first."""
    letters = message.params[1] if len(message.params) > 1 else ""
    count = len(letters) - letters.count("+") - letters.count("-")
    return max(0, min(count, MAX_CHANGES) - 1)


def rooms_asked_for(ctx: Context, message: Message) -> float:
    """The rooms and their members. Hidden rooms are free, because a delay would give them away."""
    given = message.params[0] if message.params else ""
    return targets(ctx, message) + sum(_visible_members(ctx, room) for room in _rooms(ctx, given)) / LOOKS_PER_TOKEN


def people_matched(ctx: Context, message: Message) -> float:
    """The clients that WHO looks at: a room's members, or all unless the mask is a nick."""
    mask = message.params[0] if message.params else "*"
    if is_channel(mask):
        channel = ctx.registry.channel(mask)
        looks = _visible_members(ctx, channel) if channel is not None else 0
    else:
        looks = 0 if ctx.registry.client(mask) else ctx.registry.client_count()
    return looks / LOOKS_PER_TOKEN


def everything(ctx: Context, message: Message) -> float:
    """All clients and all rooms."""
    return (ctx.registry.client_count() + ctx.registry.channel_count()) / LOOKS_PER_TOKEN


def invitations(ctx: Context, message: Message) -> float:
    """All rooms, for an INVITE without parameters."""
    return 0 if message.params else ctx.registry.channel_count() / LOOKS_PER_TOKEN


def rooms_listed(ctx: Context, message: Message) -> float:
    """The rooms that LIST looks at, named ones or all: each once, and once more for each filter."""
    words = message.params[0].split(",") if message.params else []
    if len(words) > ctx.config.limits.max_targets:
        return 0  # it is refused
    named = sum(map(is_room_name, words))
    return (named or ctx.registry.channel_count()) * (1 + len(words) - named) / LOOKS_PER_TOKEN


def neighbours(ctx: Context, message: Message) -> float:
    """Everybody in the client's rooms, because all are told."""
    return sum(len(channel.members) for channel in ctx.registry.channels_of(ctx.client)) / LOOKS_PER_TOKEN


def members_told(ctx: Context, message: Message) -> float:
    """The members of a room, because all are told. A hidden room is free, because a price would give it away."""
    return sum(_visible_members(ctx, room) for room in _rooms(ctx, message.params[0])) / LOOKS_PER_TOKEN


def metadata(ctx: Context, message: Message) -> float:
    """For a change, everybody told, and for CLEAR once per key; for SYNC, the values sent; otherwise the keys named."""
    target, word = message.params[0], message.params[1].upper()
    if word == "SYNC":
        return _values_told(ctx, target) / ANSWER_LINES_PER_TOKEN
    if word not in CHANGES:
        return len(message.params) // ANSWER_LINES_PER_TOKEN
    keys = MAX_METADATA_KEYS if word == "CLEAR" else 1
    if is_channel(target):
        return keys * sum(_visible_members(ctx, room) for room in _rooms(ctx, target)) / LOOKS_PER_TOKEN
    return keys * neighbours(ctx, message)


def _values_told(ctx: Context, target: str) -> int:
    """Return the most values that a SYNC can send: of one room, or of all the client's rooms and monitored people."""
    rooms, people = ctx.registry.channels_of(ctx.client), list[Client]()
    if is_channel(target):
        rooms = [room for room in rooms if room.key_name == casefold(target)]
    else:
        people += filter(None, map(ctx.registry.client, ctx.client.monitored))
    for room in rooms:
        with room.lock:
            people += room.members
    wanted = frozenset(ctx.client.subscriptions)
    return sum(len(wanted & person.said_of_itself.keys()) for person in people)


def lines_asked_for(ctx: Context, message: Message) -> float:
    """The lines of history that delivery will write."""
    return min(parse_count(message.params[-1]), ctx.config.history) // ANSWER_LINES_PER_TOKEN


def search(ctx: Context, message: Message) -> float:
    """A search of the archive, and the lines that delivery will write."""
    return SEARCH_TOKENS + min(lines_wanted(message), ctx.config.history) // ANSWER_LINES_PER_TOKEN


def redaction(ctx: Context, message: Message) -> float:
    """A look-up in the archive, and a change to it."""
    return REDACTION_TOKENS


def derivation(ctx: Context, message: Message) -> float:
    """A key derived from a password."""
    return DERIVATION_TOKENS


def login(ctx: Context, message: Message) -> float:
    """A derived key, if the mechanism derives one, and the neighbours, because they are told."""
    exchange = ctx.registration.sasl
    derived = DERIVATION_TOKENS if exchange is not None and exchange.derives_key else 0
    return derived + neighbours(ctx, message)


def new_account(ctx: Context, message: Message) -> float:
    """A derived key, and the neighbours, because they are told."""
    return DERIVATION_TOKENS + neighbours(ctx, message)


def _distinct(ctx: Context, given: str) -> dict[str, None]:
    """Return the casefolded targets without repetition, at most as many as a command accepts."""
    limit = ctx.config.limits.max_targets
    return dict.fromkeys(casefold(name) for name in given.split(",", limit)[:limit] if name) or {"": None}


def _rooms(ctx: Context, given: str) -> Iterator[Channel]:
    for name in _distinct(ctx, given):
        channel = ctx.registry.channel(name)
        if channel is not None:
            yield channel


def _visible_members(ctx: Context, channel: Channel) -> int:
    with channel.lock:
        return len(channel.members) if channel.is_visible_to_locked(ctx.client) else 0
