"""What all trackers of a chat must have in common, so that a command has the same effect on each. Pure.

That is every setting except those local to one machine. A new setting must agree unless it is named here.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unicodedata import unidata_version

from chatcore.config import Config, Limits

Settings = tuple[tuple[str, str], ...]
"""By name, in the order of names; each value as JSON."""

# Where one machine is, who may come to it, what it keeps of its own and tells its operator.
OF_ONE_TRACKER = frozenset(
    {
        "host",
        "port",
        "listen",
        "cluster",
        "advertise",
        "plaintext",
        "tls_cert",
        "tls_key",
        "sts_days",
        "sts_port",
        "room_ports",
        "trusted_proxies",
        "web_hosts",
        "web_origins",
        "metrics_token",
        "ssh",
        "motd",
        "server_info",
        "operators",
        "quiet",
        "log",
        "fsync",
        "log_rotate",
        "log_keep",
        "seal",
        "state_dir",
        "history_mb",
        "history_across_passwords",
    }
)
# What one machine can carry, and how long it waits for those who are connected to it.
LIMITS_OF_ONE_TRACKER = frozenset(
    {
        "max_unregistered",
        "max_derivations",
        "max_ssh_clients",
        "max_total_sendq_bytes",
        "credit_lines",
        "first_byte_timeout_s",
        "tls_handshake_timeout_s",
        "ssh_login_timeout_s",
        "write_timeout_s",
        "registration_timeout_s",
        "http_idle_timeout_s",
        "nick_choice_timeout_s",
        "ping_interval_s",
        "ping_timeout_s",
        "websocket_quiet_s",
        "ghost_timeout_s",
        "close_timeout_s",
    }
)


def agreed_settings(config: Config) -> Settings:
    """Return what other trackers must share with this one; it contains no secret.

    Python's Unicode version is part of it: handlers ask it which characters are printable, for example.
    """
    own = {name: getattr(config, name) for name in _names(Config) if name != "limits" and name not in OF_ONE_TRACKER}
    limits = {name: getattr(config.limits, name) for name in _names(Limits) if name not in LIMITS_OF_ONE_TRACKER}
    values = {**own, **{f"limits.{name}": value for name, value in limits.items()}, "python.unicode": unidata_version}
    return tuple((name, json.dumps(_plain(value))) for name, value in sorted(values.items()))


def config_digest(config: Config, version: str) -> str:
    """Return a short text that is the same for trackers that agree, and run the same version of chatcore."""
    return hashlib.blake2b(json.dumps([version, agreed_settings(config)]).encode(), digest_size=8).hexdigest()


def disagreement(version: str, settings: Settings, others_version: str, others_settings: Settings) -> str:
    """Tell a tracker's operator how it differs from the others; '' if they agree."""
    if version != others_version:
        return f"it is chatcore {version}, and the others are {others_version}"
    ours, theirs = dict(settings), dict(others_settings)
    differing = sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))
    return "; ".join(
        f"{name} is {ours.get(name, 'unknown')}, and the others have {theirs.get(name, 'none')}" for name in differing
    )


def _names(kind: type[Any]) -> list[str]:
    return [field.name for field in dataclasses.fields(kind)]


def _plain(value: Any) -> Any:
    """Return a setting's value in a form that JSON can hold."""
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    return value
