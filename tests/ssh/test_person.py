"""An ssh connection from the tracker's side, with asyncssh's client at the other end."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import asyncssh
import pytest

from chatcore.errors import SendQueueExceeded
from chatcore.ssh.channel import LEAST_PACKET_BYTES
from chatcore.ssh.person import Person
from chatcore.ssh.wire import MOST_BYTES_OF_A_LOGIN
from chatcore.transport.ssh import Asked, Question
from tests.support.ssh_hosting import PASSWORD, PATIENCE_S, Hosting, StubSitting, hosting, knows_password
from tests.support.together import wait_until

_Done = TypeVar("_Done")


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hosting]:
    with hosting(tmp_path, monkeypatch) as made:
        yield made


def _connect(host: Hosting, password: str = PASSWORD, **options: Any) -> Any:
    return asyncssh.connect(
        "127.0.0.1",
        host.port,
        password=password,
        known_hosts=None,
        config=None,
        agent_path=None,
        **{"username": "ann", "client_keys": None, **options},
    )


def _run(visit: Callable[[], Awaitable[_Done]]) -> _Done:
    async def within() -> _Done:
        return await asyncio.wait_for(visit(), PATIENCE_S)

    return asyncio.run(within())


async def _sitting(host: Hosting) -> StubSitting:
    return await asyncio.to_thread(host.sittings.get, timeout=PATIENCE_S)


def test_a_person_comes_in_talks_and_reads(host: Hosting) -> None:
    async def visit() -> None:
        async with _connect(host) as connection:
            process = await connection.create_process(term_type="xterm-256color", term_size=(100, 30), encoding=None)
            sitting = await _sitting(host)
            assert (sitting.nick, sitting.pty) == ("ann", ("xterm-256color", (100, 30)))
            process.stdin.write(b"hello")
            assert await asyncio.to_thread(sitting.typed.get, timeout=PATIENCE_S) == b"hello"
            sitting.line.say(b"PRIVMSG #lobby :hello\r\n")
            assert await asyncio.to_thread(host.said.get, timeout=PATIENCE_S) == b"PRIVMSG #lobby :hello\r\n"
            sitting.outlet.write(b"\x1b[1mhi\x1b[0m")
            assert await process.stdout.readexactly(10) == b"\x1b[1mhi\x1b[0m"
            process.change_terminal_size(0, 9999)
            assert await asyncio.to_thread(sitting.sizes.get, timeout=PATIENCE_S) == (80, 500)
            sitting.line.finish(3)
            assert (await process.wait()).exit_status == 3

    _run(visit)
    assert [question.asked for question in host.questions] == [Asked.NAME, Asked.PASSWORD, Asked.TERMINAL]


def test_input_before_the_chat_begins_is_read(host: Hosting, monkeypatch: pytest.MonkeyPatch) -> None:
    begin = Person.begin

    def begin_late(person: Person, nick: str) -> None:
        wait_until(lambda: person._typed.has_ended)
        begin(person, nick)

    monkeypatch.setattr(Person, "begin", begin_late)

    async def visit() -> None:
        async with _connect(host) as connection:
            process = await connection.create_process(encoding=None)
            process.stdin.write(b"hello")
            process.stdin.write_eof()
            sitting = await _sitting(host)
            typed = [await asyncio.to_thread(sitting.typed.get, timeout=PATIENCE_S) for _ in range(2)]
            assert typed == [b"hello", None]

    _run(visit)


def test_a_wrong_password_is_refused(host: Hosting) -> None:
    async def visit() -> None:
        with pytest.raises(asyncssh.PermissionDenied):
            await _connect(host, "a wrong one")

    _run(visit)
    assert host.sittings.empty()


def test_offered_lines_arrive_before_the_end(host: Hosting) -> None:
    async def visit() -> None:
        async with _connect(host) as connection:
            process = await connection.create_process(term_type="vt100")
            sitting = await _sitting(host)
            person = host.people.get(timeout=PATIENCE_S)
            assert person.offer(b":one\r\n")
            assert person.offer(b":two\r\n")
            person.end_output()
            arrived = b""
            while (data := await asyncio.to_thread(sitting.arrived.get, timeout=PATIENCE_S)) is not None:
                arrived += data
            assert arrived == b":one\r\n:two\r\n"
            sitting.outlet.write(b"goodbye")
            sitting.line.finish(0)
            assert (await process.wait()).stdout == "goodbye"

    _run(visit)


def test_errors_are_separate_without_a_terminal(host: Hosting) -> None:
    async def visit() -> None:
        async with _connect(host) as connection:
            process = await connection.create_process(encoding=None)
            sitting = await _sitting(host)
            assert sitting.pty is None
            process.stdin.write(b"a line\n")
            process.stdin.write_eof()
            typed = [await asyncio.to_thread(sitting.typed.get, timeout=PATIENCE_S) for _ in range(2)]
            assert typed == [b"a line\n", None]
            sitting.outlet.write(b"out")
            sitting.outlet.write(b"err", is_error=True)
            sitting.line.finish(1)
            done = await process.wait()
            assert (done.stdout, done.stderr, done.exit_status) == (b"out", b"err", 1)

    _run(visit)


def test_a_resize_before_the_chat_begins_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    resized = threading.Event()

    def answer(question: Question) -> bool:
        if question.asked is Asked.TERMINAL:
            resized.wait(PATIENCE_S)
        return knows_password(question)

    async def visit(host: Hosting) -> None:
        async with _connect(host) as connection:
            process = await connection.create_process(term_type="vt100", term_size=(100, 30))
            process.change_terminal_size(60, 20)
            await connection._make_global_request(b"a-round-trip")
            resized.set()
            sitting = await _sitting(host)
            sizes = [] if sitting.pty is None else [sitting.pty.size]
            sizes += [sitting.sizes.get_nowait()] if not sitting.sizes.empty() else []
            assert sizes[-1] == (60, 20)
            sitting.line.finish(0)

    with hosting(tmp_path, monkeypatch, answer) as host:
        _run(lambda: visit(host))


def test_a_channel_of_tiny_packets_ends_the_connection(host: Hosting) -> None:
    async def visit() -> None:
        connection = await _connect(host)
        with pytest.raises((asyncssh.Error, OSError)):
            await connection.create_process(term_type="vt100", max_pktsize=LEAST_PACKET_BYTES - 1)
        await connection.wait_closed()

    _run(visit)
    assert host.sittings.empty()


async def _refused(attempt: Awaitable[object]) -> bool:
    try:
        await attempt
    except (asyncssh.ChannelOpenError, asyncssh.ChannelListenError, asyncssh.ProcessError, OSError):
        return True
    return False


def test_only_one_channel_with_a_shell_is_allowed(host: Hosting) -> None:
    async def visit() -> None:
        async with _connect(host) as connection:
            assert await _refused(connection.create_process("id"))
        async with _connect(host) as connection:
            assert await _refused(connection.start_sftp_client())
        async with _connect(host) as connection:
            await connection.create_process(term_type="vt100")
            await _sitting(host)
            assert await _refused(connection.create_process())
            assert await _refused(connection.open_connection("127.0.0.1", host.port))
            assert await _refused(connection.start_server(lambda *_: True, "127.0.0.1", 0))
            assert await _refused(connection.open_unix_connection("/tmp/nothing"))

    _run(visit)


def test_environment_is_refused_and_the_chat_still_begins(host: Hosting) -> None:
    async def visit() -> None:
        async with _connect(host) as connection:
            await connection.create_process(term_type="vt100", env={"LD_PRELOAD": "x"})
            assert (await _sitting(host)).pty is not None

    _run(visit)


def test_a_lost_connection_ends_input_and_output(host: Hosting) -> None:
    async def visit() -> None:
        connection = await _connect(host)
        await connection.create_process(term_type="vt100")
        sitting = await _sitting(host)
        connection.abort()
        assert await asyncio.to_thread(sitting.typed.get, timeout=PATIENCE_S) is None
        while host.people.queue[0].recv():
            pass
        with pytest.raises(OSError, match="nobody reads"):
            sitting.outlet.write(b"x")

    _run(visit)


def test_a_person_who_reads_nothing_counts_as_stalled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def visit(host: Hosting) -> None:
        async with _connect(host) as connection:
            process = await connection.create_process(term_type="vt100", encoding=None, window=4096)
            sitting = await _sitting(host)
            person = host.people.get(timeout=PATIENCE_S)
            assert person.offer(b"first")
            assert await asyncio.to_thread(sitting.arrived.get, timeout=PATIENCE_S) == b"first"
            for _ in range(4):
                sitting.outlet.write(b"x" * (1 << 16))
            assert person.offer(b"second")
            while not person.is_stalled_since(float("inf")):
                await asyncio.sleep(0.01)
            assert sitting.arrived.empty()
            with pytest.raises(SendQueueExceeded):
                person.offer(b"y" * (1 << 17))
            await process.stdout.readexactly(4 << 16)
            arrived = await asyncio.to_thread(sitting.arrived.get, timeout=PATIENCE_S)
            assert arrived is not None
            assert arrived.startswith(b"second")

    with hosting(tmp_path, monkeypatch, max_sendq=1 << 16) as host:
        _run(lambda: visit(host))


def test_a_person_beyond_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def visit(host: Hosting) -> None:
        async with _connect(host) as first:
            await first.create_process(term_type="vt100")
            sitting = await _sitting(host)
            second = await _connect(host)
            await second.create_process(term_type="vt100")
            await second.wait_closed()
            assert host.sittings.empty()
            sitting.line.finish(0)
            await first.wait_closed()

    with hosting(tmp_path, monkeypatch, most_people=1) as host:
        _run(lambda: visit(host))


def test_the_host_key_matches_the_fingerprint(host: Hosting) -> None:
    async def visit() -> str:
        key = await asyncssh.get_server_host_key("127.0.0.1", host.port)
        assert key is not None
        return key.get_fingerprint()

    assert _run(visit) == host.host.fingerprint


def test_the_bytes_of_a_login_are_limited(host: Hosting) -> None:
    with socket.create_connection(("127.0.0.1", host.port), timeout=PATIENCE_S) as sock:
        packet = (MOST_BYTES_OF_A_LOGIN // 2).to_bytes(4, "big")  # longer than the limit
        with suppress(OSError):
            sock.sendall(b"SSH-2.0-x\r\n" + packet + bytes(4 * MOST_BYTES_OF_A_LOGIN))
            while sock.recv(1 << 16):
                pass
    assert not host.questions


@pytest.mark.parametrize("text", ["x" * 1001, "\ufdfa" * 100])  # the latter is eighteen letters to SASLprep
def test_a_name_or_password_slow_to_prepare_is_refused(host: Hosting, text: str) -> None:
    async def visit() -> None:
        with pytest.raises(asyncssh.ProtocolError, match="The name or password is too long"):
            await _connect(host, text)
        with pytest.raises(asyncssh.ProtocolError, match="The name or password is too long"):
            await _connect(host, username=text[:900])

    _run(visit)
    assert {question.asked for question in host.questions} <= {Asked.NAME}
