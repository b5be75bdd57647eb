"""The control socket: which clients are answered or refused, and no wait for one that is stuck."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from chatcore.server.console import control_socket
from chatcore.server.console.control_protocol import read_line, request
from chatcore.server.console.control_socket import ControlSocket
from chatcore.server.console.order_queue import Orders
from chatcore.server.console.result import Result
from tests.support.control import call, controlled
from tests.support.together import wait_until

_FOREVER_S = 1e6
"""A timeout at which the test would not end if anybody waited for it."""


def _ask(folder: Path, line: bytes) -> Any:
    """Return the answer to a line."""
    with call(folder) as sock, sock.makefile("rb") as lines:
        with suppress(BrokenPipeError):  # refused unread
            sock.sendall(line)
        return read_line(lines.readline())


def _rest(sock: socket.socket) -> bytes:
    """Return everything received until the other side closes, possibly by a reset."""
    received = b""
    try:
        while data := sock.recv(1 << 16):
            received += data
    except ConnectionResetError:
        pass
    return received


def test_a_command_is_carried_out_and_answered(tmp_path: Path) -> None:
    with controlled(tmp_path):
        assert _ask(tmp_path, request("kick eve being  rude"))["data"] == {"line": "kick eve being  rude"}
        assert "version 1" in _ask(tmp_path, b"GET / HTTP/1.1\r\n\r\n")["problem"]


def test_a_line_may_come_in_pieces(tmp_path: Path) -> None:
    with controlled(tmp_path), call(tmp_path) as sock:
        for byte in request("active"):
            sock.sendall(bytes((byte,)))
        assert read_line(_rest(sock))["data"] == {"line": "active"}


def test_a_line_is_bounded_and_never_half_executed(tmp_path: Path) -> None:
    carried_out: list[str] = []

    def carry_out(line: str) -> Result:
        carried_out.append(line)
        return Result()

    with controlled(tmp_path, carry_out):
        with call(tmp_path) as sock:
            sock.sendall(request("say " + "x" * 30_000)[:24_000])
            assert b"at most 16,384 bytes" in _rest(sock)
        with call(tmp_path) as sock:
            sock.sendall(request("ban eve")[:-1])
            sock.shutdown(socket.SHUT_WR)
            assert _rest(sock) == b""
    assert carried_out == []


@pytest.mark.parametrize("uid", [12345, -1])
def test_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uid: int) -> None:
    def peer_uid(_: socket.socket) -> int:
        if uid == -1:
            raise OSError("the system does not say")
        return uid

    monkeypatch.setattr(control_socket, "peer_uid", peer_uid)
    with controlled(tmp_path), call(tmp_path) as sock:
        assert read_line(_rest(sock))["problem"] == "Only root and the user that the tracker runs as may do that."


@pytest.mark.parametrize("uid", [0, os.geteuid()])
def test_the_trackers_user_and_root_are_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uid: int) -> None:
    monkeypatch.setattr(control_socket, "peer_uid", lambda _: uid)
    with controlled(tmp_path):
        assert _ask(tmp_path, request("active"))["done"]


def test_silent_connections_delay_nobody_and_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_socket, "_REQUEST_S", _FOREVER_S)
    with ExitStack() as stack:
        with controlled(tmp_path) as control:
            silent = [stack.enter_context(call(tmp_path)) for _ in range(7)]
            assert _ask(tmp_path, request("active"))["done"]
            wait_until(lambda: len(control._connections()) == 7)
            silent += [stack.enter_context(call(tmp_path)) for _ in range(2)]
            assert read_line(_rest(silent.pop()))["problem"] == "Too many at once: try again."
            silent.pop().close()
            wait_until(lambda: not _is_full(tmp_path))
        assert [_rest(sock) for sock in silent] == [b""] * 7


def _is_full(folder: Path) -> bool:
    return "Too many" in _ask(folder, request("active"))["problem"]


def test_a_silent_connection_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_socket, "_REQUEST_S", 0.05)
    with controlled(tmp_path), call(tmp_path) as sock:
        assert _rest(sock) == b""


def test_a_trickle_does_not_extend_the_deadline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 1.0, 1.0, 6.0])
    monkeypatch.setattr(control_socket, "monotonic", lambda: next(clock, 6.0))
    with controlled(tmp_path), call(tmp_path) as sock:
        sock.sendall(b"c")
        sock.sendall(b"h")
        assert _rest(sock) == b""


def test_a_client_that_never_reads_does_not_delay_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_socket, "_SEND_S", _FOREVER_S)
    large = Result(["x" * 1_000_000] * 8)
    asked = threading.Event()

    def carry_out(line: str) -> Result:
        asked.set()
        return large

    with ExitStack() as stack, controlled(tmp_path, carry_out):
        stuck = stack.enter_context(call(tmp_path))
        stuck.sendall(request("active"))
        assert asked.wait(10)


def test_a_client_that_never_reads_is_disconnected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_socket, "_SEND_S", 0.05)
    with controlled(tmp_path, lambda line: Result(["x" * 8_000_000])) as control, call(tmp_path) as stuck:
        stuck.sendall(request("active"))
        wait_until(lambda: len(control._connections()) == 1)
        wait_until(lambda: not control._connections())


def test_a_client_that_ends_the_tracker_gets_its_exit_status(tmp_path: Path) -> None:
    with _asked_to_end(tmp_path, lambda line: Result(farewell="bye")) as sock:
        said = _rest(sock).splitlines()
    assert read_line(said[0])["ends"] is True
    assert read_line(said[1])["status"] == 0


def _asked_to_end(folder: Path, carry_out: Callable[[str], Result]) -> socket.socket:
    """Return the connection of a client that has sent `exit`, after everything has ended."""
    with controlled(folder, carry_out):
        sock = call(folder)
        sock.sendall(request("exit"))
        assert sock.recv(1, socket.MSG_PEEK)
    return sock


def test_a_command_given_during_the_end_is_refused(tmp_path: Path) -> None:
    asked, is_over = threading.Event(), threading.Event()

    def carry_out(line: str) -> Result:
        asked.set()
        is_over.wait(10)
        return Result()

    with controlled(tmp_path, carry_out) as control, call(tmp_path) as first, call(tmp_path) as second:
        first.sendall(request("say first"))
        assert asked.wait(10)
        second.sendall(request("say second"))
        wait_until(lambda: len(control._orders._waiting) == 1)
        control.leave()
        assert read_line(_rest(second))["problem"] == "The tracker is closing."
        is_over.set()
        assert read_line(_rest(first))["done"]


def test_leaving_removes_the_socket(tmp_path: Path) -> None:
    with controlled(tmp_path) as control:
        assert (tmp_path / "ctl").is_socket()
        control.leave()
        assert list(tmp_path.iterdir()) == []


def test_a_leftover_socket_is_replaced(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(str(tmp_path / "ctl"))
    with controlled(tmp_path):
        assert _ask(tmp_path, request("active"))["done"]


def test_another_file_there_is_left_alone_and_reported(tmp_path: Path) -> None:
    path, told = tmp_path / "ctl", list[str]()
    path.write_text("mine")
    with ControlSocket(tmp_path, Orders(lambda: None), told.append) as control:
        control.start()
        control.leave()
    assert told == [f"`ctl` will not work: cannot create {path}: Address already in use"]
    assert path.read_text() == "mine"


def test_an_end_before_the_start(tmp_path: Path) -> None:
    with ControlSocket(tmp_path, Orders(lambda: None), lambda text: None):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_failure_to_start_a_thread_is_survived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start, failures = threading.Thread.start, [RuntimeError("can't start new thread"), MemoryError()]

    def start_or_not(thread: threading.Thread) -> None:
        if thread.name == "control connection" and failures:
            raise failures.pop()
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_or_not)
    with controlled(tmp_path) as control:
        for _ in range(2):
            with call(tmp_path) as sock:
                assert _rest(sock) == b""
        assert control._connections() == []
        assert _ask(tmp_path, request("active"))["done"]


def test_a_client_that_leaves_before_the_answer_does_no_harm(tmp_path: Path) -> None:
    with controlled(tmp_path) as control:
        with call(tmp_path) as sock:
            sock.sendall(request("active"))
        assert _ask(tmp_path, request("active"))["done"]
        wait_until(lambda: not control._connections())


def test_a_fault_costs_only_one_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: Result) -> bytes:
        raise KeyError("a fault")

    with controlled(tmp_path):
        monkeypatch.setattr(control_socket, "answer", fail)
        with caplog.at_level(logging.ERROR), call(tmp_path) as sock:
            sock.sendall(request("active"))
            assert _rest(sock) == b""
        monkeypatch.undo()
        assert _ask(tmp_path, request("active"))["done"]
    assert "a command of ctl failed" in caplog.text
