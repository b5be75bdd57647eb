"""Config: defaults, the TOML file, the precedence of flags, and one-line errors."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from chatcore import config
from chatcore.config import Config, Limits, load_config, parse_log_rotate
from chatcore.errors import ConfigError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tracker.toml"


def _load(path: Path, text: str, **flags: Any) -> Config:
    path.write_text(text, encoding="utf-8")
    return load_config(path, flags)


def _refusal(path: Path, text: str, **flags: Any) -> str:
    with pytest.raises(ConfigError) as refusal:
        _load(path, text, **flags)
    (line,) = str(refusal.value).splitlines()
    return line


def test_defaults_are_as_documented() -> None:
    config = load_config(None, {})
    assert config == Config()
    assert (config.host, config.port, config.listen) == ("", 8000, ())
    assert (config.log, config.state_dir) == (Path("logs/chat.log"), Path("state"))
    assert (config.max_name_length, config.history, config.replay) == (10, 1000, 0)
    assert (config.keep_alive, config.linger_s, config.fsync, config.log_private) == (False, 30.0, False, True)


def test_a_file_may_begin_with_a_byte_order_mark(path: Path) -> None:
    """Some editors on Windows write one."""
    assert _load(path, "\ufeffhistory = 7\n").history == 7


def test_a_config_cannot_be_changed() -> None:
    config = load_config(None, {})
    for frozen in (config, config.limits):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(frozen, dataclasses.fields(frozen)[0].name, 1)


_SPECIAL = {
    "history_across_passwords": True,
    "lan": True,
    "listen": ["[::1]:9001", "localhost:0"],
    "log_rotate": "daily",
    "metrics_token": "dGhpcyBpcyBsb25nIGVub3VnaA==",
    "max_name_length": 32,
    "operators": {"ann": "scrypt:x:y"},
    "plaintext": "never",
    "quiet": True,
    "registration": "open",
    "server_name": "chat.example",
    "trusted_proxies": ["10.0.0.0/8", "::1"],
    "web_hosts": ["chat.example"],
    "advertise": ["chat.example:9000"],
}
"""Valid values of settings with restrictions."""


def _another(name: str, usual: object) -> object:
    """Return a valid value other than the default, as in TOML."""
    if name in _SPECIAL:
        return _SPECIAL[name]
    if isinstance(usual, bool):
        return not usual
    if isinstance(usual, int | float):
        return usual + 1
    return ["hello", "there"] if isinstance(usual, tuple) else "something"


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + "}"
    return json.dumps(value)


@pytest.mark.parametrize("field", [f for f in dataclasses.fields(Config) if f.name != "limits"], ids=lambda f: f.name)
def test_every_setting_can_be_set_in_a_file(path: Path, field: dataclasses.Field[Any]) -> None:
    usual = getattr(Config(), field.name)
    needed = 'tls_cert = "x"\n' if field.name in ("tls_key", "sts_days", "sts_port") else ""
    value = getattr(_load(path, f"{needed}{field.name} = {_toml(_another(field.name, usual))}"), field.name)
    assert value != usual
    assert isinstance(value, bool if usual is None else type(usual))


@pytest.mark.parametrize("field", dataclasses.fields(Limits), ids=lambda f: f.name)
def test_every_limit_can_be_set_in_a_file(path: Path, field: dataclasses.Field[Any]) -> None:
    usual = getattr(Limits(), field.name)
    value = getattr(_load(path, f"[limits]\n{field.name} = {usual + 1}").limits, field.name)
    assert value == usual + 1
    assert isinstance(value, type(usual))


@pytest.mark.parametrize("field", [f for f in dataclasses.fields(Limits) if f.type == "float"], ids=lambda f: f.name)
def test_a_float_limit_may_be_a_whole_number(path: Path, field: dataclasses.Field[Any]) -> None:
    value = getattr(_load(path, f"[limits]\n{field.name} = 3").limits, field.name)
    assert (value, type(value)) == (3.0, float)


@pytest.mark.parametrize(
    ("settings", "is_on"),
    [({}, True), ({"history_days": 0}, False), ({"history": 0}, False), ({"history": 1, "history_days": 1}, True)],
)
def test_the_archive_is_off_without_history_or_days(settings: dict[str, int], is_on: bool) -> None:
    assert load_config(None, settings).is_archive_on is is_on


def test_flags_override_the_file(path: Path) -> None:
    config = _load(path, "port = 9000\nreplay = 5\n", port=0, keep_alive=True, log=Path("x.log"))
    assert (config.port, config.replay, config.keep_alive, config.log) == (0, 5, True, Path("x.log"))


_RATES = (
    "accounts_per_hour",
    "connections_per_minute",
    "failures_before_ban",
    "lines_per_s",
    "max_clients_per_address",
    "max_unregistered",
    "nick_changes_per_minute",
)


def test_no_limits_removes_only_rates_and_limits_per_address(path: Path) -> None:
    config = _load(path, "[limits]\nmax_targets = 3\nlines_per_s = 5.0\n", no_limits=True)
    assert config.limits == dataclasses.replace(Limits(max_targets=3), **dict.fromkeys(_RATES, 0))
    assert _load(path, "no_limits = true").limits == Limits().without_rates()
    assert _load(path, "no_limits = false").limits == Limits()


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("colour = 1", "unknown setting 'colour'"),
        ("Port = 1", "unknown setting 'Port'; did you mean port?"),
        ("prot = 1", "unknown setting 'prot'; did you mean port?"),
        ("max_nam_length = 1", "unknown setting 'max_nam_length'; did you mean max_name_length?"),
        ("max_clients = 1", "unknown setting 'max_clients'; it belongs in [limits]"),
        ("[limits]\nport = 1", "unknown setting 'port'; it belongs above [limits]"),
        ("[limits.more]\nx = 1", "unknown setting 'more'"),
        ("limits = 5", "limits must be a table"),
    ],
)
def test_unknown_settings_are_reported(path: Path, text: str, refusal: str) -> None:
    assert _refusal(path, text) == f"{path}: {refusal}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", '"8000"'),
        ("port", "8000.0"),
        ("port", "true"),
        ("port", "-1"),
        ("host", "1"),
        ("listen", '"localhost:1"'),
        ("listen", "[1]"),
        ("log", "5"),
        ("log", "[]"),
        ("fsync", "1"),
        ("fsync", '"yes"'),
        ("no_limits", '"false"'),
        ("linger_s", '"30"'),
        ("linger_s", "true"),
        ("linger_s", "-1"),
        ("linger_s", "nan"),
        ("motd", '"hello"'),
        ("operators", "5"),
        ("operators", "{ ann = 5 }"),
        ("operators", "[]"),
    ],
)
def test_a_value_of_the_wrong_type_is_reported(path: Path, name: str, value: str) -> None:
    assert _refusal(path, f"{name} = {value}").startswith(f"{name} cannot be ")


@pytest.mark.parametrize("value", ["-0.5", "nan", "-inf", '"1"', "false"])
def test_limits_are_non_negative_numbers(path: Path, value: str) -> None:
    assert _refusal(path, f"[limits]\nlines_per_s = {value}").startswith("lines_per_s cannot be ")


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("port = 65536", "port must be from 0 to 65535, not 65536"),
        ("max_name_length = 0", "max_name_length must be from 1 to 32, not 0"),
        ("max_name_length = 33", "max_name_length must be from 1 to 32, not 33"),
        ("history = 1000001", "history must be from 0 to 1000000, not 1000001"),
        ("replay = 1001", "replay must be from 0 to 1000, not 1001"),
        ("history = 5\nreplay = 6", "replay must be from 0 to 5, not 6"),
        ("history_days = 36501", "history_days must be from 0 to 36500, not 36501"),
        ("history_mb = -1", "history_mb cannot be -1"),
        ("history_across_passwords = 'y'", "history_across_passwords cannot be 'y'"),
        ("linger_s = 86401", "linger_s must be from 0 to 86400, not 86401.0"),
        ("linger_s = inf", "linger_s must be from 0 to 86400, not inf"),
        ('plaintext = "sometimes"', "plaintext must be one of loopback, anywhere, never, not 'sometimes'"),
        ('tls_key = "key.pem"', "tls_key needs tls_cert"),
        ("sts_days = 30", "sts_days needs tls_cert"),
        ("sts_port = 6697", "sts_port needs tls_cert"),
        ('tls_cert = "x"\nsts_days = 3651', "sts_days must be from 0 to 3650, not 3651"),
        ('registration = "closed?"', "registration must be one of closed, open, before-connect, not 'closed?'"),
    ],
)
def test_a_value_out_of_range_is_reported_with_the_range(path: Path, text: str, refusal: str) -> None:
    assert _refusal(path, text) == refusal


_NEEDED = (
    "burst_lines",
    "credit_lines",
    "max_channels_per_client",
    "max_delayed_lines",
    "max_derivations",
    "max_sendq_bytes",
    "max_targets",
    "max_total_sendq_bytes",
)


@pytest.mark.parametrize("name", _NEEDED)
def test_essential_limits_cannot_be_zero(path: Path, name: str) -> None:
    """Zero means no limit for others; with zero for these a tracker could serve nobody."""
    assert _refusal(path, f"[limits]\n{name} = 0").startswith(f"{name} must be from 1 to ")


@pytest.mark.parametrize("where", ["8000", ":8000", "host:", "host:x", "host:65536", "host:-1", "host:٣", ""])
def test_an_invalid_listen_address_is_reported(path: Path, where: str) -> None:
    assert _refusal(path, "", listen=[where]) == f"listen must be HOST:PORT, not {where!r}"


@pytest.mark.parametrize("where", ["localhost:0", "127.0.0.1:65535", "[::1]:80"])
def test_listen_addresses_are_accepted(path: Path, where: str) -> None:
    assert _load(path, "", listen=[where]).listen == (where,)


@pytest.mark.parametrize("network", ["", "localhost", "10.0.0.1:80", "10.0.0.0/33", "::1/129", "[::1]", "10.0.0"])
def test_an_invalid_proxy_is_reported(path: Path, network: str) -> None:
    expected = f"trusted_proxies must list addresses and networks, not {network!r}"
    assert _refusal(path, f"trusted_proxies = [{json.dumps(network)}]") == expected
    assert _refusal(path, "", trusted_proxies=[network]) == expected


def test_the_documented_proxy_example_is_valid(tmp_path: Path) -> None:
    text = (Path(__file__).parents[1] / "docs/reverse-proxy.md").read_text(encoding="utf-8")
    example = text.partition("```toml\n")[2].partition("```")[0]
    assert _load(tmp_path / "tracker.toml", example).trusted_proxies == ("127.0.0.1",)


@pytest.mark.parametrize("network", ["127.0.0.1", "10.0.0.1/8", "::1", "fd00::/8"])
def test_proxies_are_accepted(path: Path, network: str) -> None:
    assert _load(path, "", trusted_proxies=[network]).trusted_proxies == (network,)


@pytest.mark.parametrize(
    "name", ["", "https://chat.example", "chat.example:8000", "a b", "*.example", "[::1]", "é.example"]
)
def test_an_invalid_web_host_is_reported(path: Path, name: str) -> None:
    expected = f"web_hosts must list host names, without scheme and port, not {name!r}"
    assert _refusal(path, f"web_hosts = [{json.dumps(name)}]") == expected


@pytest.mark.parametrize("name", ["chat.example.org", "localhost", "chat_upstream", "192.0.2.1", "::1"])
def test_web_hosts_are_accepted(path: Path, name: str) -> None:
    assert _load(path, "", web_hosts=[name]).web_hosts == (name,)


@pytest.mark.parametrize("where", ["", "https://b.example", "b.example:0", "b.example:x", "b.example/", "[::1]"])
def test_an_invalid_advertised_address_is_reported(path: Path, where: str) -> None:
    assert _refusal(path, "", advertise=[where]) == f"advertise must list HOST or HOST:PORT, not {where!r}"


@pytest.mark.parametrize("where", ["b.example", "b.example:9000", "192.0.2.1:443", "::1", "[::1]:8000"])
def test_advertised_addresses_are_accepted(path: Path, where: str) -> None:
    assert _load(path, "", advertise=[where]).advertise == (where,)


@pytest.mark.parametrize(
    "name", ["localhost", "", "a b.c", "a.b\nc.d", ":a.b", "a..b", ".a", "a.", "a.b.", "-a.b", "ä.b", "x" * 62 + ".y"]
)
def test_an_invalid_server_name_is_reported(path: Path, name: str) -> None:
    assert _refusal(path, "", server_name=name) == f"server_name must be a host name with a dot in it, not {name!r}"


@pytest.mark.parametrize("name", ["tracker.chat", "a.b", "my-chat.example.org", "10.0.0.1"])
def test_server_names_are_accepted(path: Path, name: str) -> None:
    assert _load(path, "", server_name=name).server_name == name


@pytest.mark.parametrize("text", ['motd = ["one", "two\\nthree"]', 'server_info = "x\\r"', 'motd = ["\\u0000"]'])
def test_text_with_line_ends_is_reported(path: Path, text: str) -> None:
    assert _refusal(path, text).startswith("motd and server_info are lines, without line ends in them, not ")


@pytest.mark.parametrize("text", ["weekly", "0", "4095", "3k", "12 M", "10MB", "-1", "1e6", "M", "9" * 13])
def test_an_invalid_log_size_is_reported(path: Path, text: str) -> None:
    assert text in _refusal(path, f'log_rotate = "{text}"')


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("", 0),
        ("daily", None),
        ("4k", 4096),
        ("4096", 4096),
        ("64K", 64 << 10),
        ("100m", 100 << 20),
        ("100M", 100 << 20),
        ("2G", 2 << 30),
    ],
)
def test_log_rotation_settings_are_parsed(text: str, size: int | None) -> None:
    assert parse_log_rotate(text) == size


@pytest.mark.parametrize("token", ["short", "has a blank in it ok?", "ünïcödé-ünïcödé-ünïcödé"])
def test_an_unusable_or_short_token_is_reported(path: Path, token: str) -> None:
    assert "metrics_token" in _refusal(path, f'metrics_token = "{token}"')


@pytest.mark.parametrize(
    ("missing", "words"),
    [(("redis",), "cluster needs redis: pip"), (("msgspec", "redis"), "cluster needs msgspec and redis: pip")],
)
def test_a_cluster_needs_more_packages(
    path: Path, monkeypatch: pytest.MonkeyPatch, missing: tuple[str, ...], words: str
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(config, "find_spec", lambda name: None if name in missing else find(name))
    assert _refusal(path, 'cluster = "valkey://:secret@h/chat"') == f"{words} install '.[cluster]'"
    assert _load(path, "").cluster == ""


def test_secrets_are_not_in_the_repr(path: Path) -> None:
    text = 'cluster = "valkey://:secret@h/chat"\nmetrics_token = "0123456789secret"'
    assert "secret" not in repr(_load(path, text))


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^cannot read .*none\.toml: No such file or directory$"):
        load_config(tmp_path / "none.toml", {})
    with pytest.raises(ConfigError, match="Is a directory"):
        load_config(tmp_path, {})


@pytest.mark.parametrize("content", [b"port = ", b"port = 1\nport = 2", b"\xff\xfe", b"[limits", b'host = "\n"'])
def test_an_invalid_file_is_reported_with_its_name(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"tracker\.toml: "):
        load_config(path, {})
