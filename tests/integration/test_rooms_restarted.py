"""Rooms survive a restart: strangers who join first get nothing of theirs, and members get everything back."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from chatcore.server.access.accounts import ACCOUNTS_FILE, AccountStore
from tests.support.irc import DEADLINE_S, Disconnected, IrcClient, commands, one, only
from tests.support.sasl_client import plain
from tests.support.thorough import first_and_thorough
from tests.support.together import run_together
from tests.support.trackers import Hosted, TrackerProcess, hosted_tracker, tracker_process


@contextmanager
def _stopped_before_its_clients(folder: Path, **settings: Any) -> Iterator[Hosted]:
    """Run a tracker that ends before its clients do."""
    with hosted_tracker(folder, **settings) as hosted:
        yield hosted
        hosted.tracker.stop()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A tracker's folder in which ann and bob have accounts."""
    (tmp_path / "state").mkdir(mode=0o700)
    accounts = AccountStore(tmp_path / "state" / ACCOUNTS_FILE)
    for name in ("ann", "bob"):
        accounts.add(name, "pw")
    return tmp_path


def _member(connect: Callable[[], IrcClient], nick: str) -> IrcClient:
    """Return a client that has logged in to the account of that name."""
    client = connect()
    client.send(
        "CAP LS 302", "CAP REQ :sasl batch draft/chathistory", *plain(nick, "pw"), f"NICK {nick}", f"USER {nick} 0 * :x"
    )
    client.command("CAP END")
    client.nick = nick
    return client


def _names(seen: list[Any]) -> list[str]:
    return [name for message in only(seen, "353") for name in message.params[3].split()]


_LOCKED = ["+i", "+k tea", "+s", "+b *!*@*", "+l 1"]


@pytest.mark.parametrize("settings", [{}, {"history_days": 0}, {"history": 0}], ids=str)
def test_a_locked_room_stays_locked(folder: Path, settings: dict[str, Any]) -> None:
    with _stopped_before_its_clients(folder, **settings) as hosted:
        ann = _member(hosted.connect, "ann")
        for number, modes in enumerate(_LOCKED):
            ann.command(f"JOIN #r{number}", f"MODE #r{number} {modes}", f"TOPIC #r{number} :secret")
    with hosted_tracker(folder, **settings) as hosted:
        eve = hosted.client("eve")
        for number, code in ((0, "473"), (1, "475"), (3, "474")):
            assert one(eve.command(f"JOIN #r{number}"), code)
        for line in ("LIST", "NAMES #r0", "WHO #r0", "TOPIC #r0", "MODE #r0", "WHOIS ann"):
            assert "secret" not in str([m.params for m in eve.command(line)])
        assert _names(eve.command("JOIN #r2")) == ["eve"], "anybody may join a secret room, but nobody becomes operator"
        ann = _member(hosted.connect, "ann")
        for number in (0, 1, 3, 4):
            assert _names(ann.command(f"JOIN #r{number}")) == ["@ann"]
            assert one(ann.command(f"TOPIC #r{number}"), "332").params[2] == "secret"
        ann.command("JOIN #r2")
        assert set(_names(ann.command("NAMES #r2"))) == {"@ann", "eve"}


@pytest.mark.thorough
def test_all_settings_of_a_room_survive(folder: Path) -> None:
    questions = ("MODE #Room", "MODE #Room b", "MODE #Room e", "MODE #Room I", "TOPIC #Room")
    with _stopped_before_its_clients(folder) as hosted:
        ann, bob = (_member(hosted.connect, nick) for nick in ("ann", "bob"))
        ann.command(
            *("JOIN #Room", "TOPIC #Room :tea : and 漢字", "MODE #Room +mklW-n tea 9 30"),
            "MODE #Room +bbeI b!*@* m:c!*@* e!*@* i!*@*",
        )
        bob.command("JOIN #room tea")
        ann.command("MODE #Room +v bob")
        before = [(m.command, m.params) for m in ann.command(*questions)]
    with hosted_tracker(folder) as hosted:
        bob = _member(hosted.connect, "bob")
        assert commands(bob.command("JOIN #ROOM"))[-1:] == ["475"]
        assert _names(bob.command("JOIN #ROOM tea")) == ["+bob"]
        ann = _member(hosted.connect, "ann")
        ann.command("JOIN #room tea")
        assert set(_names(ann.command("NAMES #room"))) == {"@ann", "+bob"}
        assert [(m.command, m.params) for m in bob.sync()] == [
            ("JOIN", ("#Room",)),
            ("MODE", ("#Room", "+o", "ann")),
        ]
        assert [(m.command, m.params) for m in ann.command(*questions)] == before
        assert "restore #Room +mtWkl 30 tea 9 :tea : and 漢字" in hosted.log_lines()


@pytest.mark.thorough
def test_metadata_of_rooms_and_accounts_survives(folder: Path) -> None:
    with _stopped_before_its_clients(folder) as hosted:
        ann = _member(hosted.connect, "ann")
        ann.command("JOIN #Room", "METADATA #Room SET url :room's : own", "METADATA #Room SET note x")
        ann.command(
            "METADATA #Room SET note", "METADATA * SET url :漢字", "METADATA * SET note y", "METADATA * SET note"
        )
        hosted.client("eve").command("METADATA * SET url eve's")
    with hosted_tracker(folder) as hosted:
        assert commands(hosted.client("eve").command("METADATA #room LIST", "METADATA * LIST")) == ["FAIL"]
        ann = _member(hosted.connect, "ann")
        ann.command("JOIN #room")
        listed = ann.command("METADATA #room LIST", "METADATA * LIST", "METADATA eve LIST")
        assert [message.params[1:] for message in only(listed, "761")] == [
            ("#Room", "url", "*", "room's : own"),
            ("ann", "url", "*", "漢字"),
        ]
        ann.command("METADATA #room CLEAR", "METADATA * CLEAR")
        hosted.tracker.stop()
    with hosted_tracker(folder) as hosted:
        ann = _member(hosted.connect, "ann")
        ann.command("JOIN #room")
        assert only(ann.command("METADATA #room LIST", "METADATA * LIST"), "761") == []


def test_an_ended_room_is_new_after_a_restart(folder: Path) -> None:
    with _stopped_before_its_clients(folder) as hosted:
        _member(hosted.connect, "ann").command("JOIN #room", "MODE #room +i", "PART #room")
    with hosted_tracker(folder) as hosted:
        assert _names(hosted.client("eve").command("JOIN #room")) == ["@eve"]


@pytest.mark.thorough
def test_messages_of_a_locked_room_stay_with_its_members(folder: Path) -> None:
    """A stranger finds them only in the same room, and members even in another room of its name."""
    with _stopped_before_its_clients(folder) as hosted:
        ann = _member(hosted.connect, "ann")
        ann.command("JOIN #room", "MODE #room +k tea", "PRIVMSG #room :between us", "JOIN #gone", "MODE #gone +i")
        ann.command("PRIVMSG #gone :lost", "PART #gone")
    with hosted_tracker(folder) as hosted:
        ann, eve = _member(hosted.connect, "ann"), hosted.client("eve", caps="batch draft/chathistory")
        assert _join_and_read(eve, "#gone") == [], "it is a different room of that name"
        assert _join_and_read(eve, "#room tea") == ["between us"], "with the key eve is in the same room"
        assert _join_and_read(ann, "#gone") == ["lost"], "an account that was there can always read it"
        assert _join_and_read(ann, "#room tea") == ["between us"]


def _join_and_read(client: IrcClient, where: str) -> list[str]:
    """Join a room; return the messages in its history."""
    client.command(f"JOIN {where}")
    history = client.command(f"CHATHISTORY LATEST {where.split(maxsplit=1)[0]} * 9")
    return [message.params[1] for message in only(history, "PRIVMSG")]


def _kill(tracker: TrackerProcess) -> None:
    assert tracker.stop(signal.SIGKILL) == -signal.SIGKILL


@pytest.mark.thorough
def test_a_kill_loses_no_acknowledged_change(folder: Path) -> None:
    """Each change is answered before the next; right after the last answer the tracker is killed. Three times."""
    rounds = (
        ["JOIN #room", "MODE #room +i", "TOPIC #room :one"],
        ["JOIN #room", "TOPIC #room :two", "MODE #room +b eve!*@*"],
        ["JOIN #room", "MODE #room -i", "MODE #room +k tea", "METADATA #room SET url x", "METADATA * SET url y"],
    )
    refused = ["473", "473", "475"]
    for lines, code in zip(rounds, refused, strict=True):
        with tracker_process(folder) as tracker, _member(partial(IrcClient, tracker.port), "ann") as ann:
            for line in lines:
                assert ann.command(line)
            _kill(tracker)
        with tracker_process(folder) as tracker, IrcClient(tracker.port) as eve:
            eve.register("eve")
            assert commands(eve.join("#room")) == [code]
            _kill(tracker)
    with tracker_process(folder) as tracker, _member(partial(IrcClient, tracker.port), "ann") as ann:
        assert _names(ann.command("JOIN #room")) == ["@ann"]
        assert one(ann.command("TOPIC #room"), "332").params[2] == "two"
        said = only(ann.command("METADATA #room LIST", "METADATA * LIST"), "761")
        assert [message.params[4] for message in said] == ["x", "y"]
        assert [m.params[2] for m in only(ann.command("MODE #room b"), "367")] == ["eve!*@*"]
        tracker.type("rooms")
        tracker.read_until("#room  1  two")


@pytest.mark.parametrize("changes", first_and_thorough(5, 40))
def test_a_kill_amid_changes_leaves_rooms_as_last_acknowledged(folder: Path, changes: int) -> None:
    """Topics and keys of six rooms count upwards. Acknowledged changes survive, and perhaps the next one."""
    done = threading.Semaphore(0)
    told = dict.fromkeys(range(6), 0)
    all_in = threading.Barrier(len(told))

    def count(port: int, number: int) -> None:
        with suppress(Disconnected, OSError), IrcClient(port) as client:
            client.register(f"n{number}")
            client.command(f"JOIN #r{number}", f"TOPIC #r{number} :0", f"MODE #r{number} +k 0")
            all_in.wait(DEADLINE_S)
            for value in range(1, 10_000):
                client.command(f"TOPIC #r{number} :{value}", f"MODE #r{number} +k {value}")
                told[number] = value
                done.release()

    def kill(tracker: TrackerProcess) -> None:
        for _ in range(changes):
            assert done.acquire(timeout=DEADLINE_S)
        tracker.process.kill()

    with tracker_process(folder) as tracker:
        run_together(partial(kill, tracker), *(partial(count, tracker.port, number) for number in told))
        tracker.stop()
    with tracker_process(folder) as tracker, IrcClient(tracker.port) as eve:
        eve.register("eve")
        for number, value in told.items():
            tried = [eve.join(f"#r{number} {key}") for key in (value, value + 1)]
            assert "353" in {message.command for messages in tried for message in messages}, (
                "the room has one of these two keys"
            )
            key = int(eve.command(f"MODE #r{number}")[0].params[3])
            assert int(one(eve.command(f"TOPIC #r{number}"), "332").params[2]) in (key, key + 1)


@pytest.mark.thorough
def test_the_operator_sees_waiting_rooms_and_can_forget_one(folder: Path) -> None:
    with tracker_process(folder) as tracker, IrcClient(tracker.port) as eve:
        eve.register("eve")
        eve.command("JOIN #stuck", "MODE #stuck +i")
        _kill(tracker)
    with tracker_process(folder) as tracker, IrcClient(tracker.port) as eve:
        eve.register("eve")
        assert commands(eve.join("#stuck")) == ["473"]
        tracker.type("rooms")
        tracker.read_until("#stuck  nobody since the start at ")
        tracker.type("forget #STUCK")
        tracker.read_until("#stuck is forgotten")
        assert _names(eve.join("#stuck")) == ["@eve"]
        _kill(tracker)
    with tracker_process(folder) as tracker:
        tracker.type("rooms")
        tracker.read_until("#stuck  nobody since the start at ")
