"""TLS on the same port, as clients see it. The connection by itself: tests/transport/test_tls."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import ssl
import struct
import subprocess
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import pytest

from chatcore.protocol.message import parse
from chatcore.transport.fingerprint import format_fingerprint
from tests.support.crowd import settled
from tests.support.irc import DEADLINE_S, IrcClient, commands, one
from tests.support.tls import encrypted, exchange, hello, new_client_context
from tests.support.together import wait_until
from tests.support.trackers import Hosted, hosted_tracker


def _raw(hosted: Hosted) -> socket.socket:
    return socket.create_connection(("127.0.0.1", hosted.port), DEADLINE_S)


def test_one_port_serves_tls_and_plaintext_clients(hosted: Hosted) -> None:
    plain, secret = hosted.client("plain", "#room"), hosted.client("secret", "#room", wire="tls")
    plain.sync()
    plain.command("PRIVMSG #room :in the open")
    assert one(secret.sync(), "PRIVMSG").params[-1] == "in the open"
    secret.command("PRIVMSG #room :behind the curtain")
    assert one(plain.sync(), "PRIVMSG").params[-1] == "behind the curtain"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_1_2_and_1_3_are_supported(hosted: Hosted, version: ssl.TLSVersion) -> None:
    context = new_client_context()
    context.minimum_version = context.maximum_version = version
    with encrypted(_raw(hosted), context) as sock:
        assert sock.version() == version.name.replace("_", ".")
        sock.sendall(b"NICK ann\r\nUSER ann 0 * :Ann\r\n")
        assert sock.recv(4096).startswith(b":tracker.chat 001 ann ")


def test_tls_1_1_is_refused_with_an_alert(hosted: Hosted) -> None:
    old = new_client_context()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # which is why it is refused
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    with _raw(hosted) as sock, pytest.raises(ssl.SSLError, match="alert protocol version"):
        encrypted(sock, old)


def test_the_certificate_has_the_announced_fingerprint(hosted: Hosted) -> None:
    with encrypted(_raw(hosted)) as sock:
        der = sock.getpeercert(binary_form=True)
        assert der is not None
        assert format_fingerprint(der) == hosted.tracker.tls_identity.fingerprint


def test_resumed_sessions_have_the_same_certificate(hosted: Hosted) -> None:
    """The tracker's session tickets work, for the same certificate only."""
    context = new_client_context()
    with encrypted(_raw(hosted), context) as first:
        first.sendall(b"PING x\r\n")
        assert first.recv(4096)  # the tickets come with it
        session = first.session
        der = first.getpeercert(binary_form=True)
    with _raw(hosted) as sock, context.wrap_socket(sock, session=session) as again:
        assert again.session_reused
        assert again.getpeercert(binary_form=True) == der
        again.sendall(b"PING x\r\n")
        assert b"PONG" in again.recv(4096)


def test_many_clients_receive_everything_in_order(tmp_path: Path) -> None:
    """A fan-out of some megabytes, to readers that decrypt in the tracker's process, and so lag behind."""
    members, lines = 30, 400
    with hosted_tracker(tmp_path, max_sendq_bytes=1 << 24) as hosted:
        clients = [hosted.client(f"member{number}", "#room", wire="tls") for number in range(members)]
        for client in clients:
            client.sync()
        text = "x" * 380
        with ThreadPoolExecutor(members) as pool:
            reading = [
                pool.submit(lambda client: [client.receive_until("PRIVMSG") for _ in range(lines)], client)
                for client in clients[1:]
            ]
            clients[0].command(*(f"PRIVMSG #room :{number:04} {text}" for number in range(lines)))
            for messages in reading:
                heard = [message.params[-1] for message in messages.result()]
                assert heard == [f"{number:04} {text}" for number in range(lines)]


@pytest.mark.thorough
def test_full_speed_in_both_directions_loses_nothing(tmp_path: Path) -> None:
    """Three clients write all the time while delivery sends to them all the time: each connection is read and written
    at once."""
    talkers, lines = 3, 2500
    with hosted_tracker(tmp_path, max_sendq_bytes=1 << 24) as hosted, ThreadPoolExecutor(talkers) as pool:
        clients = [hosted.client(f"talker{number}", "#room", wire="tls") for number in range(talkers)]
        settled(clients)
        running = [pool.submit(_talk, client, lines, (talkers - 1) * lines) for client in clients]
        for client, future in zip(clients, running, strict=True):
            heard = [parse(line) for line in future.result().decode().split("\r\n")[:-1]]
            for other in clients:
                said = [message.params for message in heard if f"{message.source}!".startswith(f"{other.nick}!")]
                expected = [
                    ("#room", f"{other.nick} {number}") for number in range(lines if other is not client else 0)
                ]
                assert said == expected


def _talk(client: IrcClient, lines: int, to_hear: int) -> bytes:
    """Send lines, and read until enough have come; return what came."""
    assert isinstance(client.sock, ssl.SSLSocket)
    sent = "".join(f"PRIVMSG #room :{client.nick} {number}\r\n" for number in range(lines)).encode()
    return exchange(client.sock, sent, lambda received: received.count(b"\n") >= to_hear)


@pytest.mark.thorough
def test_a_client_that_reads_nothing_is_closed_without_disturbing_others(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, max_sendq_bytes=50_000) as hosted:
        alice, bob = (hosted.client(nick, "#room", wire="tls") for nick in ("alice", "bob"))
        deaf = hosted.client("deaf", "#room", wire="tls")
        alice.sync()
        said, heard = 0, list[str]()
        while "QUIT" not in heard:
            alice.command(*["PRIVMSG #room :" + "x" * 400] * 50)
            said += 50
            heard += commands(bob.sync())
        assert heard.count("PRIVMSG") == said
        alice.command("PRIVMSG #room :still here")
        assert [message.params[-1] for message in bob.sync()] == ["still here"]
        assert any(line.endswith(":SendQ exceeded") for line in hosted.log_lines())
        deaf.close()
        wait_until(lambda: len(hosted.tracker.visits()) == 2)


def test_goodbyes_are_sent_in_tls(hosted: Hosted) -> None:
    """Without a close_notify the client could not tell the end from an interruption by somebody in between: the client
    of these tests takes that for a fault."""
    leaving, kicked = (hosted.client(nick, wire="tls") for nick in ("leaving", "kicked"))
    leaving.send("QUIT :bye", *["PRIVMSG nobody :what comes after it does not matter"] * 20)
    assert one(leaving.receive_rest(), "ERROR").params == ("Closing link: Quit: bye",)
    victim = hosted.tracker.registry.client("kicked")
    assert victim is not None
    hosted.tracker.services.disconnect(victim, "Enough")
    assert one(kicked.receive_rest(), "ERROR").params == ("Closing link: Enough",)


def test_stopping_the_tracker_says_goodbye_in_tls(tmp_path: Path) -> None:
    with ExitStack() as stack:
        with hosted_tracker(tmp_path) as hosted:
            clients = [stack.enter_context(IrcClient(hosted.port, wire="tls")) for _ in range(5)]
            for number, client in enumerate(clients):
                client.register(f"member{number}")
            undecided = stack.enter_context(IrcClient(hosted.port, wire="tls"))
            undecided.command("NICK undecided")
        for client in clients:
            assert one(client.receive_rest(), "ERROR").params == ("the tracker has left",)
        assert "ERROR" in commands(undecided.receive_rest())


def test_truncated_hellos_disturb_nobody(hosted: Hosted) -> None:
    """The peer closes in the middle of its hello, half of the time with a reset."""
    alice = hosted.client("alice", "#room", wire="tls")
    whole = hello()
    for length in range(1, len(whole), 3):
        sock = _raw(hosted)
        sock.sendall(whole[:length])
        if length % 2:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()
        if length % 60 == 1:
            assert alice.command("PRIVMSG #room :still here") == []
    wait_until(lambda: len(hosted.tracker.visits()) == 1)


def test_a_handshake_may_arrive_byte_by_byte(hosted: Hosted) -> None:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = new_client_context().wrap_bio(incoming, outgoing)
    with _raw(hosted) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            with contextlib.suppress(ssl.SSLWantReadError):
                client.do_handshake()
                break
            for byte in outgoing.read():
                sock.sendall(bytes([byte]))
            incoming.write(sock.recv(65536))
        client.write(b"NICK slow\r\nUSER slow 0 * :Slow\r\n")
        for byte in outgoing.read():
            sock.sendall(bytes([byte]))
        wait_until(lambda: hosted.tracker.registry.client("slow"))


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16" * 1000,
        b"\x16\x03\x01\xff\xff" + b"\0" * 70_000,
        b"\x16\x03\x01\x00\x05hello",
        b"\x16\x03\x01\x00\x00",
        b"\x16NICK ann\r\nUSER ann 0 * :Ann\r\n",
        hello() + b"GET / HTTP/1.1\r\n\r\n",
        hello() + os.urandom(5000),
        hello() * 3,
    ],
    ids=range(8),
)
def test_garbage_ends_the_connection_without_plaintext(tmp_path: Path, garbage: bytes) -> None:
    """An empty record says nothing: the tracker waits until the handshake times out."""
    with hosted_tracker(tmp_path, tls_handshake_timeout_s=0.2) as hosted:
        with _raw(hosted) as sock:
            sock.sendall(garbage)
            received = bytearray()
            with contextlib.suppress(ConnectionError):
                while more := sock.recv(65536):
                    received += more
        assert bytes(received[:1]) in (b"", b"\x15", b"\x16"), "the answer is TLS or nothing"
        assert b"ERROR" not in received
        wait_until(lambda: not hosted.tracker.visits())


def test_tls_within_tls_is_read_as_irc(hosted: Hosted) -> None:
    """The decrypted text is checked for HTTP only."""
    client = hosted.connect(wire="tls")
    client.send_bytes(hello() + b"\r\n")
    assert commands(client.sync())[0] in ("421", "417", "FAIL")


needs_openssl = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="needs the command openssl: Python's TLS can neither of these"
)


class _OpenSsl:
    """`openssl s_client`, which takes the lines R and K as commands."""

    def __init__(self, port: int, flag: str) -> None:
        command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", flag]
        pipe, both = subprocess.PIPE, subprocess.STDOUT
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=both, text=True, bufsize=1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate(timeout=DEADLINE_S)

    def type(self, line: str) -> None:
        """Type a line."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")

    def read_until(self, text: str) -> str:
        """Return the output up to a line with this text; the test fails if none comes."""
        assert self.process.stdout is not None
        seen = ""
        for line in self.process.stdout:
            seen += line
            if text in line:
                return seen
        raise AssertionError(f"openssl ended without {text!r}: {seen}")


@needs_openssl
def test_renegotiation_is_refused(hosted: Hosted) -> None:
    """It would let one connection repeat the expensive part of a handshake at will."""
    with _OpenSsl(hosted.port, "-tls1_2") as client:
        client.type("NICK ann\nUSER ann 0 * :Ann")
        client.read_until(" 376 ann ")
        client.type("R")
        assert "no renegotiation" in client.read_until("no renegotiation")
    wait_until(lambda: not hosted.tracker.visits())


@needs_openssl
def test_keys_may_be_updated_at_any_time(hosted: Hosted) -> None:
    """RFC 8446, section 4.6.3: a peer answers a requested update with its own, before anything else it sends."""
    bob = hosted.client("bob", "#room", wire="tls")
    with _OpenSsl(hosted.port, "-tls1_3") as client:
        client.type("NICK ann\nUSER ann 0 * :Ann\nJOIN #room")
        client.read_until(" 366 ann ")
        for number in range(20):
            client.type("K")
            client.read_until("KEYUPDATE")
            bob.command(f"PRIVMSG #room :to ann {number}")
            client.read_until(f"PRIVMSG #room :to ann {number}")
            client.type(f"PRIVMSG #room :to bob {number}")
            assert bob.receive_until("PRIVMSG").params[-1] == f"to bob {number}"
