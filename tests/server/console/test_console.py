"""The operator's console: every command, on a tracker inside this process."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from time import localtime, strftime

import pytest

from chatcore.protocol.goodbye import BACK_SOON, TRACKER_LEFT
from chatcore.server.console import console
from chatcore.server.console.console import Console
from chatcore.server.console.line_source import LineSource
from chatcore.server.console.order_queue import Orders
from chatcore.server.console.result import Result
from chatcore.server.console.table import CONSOLE_COMMANDS, help_lines
from chatcore.state.channel import Topic
from chatcore.transport.wake_pipe import WakePipe
from tests.server.conftest import Typed
from tests.support.disk import Disk
from tests.support.dormant import dormant
from tests.support.irc import one, only
from tests.support.together import wait_until
from tests.support.trackers import Hosted, hosted_tracker


class _Operator:
    """A console, and its output."""

    def __init__(self, hosted: Hosted, lines: LineSource, wake_pipe: WakePipe) -> None:
        self.written: list[str] = []
        self.orders = Orders(wake_pipe.wake)
        self.is_read = [True]  # whether anybody reads: the successive answers; the last one is repeated
        self.console = Console(hosted.tracker, lines, wake_pipe, self.written.append, self.orders, self._is_read)
        self.wake = wake_pipe.wake

    def _is_read(self) -> bool:
        return self.is_read.pop(0) if len(self.is_read) > 1 else self.is_read[0]

    def does(self, line: str) -> list[str]:
        """Return what the console answers to a command."""
        self.written.clear()
        self.console.execute(line)
        return list(self.written)


@contextmanager
def _operating(hosted: Hosted, lines: LineSource) -> Iterator[_Operator]:
    with WakePipe() as wake_pipe:
        yield _Operator(hosted, lines, wake_pipe)


@pytest.fixture
def operator(hosted: Hosted, typed: Typed) -> Iterator[_Operator]:
    with _operating(hosted, typed("")) as operator:
        yield operator


# Typed commands


def test_an_empty_line_does_nothing(operator: _Operator) -> None:
    assert operator.does("") == operator.does("   ") == []


@pytest.mark.parametrize("line", ["frobnicate", "frobnicate with words", "kickall"])
def test_an_unknown_command_is_reported(operator: _Operator, line: str) -> None:
    assert operator.does(line) == [f"There is no command {line.split(maxsplit=1)[0]}; help lists them all."]


def test_echoed_words_are_escaped(operator: _Operator) -> None:
    for line in ("\x1b[2J", "kick \x1b[2J", "unban \x1b[2J", "ban \x1b[2J", "bans"):
        written = operator.does(line)
        assert written
        assert all(text.isprintable() for text in written)


@pytest.mark.parametrize("name", [name for name, command in CONSOLE_COMMANDS.items() if command.needs_argument])
def test_a_missing_argument_shows_the_usage(operator: _Operator, name: str) -> None:
    assert operator.does(name) == operator.does(f"{name}   ") == [f"Usage: {CONSOLE_COMMANDS[name].syntax}"]


def test_case_and_spaces_around_words_do_not_matter(operator: _Operator, hosted: Hosted) -> None:
    ann = hosted.client("ann")
    assert operator.does("  KICK   ann   be  nice  ") == ["ann was disconnected."]
    assert one(ann.receive_rest(), "ERROR").params == ("Closing link: Kicked by the operator: be  nice",)


def test_help_shows_every_command(operator: _Operator) -> None:
    written = operator.does("help")
    assert written == help_lines()
    assert len(written) == len(CONSOLE_COMMANDS)
    for line, (name, command) in zip(written, CONSOLE_COMMANDS.items(), strict=True):
        assert command.syntax.startswith(name)
        assert line.split()[0] == name
        assert line.endswith(command.help)


# Who is here


def test_active_lists_everybody_in_columns(operator: _Operator, hosted: Hosted) -> None:
    assert operator.does("active") == ["Nobody is here."]
    hosted.connect()
    assert operator.does("active") == ["Nobody is here."]
    ann, zoe = hosted.client("ann", "#b", "#a"), hosted.client("zoë")
    header, *rows = operator.does("active")
    assert header.split() == ["NAME", "ADDRESS", "SINCE", "IDLE", "ROOMS"]
    assert [row.split()[0] for row in rows] == ["ann", "zoë"]
    assert [row.split()[1] for row in rows] == [ann.address, zoe.address]
    assert rows[0].split()[4:] == ["#a", "#b"]
    assert re.fullmatch(r"\d\d:\d\d:\d\d", rows[0].split()[2])
    assert re.fullmatch(r"0:00:\d\d", rows[0].split()[3])
    assert {row.index(row.split()[1]) for row in rows} == {header.index("ADDRESS")}


def test_idle_time_uses_the_monotonic_clock(operator: _Operator, hosted: Hosted) -> None:
    hosted.client("ann")
    ann = hosted.tracker.registry.client("ann")
    assert ann is not None
    hosted.tracker.services.monotonic = lambda: ann.active_at + 61
    assert operator.does("active")[1].split()[3] == "0:01:01"


def test_rooms_shows_member_counts_and_topics(operator: _Operator, hosted: Hosted) -> None:
    assert operator.does("rooms") == ["There are no rooms."]
    ann = hosted.client("ann", "#zoo", "#Attic")
    hosted.client("bob", "#zoo")
    ann.command("TOPIC #zoo :tea \x1b[2J")
    assert operator.does("rooms") == ["#Attic  1", r"#zoo  2  tea \x1b[2J"]


def test_rooms_waiting_since_before_the_start_are_listed_last(
    operator: _Operator, hosted: Hosted, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = Topic("tea \x1b[2J", "ann!a@h", 5)
    hosted.tracker.registry.lay_down([dormant("#old", topic=topic), dormant("#Attic")])
    hosted.client("ann", "#zoo")
    since = strftime("%Y-%m-%d %H:%M", localtime(2000))
    waiting = f"nobody since the start at {since}"
    assert operator.does("rooms") == ["#zoo  1", f"#Attic  {waiting}", rf"#old  {waiting}  tea \x1b[2J"]


def test_forget_ends_a_waiting_room(operator: _Operator, hosted: Hosted) -> None:
    hosted.tracker.registry.lay_down([dormant("#Old", flags=frozenset("i"))])
    ann = hosted.client("ann")
    assert one(ann.command("JOIN #old"), "473")
    assert operator.does("forget OLD") == ["#Old is forgotten: the next person to join creates it anew."]
    assert "forget #Old" in hosted.log_lines()
    assert operator.does("forget #old") == ["No room called #old is waiting for people to come back."]
    ann.join("#old")
    assert operator.does("forget #old") == ["No room called #old is waiting for people to come back."]
    assert operator.does("rooms") == ["#old  1"]


# Kicks and bans


@pytest.mark.parametrize("by_address", [False, True])
def test_kick_disconnects_one_person(operator: _Operator, hosted: Hosted, by_address: bool) -> None:
    ann, bob = hosted.client("ann", "#room"), hosted.client("bob", "#room")
    assert operator.does(f"kick {bob.address if by_address else 'BOB'}") == ["bob was disconnected."]
    assert one(bob.receive_rest(), "ERROR").params == ("Closing link: Kicked by the operator",)
    assert ann.receive_until("QUIT").params == ("Kicked by the operator",)


@pytest.mark.parametrize("whom", ["nobody", "192.0.2.1:5", "[::1]:5"])
def test_kicking_an_unknown_person_is_reported(operator: _Operator, whom: str) -> None:
    assert operator.does(f"kick {whom}") == [f"Nobody here is called {whom}."]


def test_a_banned_name_is_refused_until_it_is_unbanned(operator: _Operator, hosted: Hosted) -> None:
    hosted.client("ann")
    bob = hosted.client("bob")
    assert operator.does("ban B?B") == ["B?B is banned; 1 disconnected."]
    assert one(bob.receive_rest(), "ERROR").params == ("Closing link: Banned by the operator",)
    assert operator.does("ban b?b") == ["b?b is already banned."]
    assert operator.does("bans") == ["b?b"]
    again = hosted.connect()
    again.send("NICK bob", "USER bob 0 * :Bob")
    assert again.receive().command == "432"
    assert operator.does("unban b?B") == ["b?B is no longer banned."]
    assert operator.does("bans") == ["Nobody is banned."]
    assert again.register("bob")[0].command == "001"
    kinds = [line.split()[0] for line in hosted.log_lines()]
    assert kinds.count("ban") == kinds.count("unban") == 1


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.0/8"])
def test_banning_an_address_disconnects_all_its_connections(operator: _Operator, hosted: Hosted, address: str) -> None:
    ann, stranger = hosted.client("ann"), hosted.connect()
    stranger.sync()
    assert operator.does(f"ban {address}") == [f"{address} is banned; 2 disconnected."]
    for client in (ann, stranger):
        assert only(client.receive_rest(), "ERROR")
    assert hosted.connect().receive().params == ("Closing link: You are banned from this tracker",)


def test_unbanning_an_unbanned_name_is_reported(operator: _Operator) -> None:
    assert operator.does("unban ann") == ["ann is not banned."]


def test_a_ban_that_cannot_be_saved_disconnects_nobody(operator: _Operator, hosted: Hosted, disk: Disk) -> None:
    ann = hosted.client("ann")
    disk.cannot_sync = True
    (line,) = operator.does("ban ann")
    assert line.startswith("cannot save the bans in ")
    assert ann.sync() == []


# To everybody


def test_say_reaches_everybody(operator: _Operator, hosted: Hosted) -> None:
    clients = [hosted.client("ann"), hosted.client("bob", "#room")]
    assert operator.does("say  closing  soon ") == []
    for client in clients:
        message = client.receive_until("NOTICE")
        assert (message.source, message.params) == ("tracker.chat", (client.nick, "closing  soon"))
    assert "announce :closing  soon" in hosted.log_lines()


def test_a_long_say_is_split_into_lines(operator: _Operator, hosted: Hosted) -> None:
    ann = hosted.client("ann")
    words = [f"wörd{number}" for number in range(300)]
    operator.does("say " + " ".join(words))
    heard: list[str] = []
    lines = 0
    while len(heard) < len(words):
        heard += ann.receive_until("NOTICE").params[1].split()
        lines += 1
    assert heard == words
    assert lines > 1


def test_line_ends_in_a_say_become_spaces(operator: _Operator, hosted: Hosted) -> None:
    """A terminal can be made to send one."""
    ann = hosted.client("ann")
    operator.does("say one\rtwo\0three")
    assert ann.receive_until("NOTICE").params[1] == "one two three"


# Until the end


def _run(operator: _Operator, is_interrupted: Callable[[], bool] = lambda: False) -> list[str]:
    operator.console.run(is_interrupted)
    return operator.written


def test_it_runs_no_command_after_exit(hosted: Hosted, typed: Typed) -> None:
    hosted.client("ann")
    with _operating(hosted, typed("rooms\nexit\nbans\n")) as operator:
        assert _run(operator)[0] == "There are no rooms."
    assert operator.does("active")[1].startswith("ann ")


@pytest.mark.parametrize(
    ("line", "farewell"),
    [("exit", TRACKER_LEFT), ("Exit  --restart ", BACK_SOON), ("exit\nexit --restart", TRACKER_LEFT)],
)
def test_exit_determines_the_farewell(hosted: Hosted, typed: Typed, line: str, farewell: str) -> None:
    with _operating(hosted, typed(f"{line}\n")) as operator:
        assert operator.console.run(lambda: False) == farewell


@pytest.mark.parametrize("argument", ["--restrat", "now", "--restart now"])
def test_exit_with_a_bad_argument_ends_nothing(hosted: Hosted, typed: Typed, argument: str) -> None:
    with _operating(hosted, typed(f"exit {argument}\nbans\nexit\n")) as operator:
        assert _run(operator) == ["Usage: exit [--restart]", "Nobody is banned."]


def test_commands_by_ctl_are_carried_out_and_changes_are_reported(hosted: Hosted, typed: Typed) -> None:
    ann = hosted.client("ann")
    with _operating(hosted, typed("")) as operator, ThreadPoolExecutor(1) as elsewhere:

        def ask() -> list[Result]:
            lines = (
                "active",
                "kick nobody",
                "fly",
                "",
                "BAN eve",
                "say tea\x1b",
                "say inv-k3x9q2-0a",
                "exit --restart",
                "bans",
            )
            return [operator.orders.give(line) for line in lines]

        answers = elsewhere.submit(ask)
        assert operator.console.run(lambda: False) == BACK_SOON
        operator.orders.close()
        active, kick, fly, nothing, ban, say, _, left, late = answers.result(10)
    assert (active.data["people"][0]["nick"], active.is_done) == ("ann", True)
    assert (kick.problem, fly.problem) == (
        "Nobody here is called nobody.",
        "There is no command fly; help lists them all.",
    )
    assert (nothing, ban.is_done, say.is_done, left.farewell) == (Result(), True, True, BACK_SOON)
    assert late.problem == "The tracker is closing."
    assert operator.written == [
        "By ctl: BAN eve",
        r"By ctl: say tea\x1b",
        "By ctl: say inv-k3x9q2-…",
        "By ctl: exit --restart",
    ]
    assert ann.receive_until("NOTICE").params[1] == "tea\x1b"


def test_it_ends_when_interrupted_despite_pending_input(hosted: Hosted, typed: Typed) -> None:
    with _operating(hosted, typed("help\n")) as operator:
        assert _run(operator, lambda: True) == []


def test_the_end_of_input_does_not_end_it(hosted: Hosted, typed: Typed) -> None:
    """It keeps waiting for a signal or for the last person to leave; here, each look wakes it again."""
    hosted.client("ann")
    looks: list[None] = []
    with _operating(hosted, typed("bans")) as operator:

        def is_interrupted() -> bool:
            looks.append(None)
            operator.wake()
            return len(looks) == 5

        assert _run(operator, is_interrupted) == ["Nobody is banned."]


def test_it_ends_when_everybody_has_left(hosted: Hosted, typed: Typed) -> None:
    ann = hosted.client("ann")
    ann.send("QUIT")
    ann.receive_rest()
    wait_until(lambda: hosted.tracker.ends_in() == 0.0)
    with _operating(hosted, typed("bans\n")) as operator:
        assert _run(operator) == ["Everybody has left."]


def test_it_waits_no_longer_than_the_last_lost_connection_lingers(tmp_path: Path, typed: Typed) -> None:
    with hosted_tracker(tmp_path, linger_s=0.05) as hosted:
        hosted.client("ann").close()
        wait_until(lambda: hosted.tracker.ends_in() is not None)
        with _operating(hosted, typed("")) as operator:
            assert _run(operator) == ["Everybody has left."]


def test_with_keep_alive_it_does_not_end(tmp_path: Path, typed: Typed) -> None:
    with hosted_tracker(tmp_path, keep_alive=True) as hosted:
        ann = hosted.client("ann")
        ann.send("QUIT")
        ann.receive_rest()
        wait_until(lambda: not hosted.tracker.registry.clients())
        with _operating(hosted, typed("bans\nexit\n")) as operator:
            assert _run(operator) == ["Nobody is banned."]


def test_an_unwritable_log_is_reported_once(hosted: Hosted, typed: Typed, disk: Disk) -> None:
    ann = hosted.client("ann", "#room")
    disk.free = 0
    assert one(ann.command("PRIVMSG #room :lost"), "400")
    with _operating(hosted, typed("bans\nbans\nexit\n")) as operator:
        assert _run(operator) == [
            "The log cannot be written (No space left on device): nothing is accepted until it can.",
            "Nobody is banned.",
            "Nobody is banned.",
        ]
    disk.free = None
    wait_until(lambda: hosted.tracker.log.is_writable)
    with _operating(hosted, typed("exit\n")) as again:
        assert _run(again) == []


def test_departures_are_reported_and_escaped(hosted: Hosted, typed: Typed) -> None:
    hosted.client("ann")
    hosted.tracker.doorbell.is_on = True
    hosted.tracker.doorbell.left("zoe", "10.0.0.7:5", "\x1b[2J", is_lost=False)
    with _operating(hosted, typed("exit\n")) as operator:
        operator.console.report()
        assert [line.partition(" ")[2] for line in operator.written] == [r"zoe left (10.0.0.7): \x1b[2J"]


def test_arrivals_are_held_back_while_nobody_reads(
    hosted: Hosted, typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stopped terminal would stop the console, too."""
    hosted.client("ann")
    hosted.tracker.doorbell.is_on = True
    hosted.tracker.doorbell.came("zoe", "10.0.0.7:5")
    monkeypatch.setattr(console, "_LOOK_AGAIN_S", 0.01)
    with _operating(hosted, typed("")) as operator:
        operator.is_read = [False, False, False, True]
        (line,) = _run(operator, lambda: bool(operator.written))
        assert line.endswith(" zoe joined (10.0.0.7)")
        assert operator.is_read == [True], "the console must look again by itself"
