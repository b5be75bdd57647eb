"""Commands that may well have an effect, of people in a few rooms, for tests with whole trackers."""

from __future__ import annotations

from random import Random

from tests.support.sasl_client import plain

CAPS = "sasl echo-message server-time message-tags account-notify batch draft/metadata-3"
NICKS = [f"n{number}" for number in range(8)]
ROOMS = ["#a", "#B", "#c"]


def likely_lines(random: Random, here: list[str]) -> list[str]:
    """Return the lines of one or two commands that may well have an effect, by or on somebody who is here."""
    room, nick, other = random.choice(ROOMS), random.choice(here), random.choice(here)
    sign, text = random.choice("+-"), random.choice(["", "tea", "more tea"])
    return random.choice(
        [
            *[[f"JOIN {room}"]] * 10,
            *[[f"PRIVMSG {room} :{text or 'hi'}"]] * 4,
            [f"PRIVMSG {nick} :hi"],
            *[[f"PART {room} :{text}"]] * 8,
            *[[f"NICK {random.choice(NICKS)}"]] * 2,
            *[[f"TOPIC {room} :{text}"]] * 2,
            *[[f"RENAME {room} {random.choice((random.choice(ROOMS), f'{room}r', room.swapcase()))}"]] * 2,
            *[[f"MODE {room} {sign}{letter} {nick}"] for letter in "ov"],
            [f"MODE {room} +ov-v {nick} {nick} {other}"],
            *[[f"MODE {room} {sign}{letter}"] for letter in "sstin"],
            [f"MODE {room} {sign}k tea"],
            [f"MODE {room} {sign}b {nick}!*@nowhere"],
            [f"KICK {room} {nick} :{text}"],
            *[[f"INVITE {nick} {room}"]] * 2,
            [f"AWAY :{text}"],
            [f"SETNAME :Real {text}"],
            *[[f"METADATA {target} SET {random.choice(['url', 'note'])} :{text}"] for target in ("*", room)],
            [f"METADATA {random.choice(['*', room])} CLEAR"],
            [f"METADATA * {random.choice(['SUB', 'UNSUB'])} url note"],
            [f"METADATA {random.choice([nick, room, '*ALL'])} SYNC"],
            [f"MODE {other} {sign}{random.choice('iw')}", f"MODE {nick} {sign}{random.choice('iw')}"],
            [f"MONITOR {sign} {nick},{other}"],
            ["MONITOR C"],
            [f"CAP REQ :{random.choice(['', '-'])}{random.choice(CAPS.split())}"],
            [*plain("ann", "pw")],
            [f"NAMES {room}", f"WHO {room}"],
        ]
    )
