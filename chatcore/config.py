"""Every setting of a tracker, with its default and unit.

`Config` is frozen: what runs is what was validated. A TOML file has the same names as the fields here, those of
`Limits` in a table [limits]; flags of the command line win over the file.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from math import inf
from pathlib import Path
from typing import Any

from chatcore.errors import ConfigError
from chatcore.protocol.names import is_valid_hostname, parse_address

DEFAULT_PORT = 8000
MAX_NICK_CHARS = 32
MAX_HISTORY_DAYS = 36_500
MAX_STS_DAYS = 3_650
MIN_LOG_BYTES = 4096
MAX_INVITATION_USES = 1000
MAX_INVITATION_HOURS = 8_760
PLAINTEXT_POLICIES = ("loopback", "anywhere", "never")
REGISTRATION_POLICIES = ("closed", "open", "before-connect")

_SIZE = re.compile(r"(\d{1,12})([kKmMgG]?)")
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{16,}=*")  # RFC 6750, section 2.1
_WEB_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}")
_AT_LEAST_ONE = (
    "max_channels_per_client",
    "max_targets",
    "max_sendq_bytes",
    "max_total_sendq_bytes",
    "credit_lines",
    "burst_lines",
    "max_delayed_lines",
    "max_derivations",
)
"""Limits that cannot be zero, or nobody could speak."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits that a person never notices. Zero means no limit where that is possible."""

    max_clients: int = 10_000
    max_clients_per_address: int = 256
    max_channels_per_client: int = 100
    max_targets: int = 20
    max_sendq_bytes: int = 1 << 20
    credit_lines: int = 64  # of one client's lines, how many may be in flight at once
    lines_per_s: float = 20.0  # a client's token bucket: refill...
    burst_lines: int = 150  # ...and size; a paste of 100 lines passes undelayed
    max_delayed_lines: int = 600  # sent with an empty bucket; then the client is disconnected
    nick_changes_per_minute: int = 20
    max_unregistered: int = 1000  # connections on their way in at once
    connections_per_minute: int = 240  # new ones from one address
    max_failed_logins: int = 5  # of one connection
    accounts_per_hour: int = 3  # that clients at one address may make
    max_accounts: int = 10_000  # in all; beyond that only the operator can add one
    failures_before_delay: int = 3  # wrong passwords from one address that are answered at once
    max_failure_delay_s: float = 16.0
    failures_before_ban: int = 15
    failure_memory_s: float = 600.0
    failure_ban_s: float = 600.0
    max_total_sendq_bytes: int = 1 << 28
    max_list_entries: int = 250_000  # bans, exceptions and invitations of all rooms together
    max_total_metadata_bytes: int = 1 << 25  # of all people, accounts and rooms together
    max_total_history_bytes: int = 1 << 28  # of all rooms and conversations together; the largest are cut
    max_waiting: int = 100  # private messages kept for one account whose owner is away
    max_waiting_per_sender: int = 20  # ...from one account or, without one, from one address
    max_read_markers: int = 200  # places per account, or per visit without one
    max_derivations: int = 2  # passwords being checked with SASL PLAIN at once
    first_byte_timeout_s: float = 15.0
    max_ssh_clients: int = 250  # the tracker runs a terminal client for each
    tls_handshake_timeout_s: float = 15.0
    ssh_login_timeout_s: float = 120.0  # to compare the host key and type the password
    write_timeout_s: float = 60.0  # a peer that reads nothing for this long is gone
    registration_timeout_s: float = 30.0
    http_idle_timeout_s: float = 10.0  # between two requests on one connection
    nick_choice_timeout_s: float = 300.0  # after the password was proven
    ping_interval_s: float = 90.0
    ping_timeout_s: float = 60.0
    websocket_quiet_s: float = 45.0  # many proxies close a WebSocket after 60 s of silence
    ghost_timeout_s: float = 3.0  # how soon the holder of a wanted nick must answer a PING
    close_timeout_s: float = 2.0  # how long a peer gets to read the goodbye

    def __post_init__(self) -> None:
        for name in _AT_LEAST_ONE:
            _check_range(name, getattr(self, name), 1, 1 << 31)
        for setting in dataclasses.fields(self):
            if getattr(self, setting.name) == inf:
                raise ConfigError(f"{setting.name} must have an end")

    def without_rates(self) -> Limits:
        """Return the limits for benchmarks and conformance suites: no rates, nothing per address."""
        return dataclasses.replace(
            self,
            max_clients_per_address=0,
            lines_per_s=0.0,
            nick_changes_per_minute=0,
            max_unregistered=0,
            connections_per_minute=0,
            accounts_per_hour=0,
            failures_before_ban=0,
        )


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of one tracker."""

    host: str = ""  # '' is every interface, IPv4 and IPv6
    port: int = DEFAULT_PORT
    listen: tuple[str, ...] = ()  # more HOST:PORT
    server_name: str = "tracker.chat"
    server_info: str = "a chatcore tracker"
    motd: tuple[str, ...] = ()
    log: Path = Path("logs/chat.log")
    state_dir: Path = Path("state")
    plaintext: str = "loopback"  # who may speak without TLS: loopback, anywhere, never
    registration: str = "closed"  # who may make an account: closed (operator), open (members), before-connect
    tls_cert: Path = Path()  # a certificate chain and its key, PEM; none: one is made in state_dir
    tls_key: Path = Path()
    sts_days: int = 0  # how long IRC clients insist on TLS with that certificate; 0 ends it
    sts_port: int = 0  # the TLS port as clients see it; 0 is the tracker's
    lan: bool | None = None  # announce the chat on the network; None: as `lan on` or `lan off` left it
    room_ports: str = ""  # FIRST-LAST: each room gets a port of its own from these
    trusted_proxies: tuple[str, ...] = ()  # addresses and networks that may speak for other addresses
    web_hosts: tuple[str, ...] = ()  # more names that browsers use, such as a proxy's
    web_origins: tuple[str, ...] = ()  # pages of other sites that may use the WebSocket: https://host, or * for all
    cluster: str = field(
        default="", repr=False
    )  # Valkey that several trackers share to be one chat: valkey://HOST/NAME
    advertise: tuple[str, ...] = ()  # HOST[:PORT] under which others reach this tracker; () is its own addresses
    invitation_uses: int = 20  # how many people one invitation lets in
    invitation_hours: int = 24  # for how long
    hide_addresses: bool = False  # members see no addresses, but for IRC operators
    log_private: bool = True  # False keeps the text of private messages out of the log
    fsync: bool = False
    log_rotate: str = ""  # when the log begins a new file: daily, or at a size such as 100M; "": never
    log_keep: int = 0  # how many rotated files to keep; 0 keeps all
    seal: bool = False  # seal the log, so that later changes can be detected
    metrics_token: str = field(default="", repr=False)  # lets others read /metrics from elsewhere; "": nobody
    max_name_length: int = 10
    history: int = 1000  # messages kept per channel
    redact_minutes: int = 15  # how long people can take back a message; 0: not at all
    replay: int = 0  # messages sent on joining
    history_days: int = 90  # how long messages are kept on disk; 0 keeps none
    history_mb: int = 4096  # how much disk the history may take; 0: no limit
    history_across_passwords: bool | None = None  # None asks the operator, or is False if there is no terminal
    keep_alive: bool = False
    linger_s: float = 30.0
    ssh: bool = True  # people may come by ssh
    quiet: bool | None = None  # do not tell the operator who comes; None: only without a terminal
    operators: Mapping[str, str] = field(default_factory=dict)  # IRC operators: name -> hash
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        _check_range("port", self.port, 0, 65535)
        _check_range("max_name_length", self.max_name_length, 1, MAX_NICK_CHARS)
        _check_range("history", self.history, 0, 1_000_000)
        _check_range("redact_minutes", self.redact_minutes, 0, 525_600)
        _check_range("replay", self.replay, 0, self.history)
        _check_range("history_days", self.history_days, 0, MAX_HISTORY_DAYS)
        _check_range("history_mb", self.history_mb, 0, 1 << 30)
        _check_range("invitation_uses", self.invitation_uses, 1, MAX_INVITATION_USES)
        _check_range("invitation_hours", self.invitation_hours, 1, MAX_INVITATION_HOURS)
        _check_range("linger_s", self.linger_s, 0, 86_400)
        _check_range("log_keep", self.log_keep, 0, 1_000_000)
        parse_log_rotate(self.log_rotate)
        if self.metrics_token and not _TOKEN.fullmatch(self.metrics_token):
            raise ConfigError(
                "metrics_token has at least 16 characters, letters and digits and -._~+/=, as a header needs"
            )
        if self.plaintext not in PLAINTEXT_POLICIES:
            raise ConfigError(f"plaintext must be one of {', '.join(PLAINTEXT_POLICIES)}, not {self.plaintext!r}")
        if self.registration not in REGISTRATION_POLICIES:
            raise ConfigError(
                f"registration must be one of {', '.join(REGISTRATION_POLICIES)}, not {self.registration!r}"
            )
        self._check_tls()
        _check_packages("cluster", self.cluster, "msgspec", "redis")
        for where in self.listen:
            _check_listen(where)
        for where in self.advertise:
            _check_advertised(where)
        for network in self.trusted_proxies:
            _check_network(network)
        for name in self.web_hosts:
            if not _is_web_host(name):
                raise ConfigError(f"web_hosts must list host names, without scheme and port, not {name!r}")
        if not is_valid_hostname(self.server_name) or self.server_name.endswith("."):
            raise ConfigError(f"server_name must be a host name with a dot in it, not {self.server_name!r}")
        for line in (self.server_info, *self.motd):
            if not set(line).isdisjoint("\r\n\0"):
                raise ConfigError(f"motd and server_info are lines, without line ends in them, not {line!r}")

    def _check_tls(self) -> None:
        _check_range("sts_days", self.sts_days, 0, MAX_STS_DAYS)
        _check_range("sts_port", self.sts_port, 0, 65535)
        for name in ("tls_key", "sts_days", "sts_port"):
            if getattr(self, name) not in (0, Path()) and self.tls_cert == Path():
                raise ConfigError(f"{name} needs tls_cert")

    @property
    def is_archive_on(self) -> bool:
        """Return whether messages outlive the tracker in its state folder, and can be searched."""
        return self.history > 0 and self.history_days > 0

    @property
    def history_span(self) -> str:
        """Return for how long that is, in words."""
        return "a day" if self.history_days == 1 else f"{self.history_days} days"


def parse_log_rotate(text: str) -> int | None:
    """Return after how many bytes the log begins a new file; None for every day, 0 for never.

    Raises ConfigError for what is neither.
    """
    if text in ("", "daily"):
        return 0 if not text else None
    size = _SIZE.fullmatch(text)
    count = int(size[1]) * _UNITS[size[2].upper()] if size else 0
    if count < MIN_LOG_BYTES:
        raise ConfigError(f"log_rotate must be daily, or a size of at least 4k such as 100M, not {text!r}")
    return count


def load_config(path: Path | None, flags: Mapping[str, Any]) -> Config:
    """Build a Config from a TOML file, if any, and flags given on the command line, which win.

    Raises ConfigError for a file that cannot be read, an unknown name, a wrong type or a value out of range.
    """
    values, limits = _read_toml(path) if path else ({}, {})
    values.update(flags)
    unlimited = _coerce("no_limits", values.pop("no_limits", False), False)
    built = _build(Limits, limits)
    config: Config = _build(Config, {**values, "limits": built.without_rates() if unlimited else built})
    return config


def _read_toml(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the settings and the limits in a file."""
    import tomllib  # most trackers have no such file

    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: {error}") from error
    limits = values.pop("limits", {})
    if not isinstance(limits, dict):
        raise ConfigError(f"{path}: limits must be a table")
    _check_names(path, Config, set(values) - {"no_limits"})
    _check_names(path, Limits, set(limits))
    return values, limits


def _check_names(path: Path, kind: type[Any], names: set[str]) -> None:
    unknown = sorted(names - {f.name for f in dataclasses.fields(kind)})
    if unknown:
        raise ConfigError(f"{path}: unknown setting {unknown[0]!r}{_hint(unknown[0], kind)}")


def _build(kind: type[Any], values: Mapping[str, Any]) -> Any:
    defaults = kind()
    return kind(**{name: _coerce(name, value, getattr(defaults, name)) for name, value in values.items()})


def _hint(name: str, kind: type[Any]) -> str:
    """Return where an unknown setting belongs, or what it may have been meant to be, in words; '' if nobody knows."""
    import difflib  # hardly ever needed

    here, there = ({f.name for f in dataclasses.fields(each)} for each in (kind, Config if kind is Limits else Limits))
    if name in there:
        return "; it belongs above [limits]" if kind is Limits else "; it belongs in [limits]"
    near = difflib.get_close_matches(name.lower(), sorted(here), 1, 0.7)
    return f"; did you mean {near[0]}?" if near else ""


def _coerce(name: str, value: Any, default: Any) -> Any:
    """Return `value` as the type of the setting's default."""
    if isinstance(default, dict):
        if isinstance(value, dict) and all(isinstance(item, str) for item in value.values()):
            return value
    elif isinstance(default, Path):
        if isinstance(value, str | Path):
            return Path(value)
    elif isinstance(default, tuple):
        if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
            return tuple(value)
    elif isinstance(default, float):
        if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
            return float(value)
    elif default is None:  # yes, no, or left open
        if isinstance(value, bool):
            return value
    elif type(value) is type(default) and (not isinstance(value, int) or value >= 0):
        return value
    raise ConfigError(f"{name} cannot be {value!r}")


def _check_range(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ConfigError(f"{name} must be from {low} to {high}, not {value}")


def _check_packages(setting: str, value: str, *names: str) -> None:
    """Refuse to use a setting whose extra of the same name is not installed; nothing is imported."""
    missing = [name for name in names if value and find_spec(name) is None]
    if missing:
        raise ConfigError(f"{setting} needs {' and '.join(missing)}: pip install '.[{setting}]'")


def _is_web_host(name: str) -> bool:
    try:
        return bool(_WEB_HOST.fullmatch(name) or ipaddress.ip_address(name))
    except ValueError:
        return False


def _check_listen(where: str) -> None:
    host, colon, port = where.rpartition(":")
    if not (host and colon and port.isascii() and port.isdigit() and int(port) <= 65535):
        raise ConfigError(f"listen must be HOST:PORT, not {where!r}")


def _check_advertised(where: str) -> None:
    host, _ = parse_address(where) or (where, 0)
    if not _is_web_host(host):
        raise ConfigError(f"advertise must list HOST or HOST:PORT, not {where!r}")


def _check_network(text: str) -> None:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ConfigError(f"trusted_proxies must list addresses and networks, not {text!r}") from None
