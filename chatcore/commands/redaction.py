"""REDACT: take a message back (https://ircv3.net/specs/extensions/message-redaction)."""

from __future__ import annotations

from chatcore.commands.bounds import MAX_REASON_CHARS
from chatcore.commands.context import Context, Local
from chatcore.commands.powers import check_power_locked, speech_refusal_locked
from chatcore.commands.seekers import own_identity, partner_of, seeker_of
from chatcore.errors import ArchiveUnavailable, CommandError
from chatcore.protocol.capabilities import MESSAGE_REDACTION
from chatcore.protocol.message import Message
from chatcore.protocol.names import is_channel
from chatcore.state.channel import Channel
from chatcore.state.facts import Redacted, RedactedPrivately
from chatcore.state.history import Place, RoomPlace, Seeker, Utterance, id_in
from chatcore.state.notes import Noted
from chatcore.state.steps import Redacting

_S_A_MINUTE = 60


def handle_redact(ctx: Context, message: Message) -> None:
    """REDACT <target> <msgid> [<reason>]: take back one's own message or, as an operator, any in a room."""
    target, msgid = message.params[:2]
    if not ctx.client.capabilities & MESSAGE_REDACTION:
        raise CommandError("FAIL", "REDACT", "NEED_CAPABILITY", "Request the capability draft/message-redaction first")
    reason = message.params[2][:MAX_REASON_CHARS] if len(message.params) > 2 else ""
    if is_channel(target):
        _seek_in_room(ctx, target, msgid, reason)
    else:
        _seek_privately(ctx, target, msgid, reason)


def redact(ctx: Context, step: Redacting, local: Local | None) -> None:
    """Take back the message that was found, if the client may. Raises CommandError."""
    if step.partner:
        _redact_privately(ctx, step)
    else:
        _redact_in_room(ctx, step)


def _seek_in_room(ctx: Context, target: str, msgid: str, reason: str) -> None:
    channel = ctx.registry.channel(target)
    if channel is None or not _may_act_in(ctx, channel):
        raise _not_there(target)
    seeker = seeker_of(ctx)
    rooms = {**seeker.rooms, channel.key_name: channel.instance}  # added for an IRC operator, who need not be in it
    place = RoomPlace(channel.name, channel.instance)
    found = _sought(ctx, target, msgid, seeker._replace(rooms=rooms), place)
    ctx.carry(Redacting(target, msgid, reason, found))


def _redact_in_room(ctx: Context, step: Redacting) -> None:
    target, msgid, reason, found, _ = step
    channel = ctx.registry.channel(target)
    if channel is None:
        raise _not_there(target)
    with channel.lock:  # the room may have changed while it was not locked
        if channel.is_dead or not _may_act_in_locked(ctx, channel):
            raise _not_there(target)
        notes = _check_locked(ctx, channel, target, msgid, found)
        if reason and speech_refusal_locked(ctx, channel, reason):
            reason = ""
        _claim(ctx, target, msgid, found)
        redacted = Redacted(ctx.client.id, channel.name, found.id, found.nick, found.time_ms, reason)
        ctx.publish(*notes, redacted)


def _seek_privately(ctx: Context, target: str, msgid: str, reason: str) -> None:
    seeker = seeker_of(ctx)
    try:
        other = partner_of(ctx, seeker, target)
    except ArchiveUnavailable as error:
        raise _unanswered(target, msgid, error) from None
    if not other:
        raise _not_there(target)
    found = _sought(ctx, target, msgid, seeker, frozenset((seeker.identity, other)))
    ctx.carry(Redacting(target, msgid, reason, found, other))


def _redact_privately(ctx: Context, step: Redacting) -> None:
    target, msgid, reason, found, partner = step
    if found.author != own_identity(ctx):
        raise _forbidden(target, msgid)
    _check_window(ctx, target, msgid, found)
    _claim(ctx, target, msgid, found)
    ctx.publish(RedactedPrivately(ctx.client.id, partner, target, found.id, found.time_ms, reason))


def _sought(ctx: Context, target: str, msgid: str, seeker: Seeker, place: Place) -> Utterance:
    """Find the message to take back. Hold no lock: this waits for other threads. Raises CommandError."""
    id_ = id_in(msgid, ctx.sequence)
    try:
        found = ctx.services.recall(seeker, place, id_) if id_ is not None else None
    except ArchiveUnavailable as error:
        raise _unanswered(target, msgid, error) from None
    if found is None:
        raise _unknown(target, msgid)
    return found


def _claim(ctx: Context, target: str, msgid: str, found: Utterance) -> None:
    """Claim the redaction of a message. Raises CommandError if somebody else was first."""
    if not ctx.registry.taken_back.claim(found.id):
        raise _unknown(target, msgid)


def _may_act_in(ctx: Context, channel: Channel) -> bool:
    with channel.lock:
        return _may_act_in_locked(ctx, channel)


def _may_act_in_locked(ctx: Context, channel: Channel) -> bool:
    return ctx.client in channel.members or ctx.client.is_operator


def _check_locked(ctx: Context, channel: Channel, target: str, msgid: str, found: Utterance) -> tuple[Noted, ...]:
    """Check that the client may redact a message; return the notes that the log gets first. Raises CommandError.

    A room's operators have no power over messages of other rooms that had its name: anybody can become an operator by
    entering an empty room first, or by giving their own room that name.
    """
    is_own = found.author == own_identity(ctx)
    is_of_room = found.instance == channel.instance or channel.was_called_locked(found.room, found.id, found.time_ms)
    if is_of_room or ctx.client.is_operator:
        try:
            return check_power_locked(ctx, channel)
        except CommandError:
            pass
    if not is_own:
        raise _forbidden(target, msgid)
    _check_window(ctx, target, msgid, found)
    return ()


def _check_window(ctx: Context, target: str, msgid: str, found: Utterance) -> None:
    """Check that the client's own message is recent enough. Raises CommandError."""
    window_s = ctx.config.redact_minutes * _S_A_MINUTE
    if not window_s:
        raise _forbidden(target, msgid)
    if ctx.services.now() * 1000 - found.time_ms > window_s * 1000:
        words = f"A message can be redacted for {ctx.config.redact_minutes} minutes"
        raise CommandError("FAIL", "REDACT", "REDACT_WINDOW_EXPIRED", target, msgid, str(window_s), words)


def _not_there(target: str) -> CommandError:
    return CommandError("FAIL", "REDACT", "INVALID_TARGET", target, "You cannot redact messages there")


def _unknown(target: str, msgid: str) -> CommandError:
    words = "There is no such message, or it is too old"
    return CommandError("FAIL", "REDACT", "UNKNOWN_MSGID", target, msgid, words)


def _forbidden(target: str, msgid: str) -> CommandError:
    return CommandError("FAIL", "REDACT", "REDACT_FORBIDDEN", target, msgid, "You may not redact this message")


def _unanswered(target: str, msgid: str, error: ArchiveUnavailable) -> CommandError:
    return CommandError("FAIL", "REDACT", "INTERNAL_ERROR", target, msgid, str(error))
