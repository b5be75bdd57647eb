"""METADATA: what people and rooms say about themselves (https://ircv3.net/specs/extensions/metadata, draft/metadata-3).

Clients set their own metadata, and a room's operators set the room's. Before registration the client is `*`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from chatcore.commands.bounds import (
    MAX_METADATA_KEY_BYTES,
    MAX_METADATA_KEYS,
    MAX_METADATA_VALUE_BYTES,
    MAX_SUBSCRIPTIONS,
)
from chatcore.commands.context import Context
from chatcore.commands.metadata_targets import (
    INVALID_KEY,
    Owned,
    failure,
    is_key,
    owning,
    reading,
    shown,
)
from chatcore.commands.profiles import has_room, key_values
from chatcore.commands.subscriptions import list_subscriptions, subscribe, sync, unsubscribe
from chatcore.config import Config
from chatcore.protocol import numerics as num
from chatcore.protocol.capabilities import METADATA_AWARE
from chatcore.protocol.escape import escape_for_screen
from chatcore.protocol.message import Message
from chatcore.protocol.names import MAX_CHANNEL_BYTES, MAX_NICK_BYTES, is_channel
from chatcore.protocol.wrap import bytes_left
from chatcore.state.metadata import NONE, Metadata, with_value
from chatcore.state.requests import Reply

CHANGES = ("SET", "CLEAR")
_PLACEHOLDER = "\ufffd"  # replaces bytes that were not UTF-8


def handle_metadata(ctx: Context, message: Message) -> None:
    """METADATA GET, LIST, SET, CLEAR, SUB, UNSUB, SUBS and SYNC."""
    target, word, *params = message.params
    subcommand = _SUBCOMMANDS.get(word.upper())
    if subcommand is None:
        raise failure("INVALID_PARAMS", shown(word), f"METADATA has {', '.join(_SUBCOMMANDS)}")
    if not subcommand.least <= len(params) <= subcommand.most:
        raise failure("INVALID_PARAMS", word.upper(), "Too few or too many parameters")
    if subcommand.is_for_aware and ctx.client.capabilities & METADATA_AWARE != METADATA_AWARE:
        raise failure("INVALID_PARAMS", word.upper(), "Request draft/metadata-3 and batch first")
    subcommand.handler(ctx, target, params)


def asks_metadata(message: Message) -> bool:
    """Return whether METADATA changes nothing that others may read."""
    return message.params[1].upper() not in CHANGES


def changes_nothing(message: Message) -> bool:
    """Return whether METADATA changes neither what others may read nor the client's subscriptions."""
    return message.params[1].upper() not in (*CHANGES, "SUB", "UNSUB")


def capability_value(ctx: Context) -> str:
    """Return the limits for CAP LS. A value of max-value-bytes fits under every key, also a room's."""
    most_bytes = _most_bytes(ctx.config, "k" * MAX_METADATA_KEY_BYTES, "#")
    bounds = {
        "max-subs": MAX_SUBSCRIPTIONS,
        "max-keys": MAX_METADATA_KEYS,
        "max-key-bytes": MAX_METADATA_KEY_BYTES,
        "max-value-bytes": most_bytes,
    }
    return ",".join(["before-connect", *(f"{token}={bound}" for token, bound in bounds.items())])


def _get(ctx: Context, target: str, keys: list[str]) -> None:
    with reading(ctx, target) as (name, metadata):
        ctx.answer_in_batch(("metadata", name), [_value_reply(name, key, metadata) for key in keys])


def _list(ctx: Context, target: str, params: list[str]) -> None:
    with reading(ctx, target) as (name, metadata):
        ctx.answer_in_batch(("metadata", name), [*key_values(name, metadata)])


def _set(ctx: Context, target: str, params: list[str]) -> None:
    key, value = params[0], params[1] if len(params) > 1 else ""
    if not is_key(key):
        raise failure("INVALID_KEY", shown(key), INVALID_KEY)
    with owning(ctx, target, key) as owned:
        metadata = owned.metadata
        if metadata.get(key, "") != value:
            if value:
                _check_value(ctx, owned, key, value)
            metadata = with_value(metadata, key, value)
            owned.replace(metadata)
        ctx.reply(*_value_reply(owned.name, key, metadata))
        if ctx.client.is_registered and metadata is not owned.metadata:
            ctx.publish(*owned.notes, owned.changed(ctx, key, value))


def _clear(ctx: Context, target: str, params: list[str]) -> None:
    with owning(ctx, target, "*") as owned:
        owned.replace(NONE)
        replies = [_value_reply(owned.name, key, NONE) for key in owned.metadata]
        changed = [owned.changed(ctx, key, "") for key in owned.metadata]
        ctx.answer_in_batch(("metadata", owned.name), replies, *(owned.notes if changed else ()), *changed)


def _check_value(ctx: Context, owned: Owned, key: str, value: str) -> None:
    """Check that a value can be set. Raises CommandError."""
    most = _most_bytes(ctx.config, key, owned.name)
    if len(value.encode()) > most:
        raise failure("INVALID_VALUE", key, f"This value can have at most {most} bytes of UTF-8")
    if escape_for_screen(value) != value or _PLACEHOLDER in value:
        raise failure("INVALID_VALUE", key, "A value cannot contain control characters or invisible ones")
    is_full = key not in owned.metadata and len(owned.metadata) >= MAX_METADATA_KEYS
    if is_full or not has_room(ctx):
        text = (
            f"There can be at most {MAX_METADATA_KEYS} keys"
            if is_full
            else "The tracker cannot store more at the moment"
        )
        raise failure("LIMIT_REACHED", "SET", owned.name, str(MAX_METADATA_KEYS), text)


def _most_bytes(config: Config, key: str, target: str = "*") -> int:
    """Return how long a value may be to reach everybody whole, whatever the reader and the target are called."""
    nick = "n" * min(MAX_NICK_BYTES, 4 * config.max_name_length)
    name = "n" * MAX_CHANNEL_BYTES if is_channel(target) else nick
    return min(MAX_METADATA_VALUE_BYTES, bytes_left(config.server_name, num.RPL_KEYVALUE, nick, name, key, "*"))


def _value_reply(target: str, key: str, metadata: Metadata) -> Reply:
    if not is_key(key):
        return ("WARN", "METADATA", "INVALID_KEY", shown(key), INVALID_KEY)
    value = metadata.get(key)
    if value is None:
        return (num.RPL_KEYNOTSET, target, key, "Key not set")
    return (num.RPL_KEYVALUE, target, key, "*", value)


class _Subcommand(NamedTuple):
    """A subcommand, its number of parameters, and whether it needs the capabilities METADATA_AWARE."""

    handler: Callable[[Context, str, list[str]], None]
    least: int = 0
    most: int = 0
    is_for_aware: bool = False


_ANY = 1 << 10
_SUBCOMMANDS = {
    "GET": _Subcommand(_get, 1, _ANY),
    "LIST": _Subcommand(_list),
    "SET": _Subcommand(_set, 1, 2),
    "CLEAR": _Subcommand(_clear),
    "SUB": _Subcommand(subscribe, 1, _ANY, is_for_aware=True),
    "UNSUB": _Subcommand(unsubscribe, 1, _ANY, is_for_aware=True),
    "SUBS": _Subcommand(list_subscriptions, is_for_aware=True),
    "SYNC": _Subcommand(sync, is_for_aware=True),
}
