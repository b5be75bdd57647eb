"""Readings: every figure is what it claims to be, and none reveals who is present or what is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from chatcore import __version__
from chatcore.server.metrics.catalogue import METRICS
from chatcore.server.readings import Readings
from tests.support.disk import Disk
from tests.support.dormant import dormant
from tests.support.irc import DEADLINE_S, IrcClient
from tests.support.operators import hashed
from tests.support.prometheus import Family, parse_exposition
from tests.support.sasl import negotiate, plain
from tests.support.together import wait_until
from tests.support.trackers import Hosted, hosted_tracker

_PASSWORD = "correct-horse"
_BEHIND_PROXY: dict[str, Any] = {"trusted_proxies": ("127.0.0.1",), "plaintext": "anywhere"}
_ANN, _BOB = "203.0.113.7", "2001:db8::7"


def _read(hosted: Hosted) -> dict[str, Family]:
    """Return all metrics, once published events are delivered."""
    hosted.log_text()
    return parse_exposition(hosted.tracker.metrics())


def _value(hosted: Hosted, name: str) -> float:
    return _read(hosted)[f"chatcore_{name}"].value


def _readings(hosted: Hosted, **parts: object) -> Readings:
    """Return the tracker's readings, with stand-ins for some of its parts."""
    return replace(hosted.tracker._readings, **cast("Any", parts))


def test_every_metric_has_a_value_and_there_are_no_others(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, seal=True) as hosted:
        wait_until(lambda: "chatcore_log_sealed_timestamp_seconds" in hosted.tracker.metrics())
        values = hosted.tracker._readings.values()
        families = _read(hosted)
    names = {metric.name for metric in METRICS if not metric.name.startswith("chatcore_cluster_")}
    assert values.keys() == families.keys() <= names
    assert {name for name in names - values.keys() if not name.startswith("process_")} == set()
    assert {metric.name: (metric.kind.value, metric.help) for metric in METRICS if metric.name in families} == {
        name: (family.kind, family.help) for name, family in families.items()
    }
    labelled = {metric.name: metric.label for metric in METRICS if metric.label}
    assert labelled == {
        name: label
        for name, family in families.items()
        if family.kind != "histogram"
        for _, labels in family.samples
        for label, _ in labels
    }
    assert families["chatcore_build_info"].by("version") == {__version__: 1}


def test_clients_are_counted_by_transport(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path) as hosted:
        for wire in ("tcp", "tls", "tls", "ws", "wss", "wss"):
            hosted.client(f"a{len(hosted.tracker.visits())}", wire=wire)
        hosted.connect().command("NICK nobody")
        families = _read(hosted)
        assert families["chatcore_clients"].by("transport") == {"tcp": 1, "tls": 2, "ssh": 0, "websocket": 3}
        assert families["chatcore_clients_passing"].value == 1
        assert families["chatcore_connections_total"].value == 7
        hosted.close_clients()
        wait_until(lambda: not hosted.tracker.visits())
        families = _read(hosted)
        assert families["chatcore_clients"].by("transport") == {"tcp": 0, "tls": 0, "ssh": 0, "websocket": 0}
        assert families["chatcore_clients_passing"].value == 0


def test_rooms_are_counted_including_secret_ones(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path) as hosted:
        ann = hosted.client("ann", "#one", "#two", "#three")
        ann.command("MODE #three +s")
        assert _value(hosted, "rooms") == 3
        hosted.tracker.registry.lay_down([dormant("#four"), dormant("#five")])
        assert (_value(hosted, "rooms"), _value(hosted, "rooms_waiting")) == (3, 2)


def test_a_message_is_counted_once_however_many_hear_it(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path) as hosted:
        ann, *others = (hosted.client(nick, "#tea", caps="message-tags") for nick in ("ann", "bob", "eve"))
        before = _read(hosted)
        ann.command("PRIVMSG #tea,bob :hello", "NOTICE bob :hello", "@+typing=active TAGMSG #tea", "TOPIC #tea :new")
        for other in others:
            other.sync()
        after = _read(hosted)
    growth = {
        name: after[f"chatcore_{name}_total"].value - before[f"chatcore_{name}_total"].value
        for name in ("messages", "sends", "log_written_bytes")
    }
    assert growth["messages"] == 3
    assert growth["sends"] >= 3
    logged = after["chatcore_log_file_bytes"].value - before["chatcore_log_file_bytes"].value
    assert growth["log_written_bytes"] == logged > 0
    delays = [each["chatcore_delivery_delay_seconds"].samples for each in (before, after)]
    counts = [samples["chatcore_delivery_delay_seconds_count", ()] for samples in delays]
    assert counts[1] > counts[0] > 0
    assert 0 < delays[1]["chatcore_delivery_delay_seconds_sum", ()] < DEADLINE_S, (
        "a delay of years means that two clocks were mixed up"
    )


def _try_wrong_password(client: IrcClient) -> None:
    client.send("PASS Losung")
    client.receive_until("464")


def test_refused_logins_are_counted_by_reason(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, _PASSWORD, operators={"root": hashed("tea")}) as hosted:
        _try_wrong_password(hosted.connect())
        client = hosted.connect()
        negotiate(client)
        plain(client, "SASL:", "wrong")
        hosted.client("ann", password=_PASSWORD).command("OPER banned :wrong")
        eve = hosted.connect()
        eve.command(f"PASS {_PASSWORD}", "NICK eve")
        hosted.tracker.bans.add("eve")
        eve.send("USER eve 0 * :Eve")
        eve.receive_rest()
        refused = _read(hosted)["chatcore_logins_refused_total"]
        assert refused.by("reason") == {"password": 1, "account": 1, "oper": 1, "ban": 1, "resume": 0, "invitation": 0}
        assert _value(hosted, "bans") == 1


def test_shut_out_addresses_are_counted(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, _PASSWORD, **_BEHIND_PROXY, failures_before_ban=1, max_failure_delay_s=0.0) as hosted:
        _try_wrong_password(hosted.connect(proxied=_ANN))
        assert _value(hosted, "addresses_shut_out") == 1
        refused = hosted.connect(proxied=_ANN)
        refused.send("NICK ann")
        refused.receive_rest()
        assert _read(hosted)["chatcore_connections_refused_total"].by("reason")["passwords"] == 1


def _cause_all_activity(hosted: Hosted) -> None:
    """Cause all kinds of activity, with names that must not appear in labels."""
    ann = hosted.client("Geheimnis", "#Verschwörung", password=_PASSWORD, proxied=_ANN)
    bob = hosted.client("Bob", "#Verschwörung", password=_PASSWORD, proxied=_BOB, wire="wss")
    ann.command(
        "PRIVMSG #Verschwörung :Losung", "PRIVMSG Bob :Losung", "TOPIC #Verschwörung :Losung", "OPER Geheimnis x"
    )
    ann.command("MODE #Verschwörung +b Bob!*@*", "JOIN #Geheim", "NICK Vertraulich")
    hosted.tracker.bans.add("Feind")
    hosted.connect(proxied=_ANN).register("Feind", password=_PASSWORD)
    _try_wrong_password(hosted.connect(proxied=_BOB))
    bob.close()
    bob = IrcClient(hosted.port)
    bob.close()


@pytest.mark.thorough
def test_no_activity_adds_a_label(tmp_path: Path) -> None:
    """The series stay the same from start to end, with fixed labels: no name can be among them."""
    with hosted_tracker(tmp_path, _PASSWORD, **_BEHIND_PROXY, operators={"Geheimnis": hashed("t")}) as hosted:
        at_rest = _read(hosted)
        _cause_all_activity(hosted)
        busy = _read(hosted)
        text = hosted.tracker.metrics()
    assert {name: list(family.samples) for name, family in busy.items()} == {
        name: list(family.samples) for name, family in at_rest.items()
    }
    assert busy["chatcore_messages_total"].value == 2
    for word in ("Geheim", "Verschw", "Bob", "Losung", "Vertraulich", "Feind", _ANN, _BOB):
        assert word.lower() not in text.lower()


def test_an_unwritable_log_shows(tmp_path: Path, disk: Disk) -> None:
    with hosted_tracker(tmp_path) as hosted:
        ann = hosted.client("ann", "#tea")
        ann.command("PRIVMSG #tea :one")
        assert _read(hosted)["chatcore_log_writable"].value == 1
        disk.free = 0
        ann.command("PRIVMSG #tea :two")
        ann.command("PRIVMSG #tea :three")
        families = parse_exposition(hosted.tracker.metrics())
        assert (families["chatcore_log_writable"].value, families["chatcore_messages_total"].value) == (0, 1)
        disk.free = None
        wait_until(lambda: hosted.tracker.log.is_writable)
        ann.command("PRIVMSG #tea :four")
        families = _read(hosted)
        assert (families["chatcore_log_writable"].value, families["chatcore_messages_total"].value) == (1, 2)


def test_without_sealing_there_are_no_seal_metrics(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path) as hosted:
        assert "seal" not in hosted.tracker.metrics()


@pytest.mark.parametrize(("is_working", "sealed_at"), [(False, None), (False, 1795690942.5), (True, 1795690942.5)])
def test_a_failing_seal_shows(tmp_path: Path, is_working: bool, sealed_at: float | None) -> None:
    with hosted_tracker(tmp_path) as hosted:
        sealer = SimpleNamespace(is_working=is_working, sealed_at=sealed_at)
        families = parse_exposition(_readings(hosted, sealer=sealer).text())
    assert families["chatcore_log_seal_working"].value == is_working
    told = families.get("chatcore_log_sealed_timestamp_seconds")
    assert (told.value if told else None) == sealed_at


def test_outboxes_of_slow_readers_count(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, max_total_sendq_bytes=7000) as hosted:
        hosted.tracker.intake.outbox_budget.change(0, 1234)
        families = _read(hosted)
        assert families["chatcore_outbox_bytes"].value == 1234
        assert families["chatcore_outbox_limit_bytes"].value == 7000
        assert families["chatcore_history_bytes"].value == hosted.tracker.delivery.history_bytes


def test_the_archives_figures_are_reported(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, history_mb=3) as hosted:
        ann = hosted.client("ann", "#tea")
        ann.command("PRIVMSG #tea :hello")
        hosted.log_text()
        holdings = hosted.tracker.holdings
        assert holdings.archivist.catch_up(hosted.tracker.stream.position) == hosted.tracker.stream.position
        families = _read(hosted)
        assert families["chatcore_archive_enabled"].value == 1
        assert families["chatcore_archive_limit_bytes"].value == 3 << 20
        assert families["chatcore_archive_writable"].by("part") == {"journal": 1, "files": 1}
        sizes = [path.stat().st_size for path in (tmp_path / "state").glob("history-*")]
        assert families["chatcore_archive_file_bytes"].value == sum(sizes) > 0
        assert families["chatcore_archive_backlog_bytes"].value == 0


@pytest.mark.parametrize(("is_complete", "problem"), [(True, ""), (False, ""), (True, "a full disk")])
def test_the_failing_part_of_the_archive_shows(tmp_path: Path, is_complete: bool, problem: str) -> None:
    with hosted_tracker(tmp_path) as hosted:
        holdings = SimpleNamespace(
            journal=SimpleNamespace(is_complete=is_complete),
            archivist=SimpleNamespace(problem=problem),
            backlog_bytes=lambda: 17,
            file_bytes=lambda: 4096,
        )
        families = parse_exposition(_readings(hosted, holdings=holdings).text())
    assert families["chatcore_archive_writable"].by("part") == {"journal": is_complete, "files": not problem}
    assert families["chatcore_archive_backlog_bytes"].value == 17


def test_a_tracker_without_an_archive_has_no_files(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, history_days=0) as hosted:
        families = _read(hosted)
        assert families["chatcore_archive_enabled"].value == families["chatcore_archive_file_bytes"].value == 0


@pytest.mark.thorough
def test_unavailable_figures_are_left_out(tmp_path: Path) -> None:
    def fail() -> int:
        raise PermissionError

    with hosted_tracker(tmp_path) as hosted:
        holdings = hosted.tracker.holdings
        broken = SimpleNamespace(
            journal=holdings.journal, archivist=holdings.archivist, backlog_bytes=fail, file_bytes=fail
        )
        log = SimpleNamespace(path=tmp_path / "no", is_writable=False, written_bytes=0)
        services = replace(hosted.tracker.services, log=cast("Any", log))
        values = _readings(hosted, holdings=broken, services=services).values()
        missing = hosted.tracker._readings.values().keys() - values.keys()
    assert missing == {f"chatcore_{name}" for name in ("archive_backlog_bytes", "archive_file_bytes", "log_file_bytes")}


def test_certificate_expiry_and_start_are_unix_times(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path) as hosted:
        families = _read(hosted)
        assert families["chatcore_certificate_expiry_timestamp_seconds"].value == hosted.tracker.tls_identity.expires_at
        assert families["process_start_time_seconds"].value == hosted.tracker.services.started_at
