"""How long it takes until everybody is served again after a tracker or the engine was killed.

Each of two trackers has half of the people. All are in one room, and one of them keeps talking. The clients of a killed
tracker connect to the other at once, and retry until they get their own names, which are in use until the other tracker
knows that the first is gone.
"""

from __future__ import annotations

import select
import time
from typing import TYPE_CHECKING

from bench.member import LoadError, Member
from bench.room import come_in, drain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.tracker_process import Server

_ROOM = "#again"
_EVERY_S = 0.02
_RETRY_S = 0.1
_DEADLINE_S = 60.0


def measure(servers: Sequence[Server], people: int, kill: Callable[[], object]) -> float:
    """Return the seconds from `kill`, which leaves the first server alive, until all get the messages sent after it.

    Raises LoadError.
    """
    crowd = [_Person(number, servers[number % 2].address) for number in range(people)]
    try:
        come_in([person.member for person in crowd])
        speaker, *listeners = crowd
        _speak_until_all_hear(speaker, listeners, b"before")
        for person in listeners:
            person.is_served = False
        began = time.monotonic()
        kill()
        _speak_until_all_hear(speaker, listeners, b"after")
        return time.monotonic() - began
    finally:
        for person in crowd:
            person.member.sock.close()


class _Person:
    """A client that keeps coming back to the room after a lost connection."""

    def __init__(self, number: int, address: tuple[str, int]) -> None:
        self.member = Member(f"person{number:05d}", _ROOM, address)
        self.is_served = False
        self._next_try: float | None = None

    def read(self, elsewhere: tuple[str, int], heard: bytes) -> None:
        """Read what has arrived: perhaps what is waited for, or the end of the connection."""
        try:
            data = self.member.carry + drain(self.member)
            self.member.carry = data[data.rfind(b"\n") + 1 :]
            if b" 001 " in data:
                self.member.write(f"JOIN {_ROOM}\r\n".encode())
            if b" 433 " in data:
                self._next_try = time.monotonic() + _RETRY_S
            self.is_served |= heard in data
        except LoadError:
            self._come_back(elsewhere)

    def try_again(self) -> None:
        """Ask for the name again, if it was in use a moment ago."""
        if self._next_try is not None and time.monotonic() >= self._next_try:
            self._next_try = None
            self.member.write(f"NICK {self.member.nick}\r\n".encode())

    def _come_back(self, address: tuple[str, int]) -> None:
        self.member.sock.close()
        self.member = Member(self.member.nick, _ROOM, address)
        self.member.write(f"NICK {self.member.nick}\r\nUSER {self.member.nick} 0 * :bench\r\n".encode())


def _speak_until_all_hear(speaker: _Person, listeners: Sequence[_Person], word: bytes) -> None:
    """Send a word again and again until all have received it. Raises LoadError."""
    heard = f" PRIVMSG {_ROOM} :".encode() + word
    elsewhere = speaker.member.sock.getpeername()
    deadline = time.monotonic() + _DEADLINE_S
    while not all(person.is_served for person in listeners):
        if time.monotonic() > deadline:
            raise LoadError(f"after {_DEADLINE_S:g} s somebody is not served yet")
        speaker.member.write(b"PRIVMSG " + _ROOM.encode() + b" :" + word + b"\r\n")
        until = time.monotonic() + _EVERY_S
        while (left := until - time.monotonic()) > 0:
            by_socket = {person.member.sock: person for person in (speaker, *listeners)}
            for sock in select.select(by_socket, [], [], left)[0]:
                by_socket[sock].read(elsewhere, heard)
            for person in listeners:
                person.try_again()
