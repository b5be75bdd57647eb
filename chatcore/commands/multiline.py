"""Messages of several lines: BATCH, and the lines between its beginning and its end.

https://ircv3.net/specs/extensions/multiline and https://ircv3.net/specs/extensions/client-batch. A client has one such
message at a time. A mistake drops it; its later lines, until its end or the beginning of another, are ignored.
"""

from __future__ import annotations

import re

from chatcore.commands.context import Context, Local
from chatcore.commands.messaging import client_only_tags, say
from chatcore.commands.refusals import LOG_REFUSAL
from chatcore.errors import CommandError
from chatcore.protocol import numerics as num
from chatcore.protocol.capabilities import MULTILINE
from chatcore.protocol.ctcp import DELIMITER
from chatcore.protocol.message import Message
from chatcore.protocol.multiline import BATCH_TYPE, CONCAT_TAG, WHOLE_MESSAGES, Part, join
from chatcore.protocol.names import casefold
from chatcore.state.compositions import Composition, Tags
from chatcore.state.steps import Speaking

MAX_SILENCE_S = 60.0
"""A message is dropped when no line of it has arrived for this long."""

_INVALID = "MULTILINE_INVALID"
_MAX_REFERENCE_CHARS = 64
_REFERENCE = re.compile(f"[A-Za-z0-9-]{{1,{_MAX_REFERENCE_CHARS}}}").fullmatch
_COMMANDS = ("PRIVMSG", "NOTICE")
_TAGS_OF_A_LINE = frozenset({"batch", CONCAT_TAG})


def handle_batch(ctx: Context, message: Message) -> None:
    """BATCH: begin a multiline message, or end it and send it."""
    sign, reference = message.params[0][:1], _kept_of(message.params[0][1:])
    if sign == "+":
        _begin(ctx, reference, message)
    elif sign == "-":
        _end(ctx, reference)
    else:
        raise CommandError(
            "FAIL", "BATCH", "INVALID_REFTAG", message.params[0] or "*", "A batch's name begins with + or -"
        )


def handle_part(ctx: Context, message: Message) -> None:
    """Take a line tagged as part of a batch, whatever its command."""
    composition, reference = ctx.composition, _kept_of(message.tags["batch"])
    if composition is None or composition.reference != reference:
        _give_up(ctx)
        ctx.composition = composition = Composition(reference, label=ctx.response.label)
        _drop(ctx, composition, _INVALID, "There is no batch of that name")
        return
    ctx.response.label = None  # only the whole message is answered
    if composition.is_dropped:
        return
    part = _part(ctx, composition, message)
    if part is None:
        return
    now = ctx.services.monotonic()
    excess = composition.excess(part)
    if now - composition.heard_at > MAX_SILENCE_S:
        _drop_late(ctx, composition)
    elif excess is not None:
        code, limit = excess
        _drop(ctx, composition, code, str(limit), "That message is too long, so it was not sent")
    elif ctx.registry.compositions.add(composition, part):
        composition.note(part)
        composition.heard_at = now
    else:
        _drop_late(ctx, composition)


def takes_parts(ctx: Context) -> bool:
    """Return whether a `batch` tag means anything on a line of this client."""
    client = ctx.client
    return ctx.composition is not None or (client.is_registered and bool(client.capabilities & MULTILINE))


def spoil(ctx: Context) -> None:
    """Drop a half-sent message, because an unreadable line may have been part of it."""
    composition = ctx.composition
    if composition is not None and not composition.is_dropped:
        _drop(ctx, composition, _INVALID, "A line could not be read, so the message was not sent")


def _begin(ctx: Context, reference: str, message: Message) -> None:
    was_open = _give_up(ctx)
    kind, target = (*message.params[1:3], "", "")[:2]
    composition = Composition(reference, target, ctx.response.label)
    ctx.composition = composition
    ctx.response.label = None
    if not _REFERENCE(reference):
        _drop(ctx, composition, "INVALID_REFTAG", reference or "*", "A batch's name has up to 64 letters, digits and -")
    elif kind != BATCH_TYPE or ctx.client.capabilities & WHOLE_MESSAGES != WHOLE_MESSAGES:
        _drop(ctx, composition, "UNKNOWN_TYPE", reference, kind or "*", f"Request {BATCH_TYPE} and batch first")
    elif was_open:
        _drop(ctx, composition, _INVALID, "Another batch was open: neither was sent")
    elif not target:
        _drop(ctx, composition, _INVALID, "No recipient given")
    else:
        composition.heard_at = ctx.services.monotonic()
        ctx.registry.compositions.begin(composition, client_only_tags(message.tags))


def _part(ctx: Context, composition: Composition, message: Message) -> Part | None:
    """Return what a line adds to a message; drop the message and return None if the line does not fit."""
    is_joined, command = CONCAT_TAG in message.tags, message.command
    if not _TAGS_OF_A_LINE.issuperset(message.tags):
        _drop(ctx, composition, _INVALID, "Other tags belong on the line that begins the batch")
    elif command not in _COMMANDS or composition.command not in ("", command) or len(message.params) < 2:
        _drop(ctx, composition, _INVALID, "A batch can have only PRIVMSG lines, or only NOTICE lines")
    elif casefold(message.params[0]) != casefold(composition.target):
        given = message.params[0] or "*"
        _drop(ctx, composition, "MULTILINE_INVALID_TARGET", composition.target, given, "The batch has another target")
    elif is_joined and not message.params[1]:
        _drop(ctx, composition, _INVALID, "A blank line cannot be joined to the one before it")
    else:
        composition.command = command
        return Part(message.params[1], is_joined)
    return None


def _end(ctx: Context, reference: str) -> None:
    composition = ctx.composition
    if composition is None or composition.reference != reference:
        if composition is not None:
            ctx.registry.compositions.end(composition)
            composition.is_dropped = True
        raise CommandError("FAIL", "BATCH", _INVALID, "There is no batch of that name")
    ctx.composition = None
    if composition.is_dropped:
        return
    tags, parts = ctx.registry.compositions.end(composition)
    if len(parts) < composition.lines or ctx.services.monotonic() - composition.heard_at > MAX_SILENCE_S:
        _drop_late(ctx, composition)
    elif composition.is_blank:
        _drop(ctx, composition, _INVALID, "A message cannot have only blank lines")
    elif len(parts) > 1 and any(DELIMITER in part.text for part in parts):
        _drop(
            ctx, composition, _INVALID, "A CTCP message has only one line"
        )  # clients without multiline would see several
    else:
        _say_whole(ctx, composition, join(parts), tags)


def _say_whole(ctx: Context, composition: Composition, text: str, tags: Tags) -> None:
    command = composition.command
    ctx.response.label = composition.label
    if ctx.services.is_log_writable:
        ctx.carry(Speaking(command, composition.target, text, tags))
    elif command != "NOTICE":
        raise CommandError(num.ERR_UNKNOWNERROR, command, LOG_REFUSAL)


def speak(ctx: Context, step: Speaking, local: Local | None) -> None:
    """Send a multiline message. Raises CommandError."""
    try:
        say(ctx, step.command, step.target, step.text, step.tags)
    except CommandError:
        if step.command != "NOTICE":
            raise


def _give_up(ctx: Context) -> bool:
    """Silently drop a half-sent message; return whether it had lines and could still have been sent."""
    composition, ctx.composition = ctx.composition, None
    return (
        composition is not None
        and not composition.is_dropped
        and bool(ctx.registry.compositions.end(composition).parts)
    )


def _kept_of(reference: str) -> str:
    """Return a reference, cut right after the longest valid length."""
    return reference[: _MAX_REFERENCE_CHARS + 1]


def _drop_late(ctx: Context, composition: Composition) -> None:
    _drop(ctx, composition, "TIMEOUT", composition.reference, "The batch was open for too long, so it was not sent")


def _drop(ctx: Context, composition: Composition, *words: str) -> None:
    """Drop a message and reply with FAIL, even for a NOTICE, and with the label of the whole message."""
    ctx.registry.compositions.end(composition)
    composition.is_dropped, composition.lines = True, 0
    ctx.response.label = composition.label
    ctx.reply("FAIL", "BATCH", *words)
