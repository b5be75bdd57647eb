"""Numeric replies to room operators and IRC operators, and to people whom bans and mutes refuse. Pure.

Receivers of numerics, as in `replies`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

from chatcore.protocol import numerics
from chatcore.protocol.message import parse_source
from chatcore.protocol.modes import BAN, CHANNEL_MODES, SLOW, Listing, Mode, ModeChange, parse_modes
from chatcore.terminal.session.effects import Answer, Effect, Problem
from chatcore.terminal.session.mode_words import MUTE, pace, whom
from chatcore.terminal.session.session import Session

IRC_OPERATORS_MAY = (
    "you are an IRC operator now: /kick, /ban, /mute, /slow and /mode in every room; /kill, /kline and /unkline "
    "in the whole chat"
)


def receive_channel_modes(session: Session, params: tuple[str, ...]) -> Iterator[Effect]:
    _, name, letters, *values = params
    if session.asked_for != "slow":
        yield Answer(f"the modes of {name}: {' '.join([letters, *values])}")
        return
    changes = [change for change in parse_modes(letters, values) if isinstance(change, ModeChange)]
    seconds = next((change.param for change in changes if change.letter == SLOW.letter), None)
    yield Answer(f"{name} is not slow" if seconds is None else f"{name} is slow: {pace(seconds)}")


def receive_operator(_session: Session, _params: tuple[str, ...]) -> Iterator[Effect]:
    yield Answer(IRC_OPERATORS_MAY)


def receive_listed(mode: Mode, listing: Listing, session: Session, params: tuple[str, ...]) -> Iterator[Effect]:
    """Show an entry of a room's list: the mask and, if known, who set it and when (Unix time, s)."""
    _, room, mask, *known = params
    is_mute = mode is BAN and mask.startswith(MUTE)
    if session.asked_for == ("ban" if is_mute else "mute"):
        return
    session.listed += 1
    setter = f", by {parse_source(known[0]).nick}" if known else ""
    told = f"{whom(mask)} is {'muted in' if is_mute else 'banned from'} {room}"
    if mode is not BAN:
        told = f"{mask} is on the {listing.name} list of {room}"
    yield Answer(f"{told}{setter}{_day(known[1:])}")


def receive_end_of_list(mode: Mode, listing: Listing, session: Session, params: tuple[str, ...]) -> Iterator[Effect]:
    if not session.listed:
        nobody = f"nobody is {'muted in' if session.asked_for == 'mute' else 'banned from'} {params[1]}"
        yield Answer(nobody if mode is BAN else f"the {listing.name} list of {params[1]} is empty")
    session.listed = 0


def receive_kept_out(session: Session, params: tuple[str, ...]) -> Iterator[Effect]:
    session.listed += 1
    yield Answer(f"{params[2]} is kept out")


def receive_end_of_kept_out(session: Session, params: tuple[str, ...]) -> Iterator[Effect]:
    if not session.listed:
        yield Answer("nobody is kept out")
    elif ": " in params[-1]:  # a note that the list is incomplete
        yield Answer(params[-1])
    session.listed = 0


def receive_not_there(session: Session, params: tuple[str, ...]) -> Iterator[Effect]:
    _, nick, room, *_ = params
    session.otherwise = ""
    yield Problem(f"{nick} is not in {room}")


def receive_not_a_mode(session: Session, params: tuple[str, ...]) -> Iterator[Effect]:
    """Show what the parameter of a mode may be. Its letter is left out: people did not type it."""
    session.otherwise = ""
    yield Problem(f"{params[1]}: {params[-1]}")


def receive_name_kept(_session: Session, params: tuple[str, ...]) -> Iterator[Effect]:
    """Show in which room we are banned or muted and so must keep our name; the wanted name matters less."""
    *_, room, text = params
    yield Problem(f"{room}: {text}")


def _day(known: list[str]) -> str:
    with suppress(IndexError, ValueError, OverflowError, OSError):
        return f" on {datetime.fromtimestamp(int(known[0]), UTC).astimezone().date()}"
    return ""


REPLIES: Mapping[str, Callable[[Session, tuple[str, ...]], Iterator[Effect]]] = {
    numerics.RPL_CHANNELMODEIS: receive_channel_modes,
    numerics.RPL_YOUREOPER: receive_operator,
    numerics.RPL_STATSKLINE: receive_kept_out,
    numerics.RPL_ENDOFSTATS: receive_end_of_kept_out,
    numerics.ERR_USERNOTINCHANNEL: receive_not_there,
    numerics.ERR_BANONCHAN: receive_name_kept,
    numerics.ERR_INVALIDMODEPARAM: receive_not_a_mode,
    **{
        mode.listing.entry: partial(receive_listed, mode, mode.listing)
        for mode in CHANNEL_MODES.values()
        if mode.listing is not None
    },
    **{
        mode.listing.end: partial(receive_end_of_list, mode, mode.listing)
        for mode in CHANNEL_MODES.values()
        if mode.listing is not None
    },
}
