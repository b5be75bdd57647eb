"""Commands about rooms: list them, and end one that nobody has come back to."""

from __future__ import annotations

from time import localtime, strftime
from typing import TYPE_CHECKING

from chatcore.protocol.names import is_channel
from chatcore.protocol.timestamp import format_time
from chatcore.server.console.result import NotDone, Result
from chatcore.state.channel import Channel
from chatcore.state.dormant import DormantRoom

if TYPE_CHECKING:
    from chatcore.server.tracker import Tracker


def handle_rooms(tracker: Tracker, argument: str) -> Result:
    """Show the rooms."""
    channels = sorted(tracker.registry.channels(), key=lambda channel: channel.key_name)
    waiting = sorted(tracker.registry.dormant_rooms(), key=lambda room: room.name)
    found = [_look_at(channel) for channel in channels]
    lines = [f"{name}  {count}  {topic}".rstrip() for name, count, topic in found]
    return Result(
        [*lines, *map(_waiting_line, waiting)] or ["There are no rooms."],
        {
            "rooms": [{"name": name, "members": count, "topic": topic} for name, count, topic in found],
            "waiting": [
                {"name": room.name, "since": format_time(room.since), "topic": room.topic.text if room.topic else ""}
                for room in waiting
            ],
        },
    )


def handle_forget(tracker: Tracker, argument: str) -> Result:
    """End a room from before the start that nobody has come back to."""
    name = argument if is_channel(argument) else f"#{argument}"
    room = tracker.room_watch.forget(name)
    if room is None:
        raise NotDone(f"No room called {name} is waiting for people to come back.")
    return Result([f"{room.name} is forgotten: the next person to join creates it anew."], {"room": room.name})


def offer_waiting(tracker: Tracker, words: list[str]) -> list[str]:
    """Return the rooms that can be forgotten."""
    return [] if words else [room.name for room in tracker.registry.dormant_rooms()]


def _look_at(channel: Channel) -> tuple[str, int, str]:
    with channel.lock:
        return channel.name, len(channel.members), channel.topic.text if channel.topic else ""


def _waiting_line(room: DormantRoom) -> str:
    since, topic = strftime("%Y-%m-%d %H:%M", localtime(room.since)), room.topic.text if room.topic else ""
    return f"{room.name}  nobody since the start at {since}  {topic}".rstrip()
