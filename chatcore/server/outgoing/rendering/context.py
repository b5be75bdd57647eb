"""The context of rendering functions: the view, the output, and the event's place in the stream."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from chatcore.config import Config
from chatcore.protocol.goodbye import Ending
from chatcore.protocol.message import serialize_params
from chatcore.protocol.multiline import BREAK
from chatcore.protocol.tracker_list import TrackerAddress
from chatcore.server.outgoing.fanout import Fanout
from chatcore.server.outgoing.host import Host
from chatcore.server.outgoing.lines import Line, Serial, Tags, WholeMessage, reply_text, seconds
from chatcore.server.outgoing.markers import Markers
from chatcore.server.outgoing.membership import Reader, Room
from chatcore.server.outgoing.view import View
from chatcore.server.outgoing.waiting import Waiting
from chatcore.state.erasure import Erasure
from chatcore.state.history import LAST_INDEX, line_id
from chatcore.state.requests import Reply


class RenderContext:
    """What rendering functions need. Delivery's thread only.

    `time` and `serial` are those of the event being applied; `peak` is the latest time so far (Unix, s), which does not
    decrease when the clock is set back.
    """

    def __init__(
        self,
        config: Config,
        view: View,
        fanout: Fanout,
        host: Host,
        on_output: Callable[[Reader], None],
        sequence: str = "",
        erase: Callable[[int, Erasure, int], None] = lambda number, erasure, up_to: None,
        waiting: Waiting | None = None,
        markers: Markers | None = None,
    ) -> None:
        """`on_output` is called for readers whose connection itself has output to send; `sequence` is the stream's.

        `erase` makes everything that remembers messages up to an id forget those erased (see HistoryErased).
        """
        self.config = config
        self.view = view
        self.fanout = fanout
        self.waiting = waiting or Waiting(config)
        self.markers = markers or Markers(config)
        self.host = host
        self.on_output = on_output
        self.server = config.server_name
        self.time = 0.0
        self.peak = 0.0
        self.sequence = sequence
        self.erase = erase
        self.serial: Serial = (0, 0, sequence, 0.0)
        self.closed: list[Reader] = []  # their descriptors are closed once this batch is sent
        self.ending = Ending.VISIT
        self.messages = 0
        """Number of messages applied, all of which are in the log. Any thread may read it."""
        self.after_answer: list[Line] = []  # for a captured reader, after its labeled answer
        self.other_trackers: tuple[TrackerAddress, ...] = ()
        self._batches = 0

    @property
    def has_stopped(self) -> bool:
        """Return whether the last entry has been applied."""
        return self.ending is not Ending.VISIT

    def line(self, source: Reader | None, command: str, *params: str, tags: Tags = ()) -> Line:
        """Return a message from a reader, with its current source, or from the tracker (None)."""
        text = " ".join((command, *serialize_params(params)))
        if source is None:
            return Line(f":{self.server} {text}", self.time, self.serial, tags)
        return self.line_of(source, text, tags)

    def line_of(self, source: Reader, text: str, tags: Tags = ()) -> Line:
        """Return a message from a reader, given its text of command and parameters."""
        if source.tags:
            tags = source.tags + tags
        kind = WholeMessage if BREAK in text else Line
        return kind(f":{source.source} {text}", self.time, self.serial, tags, source.account)

    @property
    def line_id(self) -> int:
        """Return the id of the line that would be written now."""
        return line_id(self.serial[0], self.serial[1])

    @property
    def last_line_id(self) -> int:
        """Return an id that is later than any line of this entry, and earlier than any of the next."""
        return line_id(self.serial[0], LAST_INDEX)

    def pass_peak(self) -> None:
        """Make the next line later than all before it, whatever the clock shows."""
        self.peak = seconds(int(self.peak * 1000) + 1)  # queries are in milliseconds

    def next_message(self) -> None:
        """Move on to another message of the same event."""
        position, index, sequence, peak = self.serial
        self.serial = position, index + 1, sequence, peak

    def server_line(self, text: str) -> Line:
        """Return a line of the tracker's own."""
        return Line(text, self.time)

    def reply(self, reader: Reader, *reply: str, batch: str = "") -> None:
        """Give a reply to one reader."""
        if not reader.is_remote:
            self.fanout.to_one(reader, self.reply_line(reader, reply), batch)

    def reply_line(self, reader: Reader, reply: Reply) -> Line:
        """Return a reply as a line."""
        return Line(reply_text(self.server, reader.nick, reply), self.time)

    def tell(self, readers: Iterable[Reader], line: Line, capability: int = 0) -> None:
        """Give a line to all readers, or to those who have a capability."""
        self.fanout.to_each(
            [reader for reader in readers if reader.capabilities & capability] if capability else readers, line
        )

    def tell_room(self, room: Room, line: Line, doer: Reader | None) -> None:
        """Give a line about a room to its members, and to its cause, an IRC operator who may be outside."""
        self.tell(room.members, line)
        if doer is not None and doer not in room.members:
            self.fanout.to_one(doer, line)

    def tell_variants(self, readers: Iterable[Reader], plain: Line, extended: Line, capability: int) -> None:
        """Give the extended line to readers with the capability, and the plain one to the others."""
        for reader in readers:
            self.fanout.to_one(reader, extended if reader.capabilities & capability else plain)

    def give_after_answer(self, reader: Reader) -> None:
        """Give the lines that were kept until after the labeled answer."""
        lines, self.after_answer = self.after_answer, []
        for line in lines:
            self.fanout.to_one(reader, line)

    def new_batch(self) -> str:
        """Return a name for a batch."""
        self._batches += 1
        return f"b{self._batches}"


Appliers = dict[type[Any], Callable[[RenderContext, Any], None]]
