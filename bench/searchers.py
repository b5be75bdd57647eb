"""Clients that search history, each as fast as it is answered: a process of its own.

`python -m bench.searchers HOST PORT COUNT ROOMS TEXT...` joins ROOMS (with commas) with COUNT clients, says `ready`,
searches for the texts in turn until its standard input ends, and prints the number of answers.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import sys
from itertools import cycle
from typing import TYPE_CHECKING

from bench.member import LoadError, Member
from bench.room import come_in, drain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LIMIT = 50
_ROOMS_AT_ONCE = 10
_LOW_PRIORITY = 19  # so that the measured process gets the core when it needs it
_END = b" BATCH -"


def search(address: tuple[str, int], count: int, rooms: Sequence[str], texts: Sequence[str]) -> int:
    """Search until standard input ends; return the number of answers. Raises LoadError for a search that failed."""
    members = [Member(f"searcher{number}", rooms[0], address) for number in range(count)]
    with contextlib.ExitStack() as stack:
        for member in members:
            stack.enter_context(contextlib.closing(member.sock))
            member.write(b"CAP REQ :batch soju.im/search\r\nCAP END\r\n")
        come_in(members)
        for member in members:
            for start in range(1, len(rooms), _ROOMS_AT_ONCE):
                member.write(f"JOIN {','.join(rooms[start : start + _ROOMS_AT_ONCE])}\r\n".encode())
        print("ready", flush=True)
        return _search(members, cycle(texts))


def _search(members: Sequence[Member], texts: Iterator[str]) -> int:
    answers = 0
    with selectors.DefaultSelector() as selector:
        selector.register(sys.stdin, selectors.EVENT_READ)
        for member in members:
            selector.register(member.sock, selectors.EVENT_READ, member)
            member.carry = b""
            _ask(member, next(texts))
        while True:
            for key, _ in selector.select():
                if key.data is None:
                    return answers
                if _is_answered(key.data):
                    answers += 1
                    _ask(key.data, next(texts))


def _ask(member: Member, text: str) -> None:
    member.write(f"SEARCH :limit={LIMIT};text={text}\r\n".encode())


def _is_answered(member: Member) -> bool:
    """Read what has arrived; return whether the answer is complete."""
    *lines, member.carry = (member.carry + drain(member)).split(b"\r\n")
    for line in lines:
        if b" FAIL " in line:
            raise member.failure(f"the search failed: {line.decode(errors='replace')}")
    return any(_END in line for line in lines)


if __name__ == "__main__":
    os.nice(_LOW_PRIORITY)
    host, port, count, rooms, *texts = sys.argv[1:]
    try:
        print(search((host, int(port)), int(count), rooms.split(","), texts), flush=True)
    except LoadError as error:
        sys.exit(f"bench: {error}")
