"""An ssh connection as the tracker sees it: first the questions of a login, then lines of IRC both ways.

It connects the loop's thread, which runs the protocol; the client's own thread and delivery, which see a `Connection`;
the thread that runs the terminal client (`sitting`); and the one that hands lines to it (`postman`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from asyncssh import DISC_BY_APPLICATION
from asyncssh.connection import SSHServerConnectionOptions

from chatcore.errors import Leave
from chatcore.protocol.goodbye import Ending, goodbye_reason
from chatcore.ssh.channel import Channel, Size
from chatcore.ssh.inbox import Inbox
from chatcore.ssh.login import Login
from chatcore.ssh.outlet import Outlet
from chatcore.ssh.places import Places
from chatcore.ssh.postman import Postman
from chatcore.ssh.protocol import GuardedProtocol
from chatcore.ssh.sitting import Sitting
from chatcore.ssh.spoken import Spoken
from chatcore.ssh.typed import Typed
from chatcore.ssh.wire import Wire
from chatcore.state.admissions import FULL
from chatcore.state.latch import Latch
from chatcore.transport.formats import LINES
from chatcore.transport.ssh import Question, SshConnection
from chatcore.transport.tcp import TcpConnection

TOO_MANY = "Too many people are here by ssh: use a browser or the terminal client"


class Person(SshConnection):
    """See SshConnection for which thread may call what. Methods named `note_` are for the loop's thread."""

    def __init__(
        self,
        socket: TcpConnection,
        loop: asyncio.AbstractEventLoop,
        options: SSHServerConnectionOptions,
        postman: Postman,
        places: Places,
    ) -> None:
        super().__init__(socket, LINES)
        self._socket = socket
        self._loop = loop
        self._postman = postman
        self._places = places
        self._outlet = Outlet(lambda: self._call(self.note_room), self._go_on)
        self._login = Login(self)
        self._protocol = GuardedProtocol(loop, options, self._login)
        self._wire = Wire(loop, socket, self.note_room)
        self._channel: Channel | None = None
        self._sitting: Sitting | None = None
        self._typed = Typed(self._hold_input)
        self._status: int | None = None  # the terminal client's, once it has ended
        self._has_exited = False
        self._output_ended = Latch()
        self._spoken: Spoken[tuple[Question, asyncio.Future[bool]]] = Spoken()
        self._answered: asyncio.Future[bool] | None = None  # awaits the next answer of the client's own thread
        self._inbox = Inbox(socket.max_sendq, socket.budget)

    # The client's own thread

    def next_question(self) -> Question | None:
        """See SshConnection."""
        self._socket.turn.give()
        asked = self._spoken.take_question()
        self._socket.turn.take()
        question, self._answered = asked or (None, None)
        return question

    def answer(self, *, is_yes: bool) -> None:
        """See SshConnection."""
        answered, self._answered = self._answered, None
        if answered is not None:
            self._call(lambda: None if answered.done() else answered.set_result(is_yes))

    def remark(self, words: str) -> None:
        """See SshConnection."""
        self._call(lambda: self._protocol.send_auth_banner(f"{words}.\r\n"))

    def begin(self, nick: str) -> None:
        """See SshConnection."""
        assert self._channel is not None
        if not self._places.take():
            raise Leave(TOO_MANY)
        self._sitting = Sitting(nick, self._channel.pty, self._outlet, self)
        try:
            self._sitting.start()
        except (RuntimeError, MemoryError) as error:
            self._sitting = None
            self._places.give()
            raise Leave(FULL) from error
        self._wire.is_logged_in = True
        self._call(lambda: self.note_typed(b""))

    def recv(self) -> bytes:
        """See Connection: lines of IRC. After the end, wait until the peer has ended the connection too."""
        self._socket.turn.give()
        data = self._spoken.take_lines(lambda: self._wire.has_ended)
        self._socket.turn.take()
        return data

    def send_all(self, data: bytes) -> None:
        """See Connection. Before the chat begins, only a goodbye can be sent."""
        if self._sitting is not None:
            self.offer(data)
        elif words := goodbye_reason(data.rstrip(b"\r\n")):
            self._call(lambda: self._protocol.disconnect(DISC_BY_APPLICATION, words))

    def wait_output_ended(self, seconds: float) -> None:
        """See Connection."""
        self._output_ended.wait(seconds)

    # Delivery, once the client is registered

    def offer(self, data: bytes) -> bool:
        """See Connection. Raises SendQueueExceeded."""
        self._list_if(self._inbox.add(data))
        return True

    def flush(self) -> bool:
        """See Connection."""
        return True

    def end_output(self, ending: Ending = Ending.VISIT) -> None:
        """See Connection. The person is shown everything pending first."""
        if self._sitting is None:
            self._call(self._end_socket)
        else:
            self._list_if(self._inbox.end())

    def close(self) -> None:
        """See Connection. The loop stops using the descriptor before it is closed."""
        self._inbox.clear()
        self._call(self._close_socket)

    # Anyone

    def is_stalled_since(self, moment: float) -> bool:
        """See Connection."""
        stuck_since = self._inbox.stuck_since
        return stuck_since is not None and stuck_since < moment

    def keep_open(self, now: float, quiet_s: float) -> None:
        """See Connection. The protocol sends keepalives by itself."""

    def end_input(self) -> None:
        """See Connection."""
        self._spoken.end()

    def shutdown(self) -> None:
        """See Connection."""
        self._socket.shutdown()
        self._call(self._wire.abandon)  # drops what has arrived but was not read
        self._output_ended.set()
        self.end_input()

    fail = shutdown

    # The thread of `postman`

    def take_arrived(self) -> None:
        """See Recipient."""
        sitting = self._sitting
        can_be_shown = sitting is not None and sitting.is_listening and self._outlet.is_ready()
        lines, is_end = self._inbox.take(can_be_shown=can_be_shown)
        if sitting is not None:
            sitting.take(lines, is_end=is_end)

    # The loop's thread

    def note_began(self, data: bytes) -> None:
        """Begin the protocol with the first bytes received."""
        self._wire.begin(self._protocol, data, self._note_gone)

    def ask(self, question: Question, answered: asyncio.Future[bool]) -> None:
        """See Asker."""
        if not self._spoken.ask((question, answered)):
            answered.set_result(False)

    def note_channel(self, channel: Channel) -> None:
        """See Seat."""
        self._channel = channel

    def note_typed(self, data: bytes) -> None:
        """See Seat."""
        self._typed.add(data, self._sitting)

    def note_typed_all(self) -> None:
        """See Seat."""
        self._typed.end(self._sitting)

    def note_closed(self) -> None:
        """See Seat."""
        if self._sitting is None:
            self.end_input()
        self.note_typed_all()
        if self._status is not None:
            self._end_socket()

    def note_size(self, size: Size) -> None:
        """See Seat."""
        if self._sitting is not None:
            self._sitting.resize(size)

    def note_room(self) -> None:
        """See Asker."""
        self._outlet.pump(self)
        if self._status is not None and self._outlet.is_empty and not self._has_exited and self._channel is not None:
            self._has_exited = True
            self._channel.exit(self._status)

    def note_lost(self) -> None:
        """See Asker. What was received and not yet taken is dropped."""
        self._outlet.end()
        self._spoken.end(forgets=True)
        if self._sitting is not None:
            self._sitting.end_keys()

    @property
    def takes_more(self) -> bool:
        """See Sink."""
        channel = self._channel
        is_held = channel is None or channel.is_paused or self._protocol.is_exchanging_keys or self._wire.is_full
        return not is_held

    def write(self, data: bytes, *, is_error: bool = False) -> None:
        """See Sink."""
        if self._channel is not None:
            self._channel.write(data, is_error=is_error)

    def _hold_input(self, is_held: bool) -> None:
        if self._channel is not None:
            self._channel.hold(is_held=is_held)

    def _note_gone(self) -> None:
        self._socket.shutdown()
        self._output_ended.set()
        self.note_lost()  # also wakes the thread that waits in `recv`

    def _end_socket(self) -> None:
        self._socket.end_output()
        self._output_ended.set()

    def _close_socket(self) -> None:
        self._wire.abandon()
        self._socket.close()

    # The terminal client's thread

    def say(self, data: bytes) -> None:
        """See Line."""
        self._spoken.say(data)

    def listen(self) -> None:
        """See Line."""
        self._list_if(self._inbox.list_again())

    def hang_up(self) -> None:
        """See Line."""
        self._list_if(self._inbox.end())

    def note_read(self, size: int) -> None:
        """See Line."""
        self._call(lambda: self._typed.count(-size))

    def finish(self, status: int) -> None:
        """See Line. The channel exits once all output is sent."""
        self._places.give()
        self._status = status
        self.end_input()
        self._call(self.note_room)

    def _list_if(self, is_to_be_listed: bool) -> None:
        if is_to_be_listed:
            self._postman.add(self)

    def _go_on(self) -> None:
        """Go on with drawing and delivery that had to wait. The loop's thread."""
        if self._sitting is not None:
            self._sitting.draw_on()
        self._list_if(self._inbox.list_again())

    def _call(self, function: Callable[[], object]) -> None:
        """Call a function in the loop's thread. Nothing happens if the loop has ended."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(function)
