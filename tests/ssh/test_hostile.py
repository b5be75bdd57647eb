"""Misbehaviour over ssh costs strangers and members at most their connection, and does not affect others."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from asyncssh.connection import SSHClientConnection
from asyncssh.constants import MSG_KEXINIT, MSG_USERAUTH_REQUEST
from asyncssh.packet import Boolean, NameList, String, UInt32

from chatcore.ssh import protocol
from chatcore.ssh.protocol import MOST_LOGIN_REQUESTS
from chatcore.transport.ssh import Asked
from tests.support.ssh_hosting import PASSWORD, PATIENCE_S, Hosting, hosting
from tests.support.thorough import first_and_thorough

_VERSION = b"SSH-2.0-x\r\n"
_FLOOD = 200


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hosting]:
    with hosting(tmp_path, monkeypatch) as made:
        yield made


def _packet(payload: bytes) -> bytes:
    padding = -(len(payload) + 5) % 8
    padding += 8 if padding < 4 else 0
    return struct.pack(">IB", len(payload) + padding + 1, padding) + payload + bytes(padding)


def _kexinit(kex: bytes = b"curve25519-sha256", names: int = 1, tail: bytes = bytes(5)) -> bytes:
    lists = [kex, b"ssh-ed25519", *[b"aes256-gcm@openssh.com"] * 2, *[b""] * 2, *[b"none"] * 2, b"", b""]
    fields = b"".join(struct.pack(">I", len(each)) + each for each in [b",".join([each] * names) for each in lists])
    return bytes([MSG_KEXINIT]) + bytes(16) + fields + tail


_ECDH_INIT = 30
_STRANGE = {
    "no version": b"SSH-" + bytes(300),
    "an endless version": b"SSH-2.0-" + b"x" * 20_000,
    "a version of another protocol": b"SSH-1.5-x\r\n",
    "a version that is not ASCII": b"SSH-2.0-\xff\xfe\r\n" + _packet(_kexinit()),
    "a version with NULs": b"SSH-2.0-\0\0\r\n" + _packet(_kexinit()),
    "a giant packet": _VERSION + struct.pack(">I", 0xFFFFFFFF) + bytes(100),
    "an empty packet": _VERSION + struct.pack(">I", 0) + bytes(100),
    "a packet of one byte": _VERSION + struct.pack(">IB", 1, 255) + bytes(100),
    "padding longer than the packet": _VERSION + struct.pack(">IB", 12, 200) + bytes(100),
    "no payload": _VERSION + _packet(b""),
    "a torn KEXINIT": _VERSION + _packet(_kexinit()[:40]),
    "a KEXINIT with lengths that lie": _VERSION + _packet(_kexinit().replace(b"\0\0\0\x11", b"\xff\xff\xff\xff")),
    "a KEXINIT with a tail": _VERSION + _packet(_kexinit(tail=bytes(50))),
    "thousands of names": _VERSION + _packet(_kexinit(names=300)),
    "nothing in common": _VERSION + _packet(_kexinit(kex=b"diffie-hellman-group1-sha1")),
    "two KEXINITs": _VERSION + _packet(_kexinit()) * 2,
    "many KEXINITs": _VERSION + _packet(_kexinit()) * 50,
    "a point of low order": _VERSION + _packet(_kexinit()) + _packet(bytes([_ECDH_INIT]) + String(bytes(32))),
    "a point that is too short": _VERSION + _packet(_kexinit()) + _packet(bytes([_ECDH_INIT]) + String(b"x")),
    "a point that is too long": _VERSION + _packet(_kexinit()) + _packet(bytes([_ECDH_INIT]) + String(bytes(9999))),
    "a point before all": _VERSION + _packet(bytes([_ECDH_INIT]) + String(bytes(32))),
    "new keys before any": _VERSION + _packet(bytes([21])),
    "an IGNORE before strict keys": _VERSION + _packet(bytes([2]) + String(b"x")) + _packet(_kexinit()),
    "many IGNOREs": _VERSION + _packet(bytes([2]) + String(b"x")) * 1000,
    "a service too early": _VERSION + _packet(bytes([5]) + String(b"ssh-connection")),
    "a login too early": _VERSION + _packet(bytes([50]) + String(b"ann") + String(b"ssh-connection") + String(b"none")),
    "a channel too early": _VERSION + _packet(bytes([90]) + String(b"session") + UInt32(0) * 3),
    "unknown packets": _VERSION + b"".join(_packet(bytes([number])) for number in range(256)),
    "a goodbye": _VERSION + _packet(bytes([1]) + UInt32(11) + String(b"\xff\n") + String(b"")),
    "noise": _VERSION + os.urandom(5000),
}


@pytest.mark.parametrize("said", _STRANGE.values(), ids=_STRANGE.keys())
@pytest.mark.parametrize("how", first_and_thorough("stays", "half-closes", "resets"))
def test_a_strangers_bytes_do_not_affect_others(host: Hosting, said: bytes, how: str) -> None:
    with socket.create_connection(("127.0.0.1", host.port), timeout=PATIENCE_S) as sock:
        with suppress(OSError):
            sock.sendall(said)
            if how == "half-closes":
                sock.shutdown(socket.SHUT_WR)
                while sock.recv(4096):
                    pass
        if how == "resets":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    _run(lambda: _assert_still_serving(host))
    assert {question.asked for question in host.questions} == {Asked.NAME, Asked.PASSWORD, Asked.TERMINAL}


async def _assert_still_serving(host: Hosting) -> None:
    """Check that the next person comes in."""
    async with _connect(host) as connection:
        process = await connection.create_process(term_type="vt100")
        sitting = await asyncio.to_thread(host.sittings.get, timeout=PATIENCE_S)
        sitting.line.finish(0)
        assert (await process.wait()).exit_status == 0


def _run(visit: Callable[[], Awaitable[None]]) -> None:
    async def within() -> None:
        await asyncio.wait_for(visit(), 2 * PATIENCE_S)

    asyncio.run(within())


def _connect(host: Hosting, password: str | None = PASSWORD, **options: Any) -> Any:
    given = {"known_hosts": None, "config": None, "agent_path": None, "client_keys": None, **options}
    return asyncssh.connect("127.0.0.1", host.port, username="ann", password=password, **given)


async def _until_it_ends(connection: SSHClientConnection) -> None:
    await connection.wait_closed()


def _request(name: bytes, *more: bytes) -> tuple[int, bytes]:
    return MSG_USERAUTH_REQUEST, b"".join((String(name), String(b"ssh-connection"), *more))


_LOGINS = {
    "many of nothing": [_request(b"ann", String(b"none"))] * _FLOOD,
    "many names": [_request(b"n%d" % number, String(b"none")) for number in range(_FLOOD)],
    "guesses at once": [
        _request(b"ann", String(b"password"), Boolean(False), String(b"p%d" % n)) for n in range(_FLOOD)
    ],
    "a huge name": [_request(b"n" * 30_000, String(b"none"))],
    "a huge password": [_request(b"ann", String(b"password"), Boolean(False), String(b"p" * 60_000))],
    "a name that is not UTF-8": [_request(b"\xff\xfe", String(b"none"))],
    "a password that is not UTF-8": [_request(b"ann", String(b"password"), Boolean(False), String(b"\xff"))],
    "another password": [_request(b"ann", String(b"password"), Boolean(True), String(b"old"), String(b"new"))],
    "keys that are none": [
        _request(b"ann", String(b"publickey"), Boolean(False), String(b"ssh-ed25519"), String(os.urandom(40)))
    ]
    * _FLOOD,
    "a signature that is none": [
        _request(b"ann", String(b"publickey"), Boolean(True), String(b"ssh-rsa"), String(b"x"), String(b"y"))
    ],
    "other ways": [
        _request(b"ann", String(way)) for way in (b"hostbased", b"keyboard-interactive", b"gssapi-with-mic")
    ],
    "another service": [(MSG_USERAUTH_REQUEST, String(b"ann") + String(b"ssh-agent") + String(b"none"))],
    "torn": [(MSG_USERAUTH_REQUEST, b"\0\0\0\xff")],
}


@pytest.mark.parametrize("packets", first_and_thorough(*_LOGINS.values()), ids=_LOGINS.keys())
def test_odd_logins_are_refused(host: Hosting, packets: list[tuple[int, bytes]]) -> None:
    class Client(asyncssh.SSHClient):
        def connection_made(self, conn: SSHClientConnection) -> None:
            self.conn = conn

        def auth_banner_received(self, msg: str, lang: str) -> None: ...

        def password_auth_requested(self) -> str | None:
            """Send the odd packets instead of the password."""
            for kind, payload in packets:
                self.conn.send_packet(kind, payload)
            return None

    async def visit() -> None:
        with pytest.raises((asyncssh.Error, OSError)):
            await asyncio.wait_for(_connect(host, None, client_factory=Client), PATIENCE_S)

    _run(visit)
    assert Asked.TERMINAL not in {question.asked for question in host.questions}
    assert len(host.questions) <= 2 * MOST_LOGIN_REQUESTS
    _run(lambda: _assert_still_serving(host))


def test_a_flood_of_key_exchanges_ends_the_connection(host: Hosting) -> None:
    async def visit() -> None:
        connection = await _connect(host)
        for _ in range(20):
            if connection.is_closed():
                break
            connection._send_kexinit()
            connection._kexinit_sent = True
            await asyncio.sleep(0.05)
        await _until_it_ends(connection)

    _run(visit)
    _run(lambda: _assert_still_serving(host))


def test_an_endless_key_exchange_times_out_without_a_backlog(host: Hosting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "MOST_EXCHANGE_S", 1.0)

    async def visit() -> None:
        connection = await _connect(host)
        await connection.create_process(term_type="vt100", window=1 << 30)
        sitting = await asyncio.to_thread(host.sittings.get, timeout=PATIENCE_S)
        connection._process_kexinit = None
        connection.process_packet = lambda *_: True  # answer nothing from now on
        connection._send_kexinit()
        person = host.people.queue[-1]
        while not person._protocol.is_exchanging_keys:
            await asyncio.sleep(0.01)
        for _ in range(64):
            sitting.outlet.write(bytes(1 << 14))
        await asyncio.sleep(0.2)
        assert not person._protocol._deferred_packets
        assert await asyncio.to_thread(sitting.typed.get, timeout=PATIENCE_S) is None
        connection.abort()

    _run(visit)
    _run(lambda: _assert_still_serving(host))


_REQUESTS = {
    "a terminal without a size": (b"pty-req", String(b"xterm") + UInt32(0) * 4 + String(b"\0")),
    "a terminal without an end": (b"pty-req", String(b"xterm") + UInt32(0xFFFFFFFF) * 4 + String(b"\0")),
    "a terminal of no kind": (b"pty-req", String(b"\x1b]0;x\x07") + UInt32(80) * 4 + String(b"\0")),
    "a terminal of a long name": (b"pty-req", String(b"x" * 10_000) + UInt32(80) * 4 + String(b"\0")),
    "odd modes": (b"pty-req", String(b"vt100") + UInt32(80) * 4 + String(b"\1")),
    "a file": (b"subsystem", String(b"sftp")),
    "a command": (b"exec", String(b"id")),
    "a command that is not UTF-8": (b"exec", String(b"\xff")),
    "an agent": (b"auth-agent-req@openssh.com", b""),
    "windows": (b"x11-req", Boolean(False) + String(b"MIT-MAGIC-COOKIE-1") + String(b"00") + UInt32(0)),
    "environment": (b"env", String(b"LD_PRELOAD") + String(b"x" * 5000)),
    "a signal": (b"signal", String(b"KILL")),
    "a break": (b"break", UInt32(1)),
    "another size": (b"window-change", UInt32(0xFFFFFFFF) * 4),
    "what there is not": (b"\xc3\xa4", b""),
    "torn": (b"pty-req", b"\0"),
}


@pytest.mark.parametrize(("kind", "payload"), _REQUESTS.values(), ids=_REQUESTS.keys())
@pytest.mark.parametrize("when", first_and_thorough("before", "after"))
def test_odd_channel_requests_do_not_affect_others(host: Hosting, kind: bytes, payload: bytes, when: str) -> None:
    async def visit() -> None:
        connection = await _connect(host)
        channel, _ = await connection.create_session(asyncssh.SSHClientSession, encoding=None)
        sitting = await asyncio.to_thread(host.sittings.get, timeout=PATIENCE_S)
        if when == "after":
            sitting.outlet.write(b"hello")
        with suppress(asyncssh.Error, OSError):
            for _ in range(20):
                channel.send_packet(98, String(kind), Boolean(True), payload)
        with suppress(OSError):
            sitting.outlet.write(b"goodbye")
        connection.abort()
        while await asyncio.to_thread(sitting.typed.get, timeout=PATIENCE_S) is not None:
            pass

    _run(visit)
    _run(lambda: _assert_still_serving(host))


_GLOBAL = {
    "forwarding": (80, String(b"tcpip-forward") + Boolean(True) + String(b"127.0.0.1") + UInt32(0)),
    "forwarding of a socket": (80, String(b"streamlocal-forward@openssh.com") + Boolean(True) + String(b"/tmp/x")),
    "what there is not": (80, String(b"x" * 1000) + Boolean(True)),
    "a response to nothing": (81, b""),
    "a connection": (90, String(b"direct-tcpip") + UInt32(9) * 3 + (String(b"127.0.0.1") + UInt32(22)) * 2),
    "a tunnel": (90, String(b"tun@openssh.com") + UInt32(9) * 3 + UInt32(1) + UInt32(0x7FFFFFFF)),
    "a channel of tiny packets": (90, String(b"session") + UInt32(9) + UInt32(1 << 20) + UInt32(1)),
    "a second channel": (90, String(b"session") + UInt32(9) + UInt32(1 << 20) * 2),
    "a channel of no size": (90, String(b"session") + UInt32(9) + UInt32(0) * 2),
    "data for no channel": (94, UInt32(77) + String(b"x")),
    "more than the window": (94, UInt32(0) + String(bytes(40_000))),
    "a window without an end": (93, UInt32(0) + UInt32(0xFFFFFFFF)),
    "an end": (96, UInt32(0)),
    "a close": (97, UInt32(0)),
    "a login": (MSG_USERAUTH_REQUEST, String(b"bob") + String(b"ssh-connection") + String(b"none")),
    "a service": (5, String(b"ssh-userauth")),
    "a name list": (20, NameList([b"x"])),
}


@pytest.mark.parametrize(("kind", "payload"), _GLOBAL.values(), ids=_GLOBAL.keys())
def test_odd_packets_of_a_member_do_not_affect_others(host: Hosting, kind: int, payload: bytes) -> None:
    async def visit() -> None:
        connection = await _connect(host)
        await connection.create_process(term_type="vt100", encoding=None)
        sitting = await asyncio.to_thread(host.sittings.get, timeout=PATIENCE_S)
        with suppress(asyncssh.Error, OSError):
            for _ in range(20):
                connection.send_packet(kind, payload)
        with suppress(OSError):
            sitting.outlet.write(b"hello")
        await asyncio.sleep(0)
        connection.abort()
        while await asyncio.to_thread(sitting.typed.get, timeout=PATIENCE_S) is not None:
            pass

    _run(visit)
    _run(lambda: _assert_still_serving(host))
    assert host.sittings.empty()
