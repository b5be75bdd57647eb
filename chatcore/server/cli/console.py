"""The operator's console: commands typed where the tracker runs.

Runs in the main thread, which waits in one place for input, signals and the last client to leave.
"""

from __future__ import annotations

import os
import re
import select
from collections.abc import Callable
from dataclasses import dataclass
from time import gmtime, localtime, monotonic, strftime

from chatcore.errors import ChatError
from chatcore.protocol.escape import escape_for_screen
from chatcore.protocol.names import is_channel
from chatcore.protocol.wrap import wrap_text
from chatcore.server.cli.line_source import LineSource
from chatcore.server.tracker import Tracker
from chatcore.state.client import Client
from chatcore.state.notes import Noted, NoteKind
from chatcore.transport.wake_pipe import WakePipe

_MAX_SAID_BYTES = 400
_NO_LINE_ENDS = dict.fromkeys(map(ord, "\r\n\0"), " ")  # pasted ones would end lines of the protocol too


@dataclass(frozen=True, slots=True)
class ConsoleCommand:
    """One command of the operator."""

    handler: Callable[[Console, str], None]
    syntax: str
    help: str
    needs_argument: bool = False


class Console:
    """Reads and carries out commands until the tracker is to end. Main thread only."""

    def __init__(self, tracker: Tracker, lines: LineSource, wake_pipe: WakePipe, write: Callable[[str], None]) -> None:
        self._tracker = tracker
        self._lines = lines
        self._wake_pipe = wake_pipe
        self._write = write
        self._problem = ""
        self._is_closing = False

    def run(self, is_interrupted: Callable[[], bool], take_reload: Callable[[], bool] = lambda: False) -> None:
        """Serve the operator until `exit`, a signal, or everybody has left. `take_reload` tells of a SIGHUP."""
        self._execute_lines()  # those that came together with the password
        while not (self._is_closing or is_interrupted()):
            ends_in = self._tracker.ends_in()
            if ends_in == 0.0:
                self._write("Everybody has left.")
                return
            self._wait(ends_in)
            self.report()
            if take_reload():
                self.execute("reload")
            self._execute_lines()

    def report(self) -> None:
        """Print what has happened since the last time."""
        self._report_log()
        while self._tracker.notices:
            self._write(escape_for_screen(self._tracker.notices.popleft()))

    def execute(self, line: str) -> None:
        """Carry out one command; report a mistake in one line."""
        name, _, argument = line.translate(_NO_LINE_ENDS).strip().partition(" ")
        if not name:
            return
        command = CONSOLE_COMMANDS.get(name.lower())
        if command is None:
            self._write(f"There is no command {escape_for_screen(name)}; type help.")
        elif command.needs_argument and not argument.strip():
            self._write(f"Usage: {command.syntax}")
        else:
            try:
                command.handler(self, argument.strip())
            except ChatError as error:
                self._write(str(error))

    def active(self, argument: str) -> None:
        """Show who is connected."""
        clients = sorted(self._tracker.registry.clients(), key=lambda client: client.id)
        if not clients:
            ends_in = self._tracker.ends_in()
            soon = "" if ends_in is None else f" The chat ends in {ends_in:.0f} s, unless somebody comes back."
            self._write(f"Nobody is here.{soon}")
            return
        rows = [("NAME", "ADDRESS", "SINCE", "IDLE", "ROOMS"), *map(self._active_row, clients)]
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=False))
            self._write(f"{'  '.join(cells)}  {row[4]}".rstrip())

    def rooms(self, argument: str) -> None:
        """Show the rooms."""
        channels = sorted(self._tracker.registry.channels(), key=lambda channel: channel.key_name)
        dormant = sorted(self._tracker.registry.dormant_rooms(), key=lambda room: room.name)
        if not (channels or dormant):
            self._write("There are no rooms.")
        for channel in channels:
            with channel.lock:
                count, topic = len(channel.members), channel.topic.text if channel.topic else ""
            self._write(f"{escape_for_screen(channel.name)}  {count}  {escape_for_screen(topic)}".rstrip())
        for room in dormant:
            since, topic = strftime("%Y-%m-%d %H:%M", localtime(room.since)), room.topic.text if room.topic else ""
            text = f"nobody since the start of {since}"
            self._write(f"{escape_for_screen(room.name)}  {text}  {escape_for_screen(topic)}".rstrip())

    def forget(self, argument: str) -> None:
        """End a room from before the start to which nobody has come back."""
        name = argument if is_channel(argument) else f"#{argument}"
        room = self._tracker.room_watch.forget(name)
        if room is None:
            self._write(f"No room called {escape_for_screen(name)} waits for somebody to come back.")
        else:
            self._write(f"{escape_for_screen(room.name)} is forgotten: whoever enters it next makes it anew.")

    def kick(self, argument: str) -> None:
        """Disconnect somebody."""
        nick, _, reason = argument.partition(" ")
        client = self._tracker.registry.client_at(nick)
        visit = self._tracker.visit_of(client) if client else None
        if visit is None:
            self._write(f"Nobody here is called {escape_for_screen(nick)}.")
            return
        visit.end("Kicked by the operator" + (f": {reason.strip()}" if reason.strip() else ""), is_lost=False)
        self._write(f"{escape_for_screen(visit.client.nick)} was disconnected.")

    def ban(self, argument: str) -> None:
        """Ban a username or address, and disconnect those it covers."""
        if not self._tracker.bans.add(argument):
            self._write(f"{escape_for_screen(argument)} is banned already.")
            return
        self._tracker.publish(Noted(NoteKind.BAN, (argument,)))
        self._write(f"{escape_for_screen(argument)} is banned; {self._tracker.ban_watch.end_banned()} disconnected.")

    def unban(self, argument: str) -> None:
        """Lift a ban."""
        if self._tracker.bans.remove(argument):
            self._tracker.publish(Noted(NoteKind.UNBAN, (argument,)))
            self._write(f"{escape_for_screen(argument)} is no longer banned.")
        else:
            self._write(f"{escape_for_screen(argument)} is not banned.")

    def bans(self, argument: str) -> None:
        """Show the bans."""
        for ban in self._tracker.bans.all() or ["Nobody is banned."]:
            self._write(escape_for_screen(ban))

    def reload(self, argument: str) -> None:
        """Load the TLS certificate again, and follow the log if it was rotated."""
        remarks = self._tracker.reload()
        self._write(f"New connections get the certificate with SHA-256 {self._tracker.tls_identity.fingerprint}")
        for remark in remarks:
            self._write(remark)

    def fingerprint(self, argument: str) -> None:
        """Show what clients can pin."""
        identity = self._tracker.tls_identity
        self._write(f"Certificate, SHA-256: {identity.fingerprint}")
        self._write(f"Public key, SHA-256:  {':'.join(re.findall('..', identity.key_fingerprint))}")
        self._write(f"Valid until {strftime('%Y-%m-%d %H:%M', gmtime(identity.expires_at))} UTC.")
        for remark in self._tracker.certificate.remarks():
            self._write(remark)

    def say(self, argument: str) -> None:
        """Tell everybody something."""
        for piece in wrap_text(argument, _MAX_SAID_BYTES):
            self._tracker.announce(piece)

    def help(self, argument: str) -> None:
        """Show the commands."""
        for line in help_lines():
            self._write(line)

    def exit(self, argument: str) -> None:
        """Close the chat."""
        self._is_closing = True

    def _wait(self, seconds: float | None) -> None:
        poller = select.poll()
        poller.register(self._wake_pipe, select.POLLIN)
        if self._lines.is_open:
            poller.register(self._lines.fileno(), select.POLLIN)
        for descriptor, _ in poller.poll(None if seconds is None else seconds * 1000 + 1):
            if descriptor == self._wake_pipe.fileno():
                self._wake_pipe.drain()
            else:
                self._read()

    def _execute_lines(self) -> None:
        for line in self._lines.ready():
            self.execute(line)

    def _read(self) -> None:
        self._lines.read()
        if not self._lines.is_open and os.isatty(self._lines.fileno()):  # Ctrl+D
            self._write("No more commands are read; Ctrl+C closes the chat.")

    def _report_log(self) -> None:
        """Report once that the log cannot be written, and once that it can again."""
        problem = "" if self._tracker.log.is_writable else self._tracker.log.problem
        if problem != self._problem:
            self._problem = problem
            self._write(
                f"The log cannot be written ({problem}): nothing is accepted until it can."
                if problem
                else "The log is written again."
            )

    def _active_row(self, client: Client) -> tuple[str, str, str, str, str]:
        since = strftime("%H:%M:%S", localtime(client.connected_at))
        rooms = " ".join(channel.name for channel in self._tracker.registry.channels_of(client))
        idle = _duration(monotonic() - client.active_at)
        return escape_for_screen(client.nick), client.address, since, idle, escape_for_screen(rooms)


def help_lines() -> list[str]:
    """Return a line for each command."""
    width = max(len(command.syntax) for command in CONSOLE_COMMANDS.values())
    return [f"  {command.syntax.ljust(width)}  {command.help}" for command in CONSOLE_COMMANDS.values()]


def _duration(seconds: float) -> str:
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}"


CONSOLE_COMMANDS: dict[str, ConsoleCommand] = {
    "active": ConsoleCommand(Console.active, "active", "Who is here: name, address, since when, idle, rooms"),
    "rooms": ConsoleCommand(Console.rooms, "rooms", "The rooms, how many are in each, topics; and which wait"),
    "forget": ConsoleCommand(
        Console.forget, "forget ROOM", "End a room that waits for its people", needs_argument=True
    ),
    "kick": ConsoleCommand(Console.kick, "kick NAME [REASON]", "Disconnect somebody", needs_argument=True),
    "ban": ConsoleCommand(Console.ban, "ban NAME|ADDRESS", "Keep somebody out from now on", needs_argument=True),
    "unban": ConsoleCommand(Console.unban, "unban NAME|ADDRESS", "Lift a ban", needs_argument=True),
    "bans": ConsoleCommand(Console.bans, "bans", "Who is banned"),
    "reload": ConsoleCommand(Console.reload, "reload", "Read the TLS certificate again, and look where the log is"),
    "fingerprint": ConsoleCommand(Console.fingerprint, "fingerprint", "What IRC clients can pin of the certificate"),
    "say": ConsoleCommand(Console.say, "say TEXT", "Tell everybody something", needs_argument=True),
    "help": ConsoleCommand(Console.help, "help", "This list"),
    "exit": ConsoleCommand(Console.exit, "exit", "Close the chat"),
}
