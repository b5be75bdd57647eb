"""Trackers of one chat have the same settings, except those local to one machine."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import replace
from pathlib import Path

import pytest

from chatcore.cluster.agreement import (
    LIMITS_OF_ONE_TRACKER,
    OF_ONE_TRACKER,
    agreed_settings,
    config_digest,
    disagreement,
)
from chatcore.config import Config, Limits


def _differs(ours: Config, theirs: Config) -> str:
    return disagreement("1", agreed_settings(ours), "1", agreed_settings(theirs))


@pytest.mark.parametrize(
    "config",
    [
        Config(redact_minutes=0),
        Config(log_private=False),
        Config(registration="open"),
        Config(replay=5),
        Config(hide_addresses=True),
        Config(server_name="other.example"),
        Config(history=0),
        Config(history_days=1),
        Config(max_name_length=9),
        Config(keep_alive=True),
        Config(limits=Limits(max_targets=3)),
        Config(limits=Limits(max_sendq_bytes=5000)),
        Config(limits=Limits().without_rates()),
    ],
)
def test_shared_settings_must_agree(config: Config) -> None:
    assert _differs(config, Config()) != ""
    assert config_digest(config, "1") != config_digest(Config(), "1")


@pytest.mark.parametrize(
    "config",
    [
        Config(port=1, host="::1", listen=("h:1",), cluster="valkey://h/c", room_ports="1-2"),
        Config(log=Path("x"), state_dir=Path("y"), fsync=True, seal=True, log_rotate="daily", history_mb=1),
        Config(operators={"ann": "scrypt:secret"}, metrics_token="0123456789abcdef", motd=("hi",)),
        Config(limits=Limits(ping_interval_s=1.0, credit_lines=7)),
    ],
)
def test_settings_of_one_machine_may_differ(config: Config) -> None:
    assert _differs(config, Config()) == ""
    assert config_digest(config, "1") == config_digest(Config(), "1")


def test_differing_settings_are_listed_for_the_operator() -> None:
    ours = replace(Config(), redact_minutes=0, limits=Limits(max_targets=3), server_name="a.b")
    assert _differs(ours, Config()) == (
        "limits.max_targets is 3, and the others have 20; redact_minutes is 0, and the others have 15; "
        'server_name is "a.b", and the others have "tracker.chat"'
    )


def test_a_different_version_is_reported_first() -> None:
    settings = agreed_settings(Config())
    assert disagreement("2", settings, "1", ()) == "it is chatcore 2, and the others are 1"
    assert config_digest(Config(), "2") != config_digest(Config(), "1")


def test_a_setting_unknown_to_one_side_is_a_difference() -> None:
    settings = (("replay", "0"),)
    assert disagreement("1", (), "1", settings) == "replay is unknown, and the others have 0"
    assert disagreement("1", settings, "1", ()) == "replay is 0, and the others have none"


def test_no_secret_is_sent_to_the_engine() -> None:
    config = Config(
        operators={"ann": "scrypt:secret"}, metrics_token="a-secret-of-16-c", cluster="valkey://:secret@h/c"
    )
    assert "secret" not in json.dumps(agreed_settings(config))


def test_every_exempt_name_is_a_setting() -> None:
    assert {field.name for field in dataclasses.fields(Config)} >= OF_ONE_TRACKER
    assert {field.name for field in dataclasses.fields(Limits)} >= LIMITS_OF_ONE_TRACKER


def test_trackers_must_have_the_same_unicode_version(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = agreed_settings(Config())
    monkeypatch.setattr("chatcore.cluster.agreement.unidata_version", "1.1.5")
    assert "python.unicode" in disagreement("1", ours, "1", agreed_settings(Config()))
