"""Tracker: how its parts start, stop and count together."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from chatcore.config import Config
from chatcore.errors import ConfigError
from chatcore.server.premises import Premises
from chatcore.server.tracker import Tracker
from tests.support.disk import Disk
from tests.support.irc import IrcClient, commands, one
from tests.support.together import DEADLINE_S, wait_until
from tests.support.trackers import Hosted, hosted_tracker


def _config(folder: Path, **settings: object) -> Config:
    values = {"host": "127.0.0.1", "port": 0, "log": folder / "chat.log", "state_dir": folder / "state", **settings}
    return Config(**values)  # type: ignore[arg-type]


# Starting


def test_it_listens_at_additional_places(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, listen=("[::1]:0", "127.0.0.1:0")) as hosted:
        assert [host for host, _ in hosted.tracker.addresses] == ["127.0.0.1", "::1", "127.0.0.1"]
        assert len({port for _, port in hosted.tracker.addresses}) > 1
        for host, port in hosted.tracker.addresses:
            with IrcClient(port, host=host) as client:
                assert client.register("ann")[0].command == "001"
                client.send("QUIT")
                client.receive_rest()
        shown = [f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in hosted.tracker.addresses]
        assert hosted.log_lines()[0] == f"start :{' '.join(shown)}"


def test_a_taken_port_leaves_nothing_open(tmp_path: Path) -> None:
    """The leak check finds anything left open."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match="another program uses this port"):
            Tracker(_config(tmp_path, listen=(f"127.0.0.1:{port}",)), "")


def test_an_unreachable_engine_leaves_nothing_open(tmp_path: Path) -> None:
    """The leak check finds anything left open, and the folder's lock is free."""
    with pytest.raises(ConfigError, match="cannot be reached"):
        Tracker(_config(tmp_path, cluster="valkey://127.0.0.1:1/chat"), "")
    Premises(_config(tmp_path), "", lambda text: None).give_up()


# Counting


def test_the_server_password_is_required_exactly(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, password="zwölf") as hosted:
        client = hosted.connect()
        client.send("PASS zwolf")
        assert client.receive_until("464")
        assert hosted.connect().register("ann", password="zwölf")[0].command == "001"


def _counts(hosted: Hosted) -> tuple[int, int]:
    heads = hosted.tracker.services.headcount()
    return heads.unknown, heads.most


def test_connections_are_counted_until_they_end(hosted: Hosted) -> None:
    ann, stranger = hosted.client("ann"), hosted.connect()
    stranger.sync()
    assert _counts(hosted) == (1, 1)
    hosted.client("bob")
    assert _counts(hosted) == (1, 2)
    stranger.close()
    ann.close()
    wait_until(lambda: len(hosted.tracker.visits()) == 1)
    assert _counts(hosted) == (0, 2)


def test_a_departure_frees_a_place(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, max_clients=1) as hosted:
        hosted.connect().sync()
        assert hosted.connect().receive().params == ("Closing link: The tracker is full, try again later",)
        (visit,) = hosted.tracker.visits()
        visit.end("enough", is_lost=False)
        hosted.close_clients()
        assert visit.is_over.wait(DEADLINE_S)
        assert hosted.client("ann").sync() == []


# The log


def test_a_reload_looks_for_the_log_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatcore.server.upkeep.heartbeat._INTERVAL_S", 3600.0)
    with hosted_tracker(tmp_path) as hosted:
        wait_until(hosted.log_lines)
        hosted.log_path.rename(tmp_path / "chat.log.1")
        hosted.tracker.reload()
        wait_until(hosted.log_path.exists)
        assert hosted.log_lines() == ["log-opened"]


# The bans


def _write_bans(hosted: Hosted, text: str) -> None:
    """Replace the file atomically, so that the tracker never sees half of it."""
    file = hosted.tracker.config.state_dir / "bans.json"
    file.with_name("mine").write_text(text, encoding="utf-8")
    file.with_name("mine").replace(file)


def test_edits_of_the_ban_file_take_effect_within_a_heartbeat(hosted: Hosted) -> None:
    ann, bob = hosted.client("ann"), hosted.client("bob")
    _write_bans(hosted, '["Bob"]')
    assert "Banned by the operator" in one(bob.receive_rest(), "ERROR").params[0]
    assert "432" in commands(hosted.connect().command("NICK bob"))
    _write_bans(hosted, "[]")
    wait_until(lambda: not hosted.tracker.bans.all())
    wait_until(lambda: len(hosted.tracker.notices) == 2)
    assert hosted.client("bob").sync() == ann.sync() == []
    assert list(hosted.tracker.notices) == [
        "bans.json was changed: 1 added, 0 lifted; 1 disconnected.",
        "bans.json was changed: 0 added, 1 lifted; 0 disconnected.",
    ]
    kinds = [line for line in hosted.log_lines() if line.split()[0] in ("ban", "unban")]
    assert kinds == ["ban bob", "unban bob"]


def test_a_broken_ban_file_is_reported(hosted: Hosted) -> None:
    hosted.client("ann")
    _write_bans(hosted, "[")
    wait_until(lambda: hosted.tracker.notices)
    (line,) = hosted.tracker.notices
    assert line.startswith("cannot read the bans in ")


# Stopping


def test_it_ends_when_the_last_client_has_left_and_not_before(hosted: Hosted) -> None:
    tracker = hosted.tracker
    ann, bob = hosted.client("ann"), hosted.client("bob")
    for client in (ann, bob):
        assert tracker.ends_in() is None
        client.send("QUIT")
        client.receive_rest()
    wait_until(lambda: tracker.ends_in() == 0.0)


def test_a_lost_connection_lingers_and_may_come_back(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, linger_s=3600) as hosted:
        hosted.client("ann").close()
        wait_until(hosted.tracker.ends_in)
        hosted.client("ann")
        assert hosted.tracker.ends_in() is None


def test_a_visit_during_a_full_disk_is_not_counted_forever(tmp_path: Path, disk: Disk) -> None:
    """Its arrival is logged and delivered only after its thread has ended."""
    with hosted_tracker(tmp_path, linger_s=0, close_timeout_s=0.05) as hosted:
        wait_until(hosted.log_lines)
        disk.free = 0
        ghost = hosted.connect()
        ghost.send("NICK ghost", "USER ghost 0 * :Ghost")
        wait_until(lambda: hosted.tracker.registry.client("ghost"))
        (visit,) = hosted.tracker.visits()
        ghost.close()
        assert visit.is_over.wait(DEADLINE_S)
        disk.free = None
        wait_until(lambda: hosted.tracker.ends_in() == 0.0)
        wait_until(lambda: visit.connection.is_closed)
        wait_until(lambda: not hosted.tracker.visits())
        assert [line.split()[0] for line in hosted.log_lines()] == ["start", "connect", "lost", "log-resumed"]


def test_every_client_gets_the_farewell_registered_or_not(tmp_path: Path) -> None:
    tracker = Tracker(_config(tmp_path), "")
    tracker.start()
    with IrcClient(tracker.port) as ann, IrcClient(tracker.port) as stranger:
        ann.register("ann")
        stranger.sync()
        tracker.stop()
        for client in (ann, stranger):
            assert "the tracker has left" in one(client.receive_rest(), "ERROR").params[0]
    with pytest.raises(ConnectionError):
        socket.create_connection(("127.0.0.1", tracker.port), timeout=20)
    assert (tmp_path / "chat.log").read_text().endswith(" stop :the tracker has left\n")


def test_a_failed_delivery_ends_the_tracker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    changes: list[None] = []
    tracker = Tracker(_config(tmp_path), "", lambda: changes.append(None))
    tracker.start()

    def fail(_: object) -> int:
        raise ZeroDivisionError

    with monkeypatch.context() as faulty:
        faulty.setattr(tracker.log, "write", fail)
        tracker.announce("x")
        wait_until(lambda: tracker.has_failed)
    assert tracker.ends_in() == 0.0
    assert changes
    assert "delivery failed" in caplog.text
    tracker.stop()
