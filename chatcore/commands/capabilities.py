"""CAP: capability negotiation (https://ircv3.net/specs/extensions/capability-negotiation)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chatcore.commands.context import Context, Local
from chatcore.commands.metadata import capability_value
from chatcore.commands.registration import complete_registration
from chatcore.commands.resumption import token_lines
from chatcore.commands.sasl import abort, mechanisms
from chatcore.commands.tracker_list import trackers_wanted
from chatcore.errors import CommandError
from chatcore.protocol import numerics as num
from chatcore.protocol.capabilities import (
    ACCOUNT_REGISTRATION,
    IMPLIED_BY_302,
    METADATA_AWARE,
    NEGOTIABLE,
    PASSWORD,
    RESUME,
    SEARCH,
    TOLD,
    TRACKERS,
    capability_names,
)
from chatcore.protocol.message import Message, parse_count
from chatcore.protocol.multiline import MAX_BYTES, MAX_LINES
from chatcore.protocol.wrap import bytes_left, join_words
from chatcore.state.client import Client
from chatcore.state.requests import CapabilitiesChanged, Replied
from chatcore.state.steps import Negotiated


def handle_cap(ctx: Context, message: Message) -> None:
    """CAP LS, LIST, REQ and END."""
    subcommand = message.params[0].upper()
    handler = _SUBCOMMANDS.get(subcommand)
    if handler is None:
        raise CommandError(num.ERR_INVALIDCAPCMD, message.params[0] or "*", "Invalid CAP subcommand")
    handler(ctx, message.params[1:])


def _list_available(ctx: Context, params: tuple[str, ...]) -> None:
    client, version_302 = ctx.client, bool(params) and parse_count(params[0]) >= 302
    bits = client.capabilities | IMPLIED_BY_302 if version_302 else client.capabilities
    ctx.registration.speaks_302 |= version_302
    if not client.is_registered:
        ctx.registration.is_negotiating = True
        client.capabilities = bits
    values = {name: value(ctx) for name, value in _VALUES.items()} if version_302 else {}
    names = [f"{name}={values[name]}" if values.get(name) else name for name in _offered(ctx)]
    names += [f"{told.name}={values[told.name]}" for told in TOLD if values.get(told.name)]
    _send_list(ctx, "LS", names, multiline=version_302)
    if bits != client.capabilities:
        ctx.carry(Negotiated(bits))


def _list_enabled(ctx: Context, params: tuple[str, ...]) -> None:
    _send_list(ctx, "LIST", capability_names(ctx.client.capabilities), multiline=True)


def _send_list(ctx: Context, subcommand: str, names: list[str], *, multiline: bool) -> None:
    """Send capabilities in as many lines as it takes; if it must be one line, put vendors' names last and cut the rest.

    Only newer clients use vendors' capabilities, and they can request one that was cut.
    """
    left = bytes_left(ctx.config.server_name, "CAP", _target(ctx), subcommand, "*")
    if not multiline:
        (only, *_) = join_words(sorted(names, key=lambda name: "/" in name), " ", left)
        ctx.reply("CAP", _target(ctx), subcommand, only)
        return
    *lines, last = join_words(names, " ", left) or [""]
    for line in lines:
        ctx.reply("CAP", _target(ctx), subcommand, "*", line)
    ctx.reply("CAP", _target(ctx), subcommand, last)


def _request(ctx: Context, params: tuple[str, ...]) -> None:
    requested = params[0] if params else ""
    if not ctx.client.is_registered:
        ctx.registration.is_negotiating = True
    before, offered = ctx.client.capabilities, _offered(ctx)
    bits = before
    kept = IMPLIED_BY_302 if ctx.registration.speaks_302 else 0
    for word in requested.split():
        bit = offered.get(word.removeprefix("-"))
        if bit is None or (word.startswith("-") and bit & kept):
            ctx.reply("CAP", _target(ctx), "NAK", requested)
            return
        bits = bits & ~bit if word.startswith("-") else bits | bit
    ctx.reply("CAP", _target(ctx), "ACK", requested)
    if ctx.client.is_registered:
        lines = token_lines(ctx, ctx.client.nick) if bits & ~before & RESUME else []
        ctx.carry(Negotiated(bits), Local(tuple(lines)))
    else:
        _take(ctx.client, bits)


def negotiate(ctx: Context, step: Negotiated, local: Local | None) -> None:
    """Give a registered client these capabilities, and tell it what comes with them."""
    client, lines = ctx.client, local.lines if local is not None else ()
    added, removed = step.capabilities & ~client.capabilities, client.capabilities & ~step.capabilities
    if removed & RESUME:  # the token it has is worthless from now on...
        ctx.services.resumption.end(client)
    if added & RESUME:  # ...and good
        ctx.services.resumption.arrive(client)
    _take(client, step.capabilities)
    told = (Replied(client.id, lines, is_answer=False),) if lines else ()
    ctx.publish(CapabilitiesChanged(client.id, step.capabilities), *told, *trackers_wanted(client, added))


def _take(client: Client, capabilities: int) -> None:
    client.capabilities = capabilities
    if capabilities & METADATA_AWARE != METADATA_AWARE:
        client.subscriptions = ()


def _end(ctx: Context, params: tuple[str, ...]) -> None:
    if not ctx.client.is_registered:
        abort(ctx)
        ctx.registration.is_negotiating = False
        complete_registration(ctx)


def _offered(ctx: Context) -> Mapping[str, int]:
    """Return the capabilities that this tracker offers."""
    return {name: bit for name, bit in NEGOTIABLE.items() if bit not in _CONDITIONS or _CONDITIONS[bit](ctx)}


def _is_in(ctx: Context) -> bool:
    return ctx.client.is_registered or ctx.registration.is_proven


def _target(ctx: Context) -> str:
    return ctx.client.nick or "*"


_CONDITIONS: Mapping[int, Callable[[Context], bool]] = {
    ACCOUNT_REGISTRATION: lambda ctx: ctx.config.registration != "closed",
    SEARCH: lambda ctx: ctx.services.archive.is_on,  # only an archive can be searched
    TRACKERS: lambda ctx: ctx.services.has_others,
}
"""Whether the tracker offers a capability. It always offers those that are not listed."""

_VALUES: Mapping[str, Callable[[Context], str]] = {
    "draft/account-registration": lambda ctx: ctx.config.registration.removeprefix("open"),
    "draft/metadata-3": capability_value,
    "draft/multiline": lambda ctx: f"max-bytes={MAX_BYTES},max-lines={MAX_LINES}",
    "sasl": lambda ctx: ",".join(mechanisms(ctx)),
    PASSWORD: lambda ctx: "required" if ctx.services.keys.needs_password and not _is_in(ctx) else "",
    "sts": lambda ctx: ctx.sts,
}
"""The value of each capability in CAP LS 302; '' for none."""

_SUBCOMMANDS = {"LS": _list_available, "LIST": _list_enabled, "REQ": _request, "END": _end}
