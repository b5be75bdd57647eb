"""Joining a room, and reading messages there without parsing them."""

from __future__ import annotations

import select
from collections.abc import Sequence

from bench.member import Member

_COME_IN_S = 30.0
_BUFFER = memoryview(bytearray(1 << 18))


def come_in(members: Sequence[Member]) -> None:
    """Register all members, join their rooms, and wait until each is there. Raises LoadError."""
    for member in members:
        member.write(f"NICK {member.nick}\r\nUSER {member.nick} 0 * :bench\r\n".encode())
    for member in members:
        _wait_for(member, f" 001 {member.nick} ")
        member.write(f"JOIN {member.room}\r\n".encode())
    for member in members:
        _wait_for(member, f" 366 {member.nick} ")


def _wait_for(member: Member, words: str) -> None:
    while words.encode() not in (data := receive(member, _COME_IN_S)):
        if b" 433 " in data or b"ERROR " in data:
            raise member.failure(f"not let in: {data.decode(errors='replace')}")


def drain(member: Member) -> bytes:
    """Return the bytes that have arrived, and answer a PING in them. Raises LoadError if the connection ended."""
    try:
        data = bytes(_BUFFER[: member.sock.recv_into(_BUFFER)])
    except BlockingIOError:
        return b""
    if not data:
        raise member.failure("connection closed by the server")
    if b"PING " in data:
        member.write(b"PONG :x\r\n")
    return data


def receive(member: Member, seconds: float) -> bytes:
    """Wait until something arrives, and return it after earlier bytes. Raises LoadError."""
    if not select.select([member.sock], [], [], seconds)[0]:
        raise member.failure(f"nothing came for {seconds:g} s")
    member.carry += drain(member)
    return member.carry
