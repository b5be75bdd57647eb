"""Apply events to the view, in the order of the stream, and write what each reader is to see of them.

The only place where events become lines. Runs in delivery's thread; knows readers and rooms, not sockets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from chatcore.config import Config
from chatcore.protocol import numerics as num
from chatcore.protocol.capabilities import BATCH, MESSAGE_TAGS
from chatcore.protocol.framing import MAX_BODY_BYTES
from chatcore.protocol.message import parse
from chatcore.protocol.modes import format_modes, prefixes, split_modes
from chatcore.server.fanout import Fanout
from chatcore.server.lines import Line, format_time, reply_bytes
from chatcore.server.view import Reader, Room, View
from chatcore.state import events as ev
from chatcore.state.stream import Entry
from chatcore.transport.tcp import TcpConnection


class Scribe:
    """Turns events into lines. `on_connected` gives a new reader's connection; `on_quit` hears of each end."""

    def __init__(
        self,
        config: Config,
        view: View,
        fanout: Fanout,
        on_connected: Callable[[ev.Connected], TcpConnection | None],
        on_quit: Callable[[Reader, ev.Quit], None],
    ) -> None:
        self._config = config
        self._view = view
        self._fanout = fanout
        self._on_connected = on_connected
        self._on_quit = on_quit
        self._time = 0.0
        self._serial = (0, 0)
        self._batches = 0
        self.closed: list[Reader] = []  # whose descriptors can be closed once this batch is sent
        self.goodbye = False
        self._appliers: dict[type[Any], Callable[[Any], None]] = {
            ev.Connected: self._connected,
            ev.Replied: self._replied,
            ev.CapabilitiesChanged: self._capabilities_changed,
            ev.Said: self._said,
            ev.SaidPrivately: self._said_privately,
            ev.Joined: self._joined,
            ev.Parted: self._parted,
            ev.Kicked: self._kicked,
            ev.Renamed: self._renamed,
            ev.Quit: self._quit,
            ev.Closed: self._closed,
            ev.TopicChanged: self._topic_changed,
            ev.ModesChanged: self._modes_changed,
            ev.UserModesChanged: self._user_modes_changed,
            ev.Invited: self._invited,
            ev.NamesRequested: self._names_requested,
            ev.HistoryRequested: self._history_requested,
            ev.Announced: self._announced,
            ev.Stopped: self._stopped,
        }

    def apply(self, entry: Entry) -> None:
        """Apply all events of one entry."""
        self._time = entry.time
        for index, event in enumerate(entry.events):
            applier = self._appliers.get(type(event))
            if applier is not None:
                self._serial = (entry.position, index)
                applier(event)

    def encode(self, reader: Reader, reply: ev.Reply) -> bytes:
        """Return a reply as the reader gets it."""
        return reply_bytes(self._config.server_name, reader.nick, reply)

    def reply(self, reader: Reader, reply: ev.Reply) -> None:
        """Give a reply to one reader."""
        self._fanout.to_one(reader, self.encode(reader, reply))

    def _line(self, text: str) -> Line:
        return Line(text, self._time)

    def _connected(self, event: ev.Connected) -> None:
        connection = self._on_connected(event)
        if connection is not None:
            self._view.readers[event.client] = Reader(event, connection)

    def _replied(self, event: ev.Replied) -> None:
        reader = self._view.readers.get(event.client)
        if reader is not None:
            for reply in event.replies:
                self.reply(reader, reply)

    def _capabilities_changed(self, event: ev.CapabilitiesChanged) -> None:
        reader = self._view.readers[event.client]
        for room in reader.rooms:
            self._fanout.settle(room)
        reader.negotiate(event.capabilities)

    def _said(self, event: ev.Said) -> None:
        room = self._view.room(event.channel)
        if room is None:
            return
        sender = self._view.readers[event.source]
        if event.command == "TAGMSG":
            line = Line(f":{sender.source} TAGMSG {room.name}", self._time, self._serial, event.tags)
            self._fanout.to_each(self._tag_readers(room, sender), line)
            return
        text = f":{sender.source} {event.command} {room.name} :{event.text}"
        line = Line(text, self._time, self._serial, event.tags)
        self._fanout.to_room(room, line, None if sender.has_echo else sender)
        room.history.add(line)

    @staticmethod
    def _tag_readers(room: Room, sender: Reader) -> list[Reader]:
        return [
            member
            for member in room.members
            if member.capabilities & MESSAGE_TAGS and (member is not sender or sender.has_echo)
        ]

    def _said_privately(self, event: ev.SaidPrivately) -> None:
        sender = self._view.readers[event.source]
        target = self._view.readers.get(event.target)
        if target is None or target.is_closing:
            self.reply(sender, (num.ERR_NOSUCHNICK, "*", "They have just left"))
            return
        text = f":{sender.source} {event.command} {target.nick}"
        if event.command != "TAGMSG":
            text += f" :{event.text}"
        line = Line(text, self._time, self._serial, event.tags)
        readers = [target, sender] if sender.has_echo and sender is not target else [target]
        if event.command == "TAGMSG":
            readers = [reader for reader in readers if reader.capabilities & MESSAGE_TAGS]
        self._fanout.to_each(readers, line)

    def _joined(self, event: ev.Joined) -> None:
        reader = self._view.readers[event.client]
        before = self._view.room(event.channel)
        for room in (*reader.rooms, *([before] if before else ())):
            self._fanout.settle(room)
        room = self._view.enter(reader, event.channel, event.letters)
        self._fanout.to_each(room.members, self._line(f":{reader.source} JOIN {room.name}"))
        if room.topic is not None:
            text, setter, set_at = room.topic
            self.reply(reader, (num.RPL_TOPIC, room.name, text))
            self.reply(reader, (num.RPL_TOPICWHOTIME, room.name, setter, str(set_at)))
        self._names(reader, room)
        if self._config.replay:
            self._history(reader, room, self._config.replay)

    def _parted(self, event: ev.Parted) -> None:
        reader = self._view.readers[event.client]
        reason = f" :{event.reason}" if event.reason else ""
        self._leave(reader, event.channel, f":{reader.source} PART {event.channel}{reason}")

    def _kicked(self, event: ev.Kicked) -> None:
        source = self._view.readers[event.source].source
        target = self._view.readers[event.target]
        self._leave(target, event.channel, f":{source} KICK {event.channel} {target.nick} :{event.reason}")

    def _leave(self, reader: Reader, channel: str, text: str) -> None:
        """Tell all members, the leaving one too, and end the membership."""
        room = self._view.room(channel)
        if room is not None and reader in room.members:
            self._fanout.settle(room)
            self._fanout.to_each(room.members, self._line(text))
            self._view.leave(reader, room)

    def _renamed(self, event: ev.Renamed) -> None:
        reader = self._view.readers[event.client]
        line = self._line(f":{reader.source} NICK {event.nick}")
        self._fanout.to_each((reader, *self._view.neighbours(reader)), line)
        reader.rename(event.nick)

    def _quit(self, event: ev.Quit) -> None:
        reader = self._view.readers[event.client]
        self._on_quit(reader, event)
        self.reply(reader, ("ERROR", f"Closing link: {event.reason}"))
        line = self._line(f":{reader.source} QUIT :{event.reason}")
        self._fanout.to_each(self._view.neighbours(reader), line)
        for room in tuple(reader.rooms):
            self._fanout.settle(room)
            self._view.leave(reader, room)
        reader.is_closing = True

    def _closed(self, event: ev.Closed) -> None:
        reader = self._view.readers.pop(event.client, None)
        if reader is not None:
            self.closed.append(reader)

    def _topic_changed(self, event: ev.TopicChanged) -> None:
        room = self._view.room(event.channel)
        if room is not None:
            room.topic = (event.text, event.setter, event.set_at) if event.text else None
            source = self._view.readers[event.source].source
            self._fanout.to_each(room.members, self._line(f":{source} TOPIC {room.name} :{event.text}"))

    def _modes_changed(self, event: ev.ModesChanged) -> None:
        room = self._view.room(event.channel)
        if room is None:
            return
        targets = iter(event.members)
        for change in event.changes:
            if change.letter in "ov":
                member = self._view.readers[next(targets)]
                letters = room.members[member].replace(change.letter, "")
                room.members[member] = letters + change.letter if change.adding else letters
        start = f":{self._view.readers[event.source].source} MODE {room.name} "
        for changes in split_modes(event.changes, MAX_BODY_BYTES - len(start.encode())):
            self._fanout.to_each(room.members, self._line(start + " ".join(format_modes(changes))))

    def _user_modes_changed(self, event: ev.UserModesChanged) -> None:
        reader = self._view.readers[event.client]
        words = " ".join(format_modes(event.changes))
        self._fanout.to_one(reader, f":{reader.nick} MODE {reader.nick} {words}\r\n".encode())

    def _invited(self, event: ev.Invited) -> None:
        target = self._view.readers.get(event.target)
        if target is not None:
            source = self._view.readers[event.source].source
            self._fanout.to_each([target], self._line(f":{source} INVITE {target.nick} {event.channel}"))

    def _names_requested(self, event: ev.NamesRequested) -> None:
        reader = self._view.readers[event.client]
        room = self._view.room(event.channel)
        if room is None:
            self.reply(reader, (num.RPL_ENDOFNAMES, event.channel, "End of names"))
        else:
            self._names(reader, room)

    def _names(self, reader: Reader, room: Room) -> None:
        names = [prefixes(letters)[:1] + member.nick for member, letters in room.members.items()]
        room_left = MAX_BODY_BYTES - len(f":{self._config.server_name} 353 {reader.nick} = {room.name} :".encode())
        for words in _chunks(names, room_left):
            self.reply(reader, (num.RPL_NAMREPLY, "=", room.name, words))
        self.reply(reader, (num.RPL_ENDOFNAMES, room.name, "End of names"))

    def _history_requested(self, event: ev.HistoryRequested) -> None:
        reader = self._view.readers[event.client]
        room = self._view.room(event.channel)
        if room is not None and reader in room.members:
            self._history(reader, room, event.limit)

    def _history(self, reader: Reader, room: Room, limit: int) -> None:
        """Give old messages, marked as such: in a batch, or as notices for who knows no batches."""
        old = room.history.latest(limit)
        if not reader.capabilities & BATCH:
            for line in old:
                message = parse(line.body.decode().removesuffix("\r\n"))
                nick = (message.source or "").partition("!")[0]
                self.reply(reader, ("NOTICE", room.name, f"[{format_time(line.time)}] <{nick}> {message.params[-1]}"))
            return
        self._batches += 1
        batch = f"h{self._batches}"
        server = self._config.server_name
        lines = [Line(f":{server} BATCH +{batch} chathistory {room.name}", self._time).body]
        lines.extend(line.batched(reader.tag_bits, batch) for line in old)
        lines.append(Line(f":{server} BATCH -{batch}", self._time).body)
        self._fanout.to_one(reader, b"".join(lines))

    def _announced(self, event: ev.Announced) -> None:
        for reader in self._view.readers.values():
            self.reply(reader, ("NOTICE", reader.nick, event.text))

    def _stopped(self, event: ev.Stopped) -> None:
        for reader in self._view.readers.values():
            self.reply(reader, ("ERROR", event.reason))
            reader.is_closing = True
        self.goodbye = True


def _chunks(words: Iterable[str], max_bytes: int) -> list[str]:
    """Join words with spaces into texts of at most `max_bytes`."""
    chunks: list[list[str]] = []
    left = 0
    for word in words:
        size = len(word.encode()) + 1
        if size > left:
            chunks.append([])
            left = max_bytes
        chunks[-1].append(word)
        left -= size
    return [" ".join(chunk) for chunk in chunks]
