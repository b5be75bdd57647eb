"""The engines that a tracker accepts, and how and with which rights it reaches them."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
import trustme

from chatcore.cluster.engine import FIRST, order_of
from chatcore.cluster.engine_fitness import ACL_COMMANDS
from chatcore.cluster.valkey_engine import ValkeyEngine
from chatcore.errors import ConfigError, EngineAway
from tests.cluster.opened import opened
from tests.cluster.tls_front import tls_front
from tests.support.valkey import ValkeyProcess, valkey_process

_UNVERIFIED = r"(?i)certificate.verify.failed"


def test_an_engine_with_the_required_settings_is_accepted(engine: ValkeyEngine) -> None:
    engine.check_fit()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"appendonly": "no"}, "its appendonly is 'no'"),
        ({"appendfsync": "everysec"}, "its appendfsync is 'everysec'"),
        ({"maxmemory_policy": "allkeys-lru"}, "its maxmemory-policy is 'allkeys-lru'"),
        ({"no_appendfsync_on_rewrite": "yes"}, "its no-appendfsync-on-rewrite is 'yes'"),
        ({"cluster_enabled": "yes"}, "a cluster of its own"),
        ({"replicaof": "127.0.0.1 1"}, "a replica"),
    ],
)
def test_an_engine_with_other_settings_is_refused(tmp_path: Path, settings: dict[str, str], words: str) -> None:
    with valkey_process(tmp_path / "engine", **settings) as server, opened(server.url) as engine:
        found = rf"^the engine at 127.0.0.1:{server.port} cannot be used: .*{words}"
        with pytest.raises(ConfigError, match=found):
            engine.check_fit()


def test_a_missing_engine_is_a_configuration_error(engine: ValkeyEngine, server: ValkeyProcess) -> None:
    server.kill()
    with pytest.raises(ConfigError, match="cannot be reached"):
        engine.check_fit()


@pytest.mark.parametrize("host", ["a..b", "no-such-host.invalid"])
def test_an_unknown_host_is_a_configuration_error(host: str) -> None:
    with opened(f"valkey://{host}/chat") as engine, pytest.raises(ConfigError, match="cannot be reached"):
        engine.check_fit()


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[ValkeyProcess]:
    """An engine with two users: one with the rights that trackers need, one with even fewer."""
    users = tmp_path / "users.acl"
    users.write_text(
        f"user chat on >secret resetchannels ~chat:* -@all {ACL_COMMANDS}\n"
        "user poor on >secret resetchannels ~chat:* -@all +info\n"
        "user default off ~* &* +@all\n",
        encoding="ascii",
    )
    with valkey_process(tmp_path / "engine", aclfile=str(users)) as server:
        yield server


def _url(server: ValkeyProcess, who: str) -> str:
    return server.url.replace("://", f"://{who}@")


def test_the_minimal_acl_is_sufficient(guarded: ValkeyProcess) -> None:
    with opened(_url(guarded, "chat:secret")) as engine:
        engine.check_fit()
        engine.claim_chat({"id": "x"})
        last = [engine.append(b"a") for _ in range(3)][-1]
        for position in (1, 2, 3):
            engine.put_snapshot(position, last, b"s")
        assert engine.snapshots() == [(2, last), (3, last)]
        assert engine.snapshot(3) == (last, b"s")
        assert engine.new_incarnation() == 1
        engine.ask(1, b"q")
        engine.ask(1, None)
        assert engine.asks() == {}
        assert engine.claim("k", 9)
        assert engine.push("k", b"a", 9) == engine.length("k") == 1
        assert engine.pop("k", 1) == b"a"
        engine.trim(last)
        engine.check(last)
        assert (engine.first_id(), engine.read(last, 1, 0.1)) == (last, [])


def test_a_limited_default_user_is_refused(tmp_path: Path) -> None:
    users = tmp_path / "users.acl"
    users.write_text("user chat on >secret ~chat:* +@all\nuser default off\n", encoding="ascii")
    with (
        valkey_process(tmp_path / "engine", aclfile=str(users)) as server,
        opened(_url(server, "chat:secret")) as engine,
        pytest.raises(ConfigError, match="its default user is limited"),
    ):
        engine.check_fit()


def test_the_error_for_a_user_without_config_get_names_the_right(guarded: ValkeyProcess) -> None:
    with opened(_url(guarded, "poor:secret")) as engine:
        with pytest.raises(ConfigError, match=r"it does not say whether it keeps .* its ACL needs .*\+config\|get"):
            engine.check_fit()
        with pytest.raises(EngineAway, match="refuses"):
            engine.append(b"a")


@pytest.mark.parametrize("who", ["chat:wrong-one", ":wrong-one", "stranger:wrong-one"])
def test_a_wrong_password_is_reported_without_showing_it(guarded: ValkeyProcess, who: str) -> None:
    with opened(_url(guarded, who)) as engine, pytest.raises(ConfigError) as raised:
        engine.check_fit()
    assert "cannot be reached" in str(raised.value)
    assert "wrong-one" not in str(raised.value)
    assert "wrong-one" not in repr(vars(engine))


def test_an_engine_is_reached_by_a_unix_socket(tmp_path: Path) -> None:
    with TemporaryDirectory(prefix="valkey-") as folder:  # the path of a socket must be short
        path = f"{folder}/socket"
        with valkey_process(tmp_path / "engine", unixsocket=path), opened(f"unix://{path}?name=chat") as engine:
            engine.check_fit()
            engine.append(b"a")
            assert [batch.data for batch in engine.read(FIRST, 1, 0)] == [b"a"]
        with (
            opened(f"unix://{path}?name=chat") as engine,
            pytest.raises(ConfigError, match=f"engine at {path} cannot"),
        ):
            engine.check_fit()


# TLS


class Trust(NamedTuple):
    """The authority that signs certificates here, and the file with its certificate."""

    authority: trustme.CA
    path: Path


@pytest.fixture
def trust(tmp_path: Path) -> Trust:
    """An authority that nobody else knows."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return Trust(authority, tmp_path / "ca.pem")


@contextmanager
def _over_tls(
    server: ValkeyProcess, trust: Trust, query: str = "", host: str = "127.0.0.1", *, asks: bool = False
) -> Iterator[ValkeyEngine]:
    """Yield the engine reached over TLS; with `asks` it demands a client certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trust.authority.issue_cert("127.0.0.1").configure_cert(context)
    if asks:
        trust.authority.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    with tls_front(server.port, context) as port, opened(f"valkeys://{host}:{port}/chat{query}") as engine:
        yield engine


def test_an_engine_is_reached_over_tls(server: ValkeyProcess, trust: Trust) -> None:
    with _over_tls(server, trust, f"?ca={trust.path}") as engine:
        assert order_of(engine.append(b"a")) > order_of(FIRST)


def test_a_client_certificate_is_presented(server: ValkeyProcess, trust: Trust, tmp_path: Path) -> None:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    own = trust.authority.issue_cert("tracker.example")
    own.cert_chain_pems[0].write_to_path(str(cert))
    own.private_key_pem.write_to_path(str(key))
    with _over_tls(server, trust, f"?ca={trust.path}&cert={cert}&key={key}", asks=True) as engine:
        assert engine.append(b"a") != FIRST
    with _over_tls(server, trust, f"?ca={trust.path}", asks=True) as engine, pytest.raises(EngineAway):
        engine.append(b"a")


def test_an_untrusted_certificate_is_refused(server: ValkeyProcess, trust: Trust) -> None:
    with _over_tls(server, trust) as engine, pytest.raises(ConfigError, match=_UNVERIFIED):
        engine.check_fit()


def test_a_certificate_for_another_host_is_refused(server: ValkeyProcess, trust: Trust) -> None:
    query = f"?ca={trust.path}"
    with _over_tls(server, trust, query, "localhost") as engine, pytest.raises(ConfigError, match=_UNVERIFIED):
        engine.check_fit()
