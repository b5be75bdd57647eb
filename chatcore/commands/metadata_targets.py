"""The target of a METADATA command, whether the client may read or change it, and the refusals."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from chatcore.commands.bounds import MAX_METADATA_KEY_BYTES
from chatcore.commands.context import Context
from chatcore.commands.powers import check_power_locked
from chatcore.errors import CommandError
from chatcore.protocol.names import casefold, is_channel
from chatcore.state.channel import Channel
from chatcore.state.facts import MetadataChanged
from chatcore.state.metadata import Metadata, Profile, size_bytes
from chatcore.state.notes import Noted

INVALID_KEY = f"A key has at most {MAX_METADATA_KEY_BYTES} characters: a-z, 0-9 and _./-"
is_key = re.compile(rf"[a-z0-9_./-]{{1,{MAX_METADATA_KEY_BYTES}}}").fullmatch
_MIDDLE = re.compile(r"[^: ][^ ]*").fullmatch


class Owned(NamedTuple):
    """Metadata that the client may change: its own, or a locked channel's. The log gets `notes` before the change."""

    name: str
    metadata: Metadata
    replace: Callable[[Metadata], None]
    channel: Channel | None = None
    notes: tuple[Noted, ...] = ()

    def changed(self, ctx: Context, key: str, value: str) -> MetadataChanged:
        """Return the event for a changed value."""
        return MetadataChanged(ctx.client.id, self.channel.name if self.channel is not None else "", key, value)


@contextmanager
def owning(ctx: Context, target: str, key: str) -> Iterator[Owned]:
    """Hold a target's metadata for a change. Raises CommandError if it is not the client's to change."""
    client = ctx.client
    if is_own(ctx, target):
        if client.metadata is None:
            client.metadata = Profile()
        with client.metadata.lock:
            yield _own(ctx, client.metadata)
    elif is_channel(target) and client.is_registered:
        with ctx.registry.hold([target]) as held:
            channel = _visible_locked(ctx, held, target)
            try:
                notes = check_power_locked(ctx, channel)
            except CommandError as refusal:
                raise not_permitted(channel.name, key, refusal.reply[-1]) from None
            yield _of_channel(channel, notes)
    else:
        with reading(ctx, target) as (name, _):
            raise not_permitted(name, key, "Nobody can set the metadata of others")


def _of_channel(channel: Channel, notes: tuple[Noted, ...]) -> Owned:
    def replace(metadata: Metadata) -> None:
        channel.metadata = metadata  # Registry.hold counts its size

    return Owned(channel.name, channel.metadata, replace, channel, notes)


def _own(ctx: Context, profile: Profile) -> Owned:
    def replace(metadata: Metadata) -> None:
        if ctx.client.is_registered:
            ctx.registry.count_metadata(size_bytes(metadata) - size_bytes(profile.values))
        profile.values = metadata

    return Owned(ctx.client.nick or "*", profile.values, replace)


@contextmanager
def reading(ctx: Context, target: str) -> Iterator[tuple[str, Metadata]]:
    """Yield a target's name and metadata. Raises CommandError if the client may not read it."""
    if is_own(ctx, target):
        yield ctx.client.nick or "*", ctx.client.said_of_itself
    elif is_channel(target) and ctx.client.is_registered:
        with ctx.registry.hold([target]) as held:
            channel = _visible_locked(ctx, held, target)
            if not channel.is_readable_by_locked(ctx.client):
                raise no_target(target, "Only the room's members may read that")
            yield channel.name, channel.metadata
    else:
        person = ctx.registry.client(target) if ctx.client.is_registered else None
        if person is None:
            raise no_target(target, "Nobody here has that username")
        yield person.nick, person.said_of_itself


def _visible_locked(ctx: Context, held: Mapping[str, Channel], name: str) -> Channel:
    channel = held.get(casefold(name))
    if channel is None or not channel.is_visible_to_locked(ctx.client):
        raise no_target(name, "There is no such room")
    return channel


def is_own(ctx: Context, target: str) -> bool:
    """Return whether the target is the client itself."""
    client = ctx.client
    return target == "*" or (client.is_registered and casefold(target) == casefold(client.nick))


def shown(word: str) -> str:
    """Return a word if it can be a middle parameter, otherwise `*`."""
    return word if _MIDDLE(word) else "*"


def failure(code: str, *context: str) -> CommandError:
    """Return a refusal with METADATA's code, its context and, last, words for people."""
    return CommandError("FAIL", "METADATA", code, *context)


def no_target(target: str, text: str) -> CommandError:
    """Refuse a target that does not exist, or that the client may not know of."""
    return failure("INVALID_TARGET", shown(target), text)


def not_permitted(target: str, key: str, text: str) -> CommandError:
    """Refuse a change that the client may not make; `*` stands for every key."""
    return failure("KEY_NO_PERMISSION", target, key, text)
