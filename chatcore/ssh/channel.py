"""The one channel of a connection: a person's input and output. Only for the loop's thread.

All other channel requests are refused: commands, subsystems (sftp), X11, agent forwarding, environment variables.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, NamedTuple, Protocol

from asyncssh import DISC_PROTOCOL_ERROR, DisconnectError, SSHServerSession
from asyncssh.channel import SSHServerChannel
from asyncssh.connection import SSHServerConnection
from asyncssh.constants import EXTENDED_DATA_STDERR
from asyncssh.packet import SSHPacket

WINDOW_BYTES = 1 << 15
LEAST_PACKET_BYTES = 512
_PACKET_BYTES = 1 << 14
_MOST_TERM_CHARS = 64
_MOST_COLUMNS, _MOST_ROWS = 1000, 500


class Size(NamedTuple):
    """The size of a terminal, in characters."""

    columns: int = 80
    rows: int = 24


class Pty(NamedTuple):
    """The person's terminal."""

    term: str
    size: Size


class Seat(Protocol):
    """Receives what happens on the channel. Called in the loop's thread; no method waits."""

    def note_typed(self, data: bytes) -> None:
        """Take input."""

    def note_typed_all(self) -> None:
        """Note that nothing more will be typed."""

    def note_closed(self) -> None:
        """Note that the channel is closed on both sides."""

    def note_size(self, size: Size) -> None:
        """Note the terminal's new size."""

    def note_channel(self, channel: Channel) -> None:
        """Note that the channel is open."""

    def note_room(self) -> None:
        """Note that more may be written."""


class NarrowChannel(SSHServerChannel[bytes]):
    """asyncssh's channel, which refuses more requests."""

    @classmethod
    def on(cls, connection: SSHServerConnection) -> NarrowChannel:
        """Return a new channel of a connection."""
        return cls(
            connection,
            connection._loop,
            allow_pty=True,
            line_editor=False,
            line_echo=False,
            line_history=0,
            max_line_length=0,
            encoding=None,
            errors="strict",
            window=WINDOW_BYTES,
            max_pktsize=_PACKET_BYTES,
        )

    def process_open(self, send_chan: int, send_window: int, send_pktsize: int, session: Any) -> None:
        """See asyncssh. Sending to one person in tiny packets would keep everybody's loop busy."""
        if send_pktsize < LEAST_PACKET_BYTES:
            raise DisconnectError(DISC_PROTOCOL_ERROR, "Packets are too small")
        super().process_open(send_chan, send_window, send_pktsize, session)

    def _process_env_request(self, packet: SSHPacket) -> bool:
        return False

    def _process_x11_req_request(self, packet: SSHPacket) -> bool:
        return False

    def _process_auth_agent_req_at_openssh_dot_com_request(self, packet: SSHPacket) -> bool:  # type: ignore[override]
        return False


class Channel(SSHServerSession[bytes]):
    """The person's session on the channel."""

    def __init__(self, seat: Seat, begin: Callable[[], Coroutine[None, None, None]]) -> None:
        """`begin` is called once, when the person starts a shell."""
        self.pty: Pty | None = None
        self.is_open = False
        self.is_paused = False
        self._seat = seat
        self._begin = begin
        self._channel: SSHServerChannel[bytes] | None = None

    def connection_made(self, chan: SSHServerChannel[bytes]) -> None:
        """See asyncssh."""
        self._channel = chan

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncssh."""
        self.is_open = False
        self._seat.note_closed()

    def pty_requested(
        self, term_type: str, term_size: tuple[int, int, int, int], term_modes: Mapping[int, int]
    ) -> bool:
        """Note the person's terminal; refuse one with an odd name."""
        if len(term_type) > _MOST_TERM_CHARS or not term_type.isprintable():
            return False
        self.pty = Pty(term_type, _size(*term_size[:2]))
        return True

    def shell_requested(self) -> bool:
        """See asyncssh. The chat takes the place of a shell."""
        return True

    def session_started(self) -> None:
        """See asyncssh."""
        assert self._channel is not None
        self.is_open = True
        self._seat.note_channel(self)
        connection = self._channel.get_connection()
        connection.create_task(self._begin())

    def data_received(self, data: bytes, datatype: int | None) -> None:
        """See asyncssh."""
        self._seat.note_typed(data)

    def eof_received(self) -> bool:
        """See asyncssh. Return True: after the end of the input there is still output."""
        self._seat.note_typed_all()
        return True

    def terminal_size_changed(self, width: int, height: int, pixwidth: int, pixheight: int) -> None:
        """See asyncssh."""
        size = _size(width, height)
        if self.pty is not None:
            self.pty = self.pty._replace(size=size)
        self._seat.note_size(size)

    def pause_writing(self) -> None:
        """See asyncssh."""
        self.is_paused = True

    def resume_writing(self) -> None:
        """See asyncssh."""
        self.is_paused = False
        self._seat.note_room()

    def write(self, data: bytes, *, is_error: bool = False) -> None:
        """Send output."""
        if self._channel is not None and self.is_open:
            self._channel.write(data, EXTENDED_DATA_STDERR if is_error else None)

    def hold(self, *, is_held: bool) -> None:
        """Pause or resume reading input."""
        if self._channel is not None and self.is_open:
            (self._channel.pause_reading if is_held else self._channel.resume_reading)()

    def exit(self, status: int) -> None:
        """Close the channel with an exit status once all output is sent."""
        if self._channel is not None and self.is_open:
            self._channel.exit(status)


def _size(columns: int, rows: int) -> Size:
    """Return a size that can be drawn in: the usual one if it is 0, and bounded."""
    usual = Size()
    return Size(min(columns or usual.columns, _MOST_COLUMNS), min(rows or usual.rows, _MOST_ROWS))
