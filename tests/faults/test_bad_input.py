"""Bad input costs its sender an error or the connection, and does not affect others.

In every test two others talk during and after it, and hear each line once and in order.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.support.crowd import Witness, assert_all_saw_what_was_logged, reset, settled, witnesses
from tests.support.irc import Disconnected, IrcClient, commands, one
from tests.support.together import wait_until
from tests.support.trackers import Hosted, hosted_tracker, tracker_process

TRIPS_AFTERWARDS = 3
REGISTRATION = b"CAP LS 302\r\nNICK cut\r\nUSER cut 0 * :Cut off\r\nCAP END\r\nJOIN #calm\r\nPRIVMSG #calm :whole\r\nQU"


@contextmanager
def others_talking(hosted: Hosted) -> Iterator[None]:
    """Have two others talk all the time; fail if a line was lost, doubled or out of order."""
    with witnesses(hosted.port, 2, "#calm") as talkers, ThreadPoolExecutor(1) as pool:
        over = threading.Event()
        talk = pool.submit(take_turns, talkers, over)
        try:
            yield
        finally:
            over.set()
            trips = talk.result()
        settled(talkers)
        for talker in talkers:
            assert [text for text in talker.said if text.startswith("turn ")] == [f"turn {n}" for n in range(trips)]
        assert_all_saw_what_was_logged(talkers, hosted.log_path)


def take_turns(talkers: list[Witness], over: threading.Event) -> int:
    """Talk in turns, each waiting to hear the other; return the number of turns."""
    trip = 0
    last = None
    while last is None or trip < last:
        talkers[trip % 2].send(f"PRIVMSG #calm :turn {trip}")
        for talker in talkers:
            talker.receive_until("PRIVMSG", f"turn {trip}")
        trip += 1
        if last is None and over.is_set():
            last = trip + TRIPS_AFTERWARDS
    return trip


ANSWERED = {
    "not UTF-8": (b"PRIVMSG #room :\xff\xfe\r\n", ["FAIL"]),
    "overlong encoding": (b"PRIVMSG #room :\xc0\xaf\r\n", ["FAIL"]),
    "half a character": (b"PRIVMSG #room :\xe2\x82\r\n", ["FAIL"]),
    "a surrogate": (b"PRIVMSG #room :\xed\xa0\x80\r\n", ["FAIL"]),
    "NUL": (b"PRIVMSG #room :a\0b\r\n", ["421"]),
    "a CR inside": (b"PRIVMSG #nowhere :a\rFOO :b\r\n", ["403", "421"]),
    "only spaces": (b"     \r\n", ["421"]),
    "only a colon": (b":\r\n", ["421"]),
    "only a source": (b":somebody!else@where\r\n", ["421"]),
    "only tags": (b"@a=b;c\r\n", ["421"]),
    "empty lines": (b"\r\n\n\r\r\n\n\n\r\n", []),
    "a line of 600 bytes": (b"PRIVMSG #room :" + b"x" * 600 + b"\r\n", ["417"]),
    "a line of 10 kB": (b"PRIVMSG #room :" + b"x" * 10_000 + b"\r\n", ["417"]),
    "tags of 9 kB": (b"@a=" + b"x" * 9_000 + b" PRIVMSG #room :x\r\n", ["417"]),
    "a hundred unknown commands": (b"".join(b"NOPE%d\r\n" % number for number in range(100)), ["421"] * 100),
    "a name of 400 letters": (b"N" * 400 + b"\r\n", ["421"]),
    "too few parameters": (b"JOIN\r\nKICK #room\r\nPRIVMSG\r\n", ["461", "461", "411"]),
    "fifty parameters": (b"JOIN " + b"x " * 50 + b"\r\n", ["403"]),
    "a password too late": (b"PASS x\r\n", ["462"]),
}


@pytest.mark.parametrize("kind", ANSWERED)
@pytest.mark.parametrize("at_once", [True, False], ids=["whole", "by bytes"])
def test_a_bad_line_is_answered_and_the_next_one_works(hosted: Hosted, kind: str, at_once: bool) -> None:
    data, expected = ANSWERED[kind]
    with others_talking(hosted):
        client = hosted.client("bad", "#room")
        if at_once:
            client.send_bytes(data)
        else:
            for offset in range(0, len(data), max(1, len(data) // 200)):
                client.send_bytes(data[offset : offset + max(1, len(data) // 200)])
        assert commands(client.command("PRIVMSG bad :still here")) == [*expected, "PRIVMSG"]


FATAL = {
    "a line without an end": b"x" * 200_000,
    "a line of 100 kB": b"PRIVMSG #room :" + b"x" * 100_000 + b"\r\n",
    "endless tags": b"@" + b"a" * 200_000,
    "zeros": bytes(200_000),
}


@pytest.mark.parametrize("kind", FATAL)
@pytest.mark.parametrize("is_registered", [True, False], ids=["registered", "stranger"])
def test_a_line_without_an_end_ends_the_connection(hosted: Hosted, kind: str, is_registered: bool) -> None:
    with others_talking(hosted):
        client = hosted.client("endless", "#room") if is_registered else hosted.connect()
        try:
            client.send_bytes(FATAL[kind])
        except ConnectionError:
            pass  # the connection ended before everything was sent
        told = commands(client.receive_rest())
        assert set(told) <= {"ERROR", "417", "421"}
        wait_until_gone(hosted, "endless")


@pytest.mark.parametrize("seed", range(5))
def test_garbage_does_not_affect_others(hosted: Hosted, seed: int) -> None:
    choose = random.Random(f"garbage {seed}")
    with others_talking(hosted):
        for _ in range(20):
            client = hosted.connect()
            words = [
                choose.randbytes(choose.randrange(40)),
                b"\r\n",
                b"\n",
                b"NICK x\r\n",
                b"USER x 0 * :x\r\n",
                b" :",
                b"@",
            ]
            try:
                client.send_bytes(b"".join(choose.choices(words, k=60)))
            except ConnectionError:
                pass
            if choose.random() < 0.5:
                reset(client)


def test_a_connection_may_be_cut_at_any_byte_of_its_beginning(hosted: Hosted) -> None:
    """Whole lines count, a partial line never does, and no nick stays taken."""
    with others_talking(hosted):
        for length in range(len(REGISTRATION)):
            client = hosted.connect()
            client.send_bytes(REGISTRATION[:length])
            reset(client) if length % 2 else client.close()
        wait_until_gone(hosted, "cut")
        wait_until(lambda: len(hosted.tracker.visits()) == 2)  # the last of them may outlast the first
    said = [line for line in hosted.log_lines() if " cut :" in line and line.startswith("message ")]
    assert set(said) <= {"message #calm cut :whole"}


@pytest.mark.thorough
def test_connections_may_be_reset_while_they_are_sent_lines(hosted: Hosted) -> None:
    with others_talking(hosted):
        for number in range(60):
            client = hosted.client(f"reset{number}", "#calm")
            client.send("NAMES #calm", "WHO #calm", "PRIVMSG #calm :half a li")
            client.send_bytes(b"PRIVMSG #calm :never en")
            reset(client)
        for number in range(60):
            wait_until_gone(hosted, f"reset{number}")
    assert not any("never en" in line for line in hosted.log_lines())


def test_a_partial_line_is_not_a_command(hosted: Hosted) -> None:
    """Text without a line end when the connection ends is dropped."""
    with others_talking(hosted):
        client = hosted.client("half", "#calm")
        client.send_bytes(b"PRIVMSG #calm :not finished")
        client.close()
        wait_until_gone(hosted, "half")
    assert not any("not finished" in line for line in hosted.log_lines())


@pytest.mark.thorough
def test_a_stranger_that_does_not_register_is_disconnected(tmp_path: Path) -> None:
    """The registration deadline applies to silence, to a partial line and to endless attempts alike."""
    config = tmp_path / "tracker.toml"
    config.write_text("[limits]\nfirst_byte_timeout_s = 1.0\nregistration_timeout_s = 1.0\n", encoding="utf-8")
    with (
        tracker_process(tmp_path, "--config", str(config)) as tracker,
        witnesses(tracker.port, 2, "#calm") as talkers,
        ExitStack() as stack,
    ):
        silent, half, knocking, waiting = [stack.enter_context(IrcClient(tracker.port)) for _ in range(4)]
        half.send_bytes(b"NICK hal")
        waiting.send("CAP LS 302", "NICK waiting", "USER w 0 * :W")
        with pytest.raises((Disconnected, ConnectionError)):
            knock_for_ever(knocking)
        assert silent.receive_rest() == []
        for stranger in (half, waiting):
            assert "timed out" in one(stranger.receive_rest(), "ERROR").params[-1]
        talkers[0].command("PRIVMSG #calm :none of them was ever here")
        settled(talkers)
        assert_all_saw_what_was_logged(talkers, tracker.log_path)


@pytest.mark.thorough
def test_a_disconnected_silent_stranger_frees_its_place(tmp_path: Path) -> None:
    """A stranger's place is free as soon as it has been disconnected."""
    with hosted_tracker(tmp_path, first_byte_timeout_s=1.0, max_clients=3) as hosted, others_talking(hosted):
        silent = hosted.connect()
        assert silent.receive_rest() == []
        silent.close()
        wait_until_admitted(hosted)


def knock_for_ever(stranger: IrcClient) -> None:
    """Choose a nick repeatedly without registering. Raises when the connection ends."""
    while True:
        stranger.command("NICK knocking")


def wait_until_gone(hosted: Hosted, nick: str) -> None:
    """Return when nobody has this nick."""
    with IrcClient(hosted.port) as asker:
        asker.register("asker")
        while "401" not in commands(asker.command(f"WHOIS {nick}")):
            pass
        asker.send("QUIT")
        asker.receive_rest()


def wait_until_admitted(hosted: Hosted) -> None:
    """Return when a connection is admitted."""
    while True:
        with IrcClient(hosted.port) as client:
            try:
                client.register("admitted")
            except (Disconnected, ConnectionError):
                continue
            return
