"""A client that floods a room as fast as its socket takes it, and members who only read: a process of its own.

`python -m bench.flood HOST PORT ROOM READERS` says `ready`, floods until its standard input ends, and prints how many
lines it has sent.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import sys

from bench.member import Member
from bench.room import come_in, drain

_LINES_AT_ONCE = 64
_LOW_PRIORITY = 19  # so that the measured process gets the core when it needs it


def flood(address: tuple[str, int], room: str, readers: int) -> int:
    """Flood until standard input ends; return the number of lines that the socket took."""
    members = [Member(f"flood{number}", room, address) for number in range(readers + 1)]
    with contextlib.ExitStack() as stack:
        for member in members:
            stack.enter_context(contextlib.closing(member.sock))
        come_in(members)
        print("ready", flush=True)
        return _flood(members)


def _flood(members: list[Member]) -> int:
    flooder = members[0]
    line = f"PRIVMSG {flooder.room} :{'x' * 64}\r\n".encode()
    sent_bytes = 0
    with selectors.DefaultSelector() as selector:
        selector.register(sys.stdin, selectors.EVENT_READ)
        for member in members:
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if member is flooder else 0)
            selector.register(member.sock, events, member)
        while True:
            for key, events in selector.select():
                if key.data is None:
                    return sent_bytes // len(line)
                if events & selectors.EVENT_READ:
                    drain(key.data)
                if events & selectors.EVENT_WRITE:
                    before = len(flooder.pending) or _LINES_AT_ONCE * len(line)
                    flooder.write(b"" if flooder.pending else line * _LINES_AT_ONCE)
                    sent_bytes += before - len(flooder.pending)


if __name__ == "__main__":
    os.nice(_LOW_PRIORITY)
    host, port, room, readers = sys.argv[1:]
    print(flood((host, int(port)), room, int(readers)), flush=True)
