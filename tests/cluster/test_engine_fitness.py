"""An engine that may lose what it has confirmed is refused, with the reason."""

from __future__ import annotations

import pytest

from chatcore.cluster.engine_fitness import misfits, parse_info

_INFO = {"redis_version": "7.2.4", "redis_mode": "standalone", "role": "master"}
_SETTINGS = {
    "appendonly": "yes",
    "appendfsync": "always",
    "no-appendfsync-on-rewrite": "no",
    "maxmemory-policy": "noeviction",
}


def test_a_fit_engine_has_no_misfits() -> None:
    assert misfits(_INFO, _SETTINGS, "OK") == []
    assert misfits({"valkey_version": "9.1.2", "server_mode": "standalone", "role": "master"}, _SETTINGS, "OK") == []


@pytest.mark.parametrize(
    ("info", "settings", "words"),
    [
        ({"redis_version": "6.2.14"}, {}, "older than version 7"),
        ({"redis_version": ""}, {}, "older than version 7"),
        ({"redis_mode": "cluster"}, {}, "a cluster of its own"),
        ({"redis_mode": "sentinel"}, {}, "a cluster of its own"),
        ({"role": "slave"}, {}, "a replica"),
        ({"loading": "1"}, {}, "still reading its data"),
        ({}, {"appendonly": "no"}, "appendonly is 'no', not 'yes'"),
        ({}, {"appendfsync": "everysec"}, "appendfsync is 'everysec', not 'always'"),
        ({}, {"no-appendfsync-on-rewrite": "yes"}, "no-appendfsync-on-rewrite is 'yes', not 'no'"),
        ({}, {"maxmemory-policy": "allkeys-lru"}, "maxmemory-policy is 'allkeys-lru', not 'noeviction'"),
    ],
)
def test_each_misfit_is_named(info: dict[str, str], settings: dict[str, str], words: str) -> None:
    (found,) = misfits(_INFO | info, _SETTINGS | settings, "OK")
    assert words in found


def test_a_limited_default_user_is_a_misfit() -> None:
    (found,) = misfits(_INFO, _SETTINGS, "User default has no permissions to run the 'hsetnx' command")
    assert "its default user is limited" in found


def test_missing_answers_are_misfits_too() -> None:
    assert len(misfits({}, {}, "")) == 4 + len(_SETTINGS)


def test_the_reply_to_info_is_parsed() -> None:
    text = "# Server\r\nredis_version:7.2.4\r\nexecutable:/opt/a:b\r\n\r\n# Replication\r\nrole:master\r\n"
    assert parse_info(text) == {"redis_version": "7.2.4", "executable": "/opt/a:b", "role": "master"}
