"""The one channel of a connection: what a person types and is shown. Only for the loop's thread.

Everything else that a channel could be asked for is refused: commands, subsystems (sftp), X11, an agent, environment.
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
    """Of a terminal."""

    columns: int = 80
    rows: int = 24


class Pty(NamedTuple):
    """The terminal at which a person sits."""

    term: str
    size: Size


class Seat(Protocol):
    """Who is told of what comes by the channel. In the loop's thread; nothing waits."""

    def note_typed(self, data: bytes) -> None:
        """Take what was typed."""

    def note_typed_all(self) -> None:
        """Take note that nothing more is typed."""

    def note_closed(self) -> None:
        """Take note that the channel is closed, from both sides."""

    def note_size(self, size: Size) -> None:
        """Take another size of the terminal."""

    def note_channel(self, channel: Channel) -> None:
        """Take note of the channel, which is open."""

    def note_room(self) -> None:
        """Take note that more may be written."""


class NarrowChannel(SSHServerChannel[bytes]):
    """asyncssh's channel, with less than it would give."""

    @classmethod
    def on(cls, connection: SSHServerConnection) -> NarrowChannel:
        """Return a channel of a connection."""
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
        """See asyncssh. In tiny packets, what one person is shown would keep the loop busy for all."""
        if send_pktsize < LEAST_PACKET_BYTES:
            raise DisconnectError(DISC_PROTOCOL_ERROR, "Too small packets")
        super().process_open(send_chan, send_window, send_pktsize, session)

    def _process_env_request(self, packet: SSHPacket) -> bool:
        return False

    def _process_x11_req_request(self, packet: SSHPacket) -> bool:
        return False

    def _process_auth_agent_req_at_openssh_dot_com_request(self, packet: SSHPacket) -> bool:  # type: ignore[override]
        return False


class Channel(SSHServerSession[bytes]):
    """What is done with it."""

    def __init__(self, seat: Seat, begin: Callable[[], Coroutine[None, None, None]]) -> None:
        """`begin` is called once, when somebody wants to chat."""
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
        """Note at what terminal somebody sits."""
        if len(term_type) > _MOST_TERM_CHARS or not term_type.isprintable():
            return False
        self.pty = Pty(term_type, _size(*term_size[:2]))
        return True

    def shell_requested(self) -> bool:
        """See asyncssh: the one thing that there is."""
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
        """See asyncssh: whoever has typed all still reads."""
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
        """Send what is to be shown."""
        if self._channel is not None and self.is_open:
            self._channel.write(data, EXTENDED_DATA_STDERR if is_error else None)

    def hold(self, *, is_held: bool) -> None:
        """Take nothing of what is typed for a while, or go on."""
        if self._channel is not None and self.is_open:
            (self._channel.pause_reading if is_held else self._channel.resume_reading)()

    def exit(self, status: int) -> None:
        """End, once all is sent."""
        if self._channel is not None and self.is_open:
            self._channel.exit(status)


def _size(columns: int, rows: int) -> Size:
    """Return a size that can be drawn in; a terminal without one has the usual."""
    usual = Size()
    return Size(min(columns or usual.columns, _MOST_COLUMNS), min(rows or usual.rows, _MOST_ROWS))
