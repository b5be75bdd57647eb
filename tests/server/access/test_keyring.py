"""Keyring: which password proves what, and that none can be extracted from it."""

from __future__ import annotations

import gc
import hashlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scramp import ScramClient, ScramMechanism

from chatcore.errors import ConfigError
from chatcore.protocol.sasl import SERVER_IDENTITY
from chatcore.server.access import keyring as keys
from chatcore.server.access.accounts import ITERATIONS
from chatcore.server.access.keyring import Keyring
from chatcore.state.credentials import Credentials
from tests.support.generated import PROPERTY
from tests.support.operators import hashed
from tests.support.ssh_keys import key

PASSWORD = "correct hörse"


@pytest.fixture
def ring(tmp_path: Path) -> Iterator[Keyring]:
    ring = Keyring(PASSWORD, {"root": hashed("toor")}, tmp_path / "state", 2)
    ring.accounts.add("Alice", "alice's own")
    yield ring
    ring.close()


def _ring_without_password(folder: Path) -> Keyring:
    return Keyring("", {}, folder / "state", 2)


def _proves(ring: Keyring, name: str, password: str) -> bool:
    return ring.is_proof(ring.login(name), password)


def test_only_the_server_password_is_right(ring: Keyring) -> None:
    assert ring.needs_password
    assert ring.is_password(PASSWORD)
    for other in ("", "correct", PASSWORD + " ", PASSWORD.upper(), "correct ho\u0308rse", "\udcff", "x" * 10_000):
        assert not ring.is_password(other)
        assert not _proves(ring, SERVER_IDENTITY, other) or other == "correct ho\u0308rse", (
            "only a spelling that SASLprep makes equal may pass"
        )


def test_without_a_server_password_no_password_is_right(tmp_path: Path) -> None:
    ring = _ring_without_password(tmp_path)
    assert not ring.needs_password
    assert not ring.is_password("")
    for password in ("", "x"):
        assert not _proves(ring, SERVER_IDENTITY, password)
        assert not _proves(ring, "nobody", password)


def test_account_names_need_their_own_password(ring: Keyring) -> None:
    assert _proves(ring, "alice", "alice's own")
    assert not _proves(ring, "alice", PASSWORD), "the server password must not open an account"
    assert ring.login("ALICE").account == "Alice"
    for name in ("nobody", "bob", SERVER_IDENTITY):
        assert _proves(ring, name, PASSWORD)
        assert not _proves(ring, name, "alice's own")
        assert ring.login(name).account is None


def test_no_account_can_take_the_servers_identity(ring: Keyring) -> None:
    ring.accounts.add(SERVER_IDENTITY, "somebody's")
    assert ring.login(SERVER_IDENTITY).account is None
    assert not _proves(ring, SERVER_IDENTITY, "somebody's")


def test_operators_come_from_the_configuration(ring: Keyring) -> None:
    assert ring.is_operator("root", "toor")
    assert not ring.is_operator("root", "root")
    assert not ring.is_operator("nobody", "toor")


def test_a_key_proves_only_the_account_that_has_it(ring: Keyring) -> None:
    ring.accounts.add("Bob", "bob's own")
    ring.accounts.add_keys("alice", [key(1), key(2)])
    assert ring.account_by_key("aLICE", key(2).blob) == ring.account("alice")
    for name, number in (("bob", 2), ("alice", 3), ("nobody", 2), (SERVER_IDENTITY, 2)):
        assert ring.account_by_key(name, key(number).blob) is None
    ring.accounts.remove_keys("alice", [key(2)])
    assert ring.account_by_key("alice", key(2).blob) is None


def test_guessing_from_a_recorded_login_is_expensive(ring: Keyring) -> None:
    assert ring.login(SERVER_IDENTITY).iterations == ITERATIONS >= 10_000


def test_each_start_uses_new_salt(tmp_path: Path) -> None:
    rings = [Keyring(PASSWORD, {}, tmp_path / "state", 2) for _ in range(2)]
    assert len({ring.login(SERVER_IDENTITY).salt for ring in rings}) == 2
    assert len({ring._digest for ring in rings}) == 2


def test_scram_works_with_the_stored_credentials(ring: Keyring) -> None:
    """Both sides are scramp's, with the credentials as the server stores them."""
    found = ring.login(SERVER_IDENTITY)
    secrets = (found.salt, found.stored_key, found.server_key, found.iterations)
    binding = ("tls-server-end-point", b"x" * 32)
    server = ScramMechanism("SCRAM-SHA-256-PLUS").make_server(lambda _: secrets, channel_binding=binding)
    client = ScramClient(["SCRAM-SHA-256-PLUS"], SERVER_IDENTITY, PASSWORD, channel_binding=binding)
    server.set_client_first(client.get_client_first())
    client.set_server_first(server.get_server_first())
    server.set_client_final(client.get_client_final())
    client.set_server_final(server.get_server_final())


@pytest.mark.thorough
@PROPERTY
@given(st.text(max_size=40))
def test_any_text_can_be_tried(ring_of_module: Keyring, text: str) -> None:
    """What SASLprep forbids is a wrong password, not an exception."""
    assert ring_of_module.is_password(text) == (text == PASSWORD)
    with pytest.MonkeyPatch.context() as patch:  # fast: only what is hashed matters here
        patch.setattr(hashlib, "scrypt", lambda password, **_: hashlib.sha256(password).digest())
        assert not ring_of_module.is_operator(text, text)
    cheap = ring_of_module.login(SERVER_IDENTITY)._replace(iterations=4096)
    assert not ring_of_module.is_proof(cheap, text)


@pytest.fixture(scope="module")
def ring_of_module(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    return Keyring(PASSWORD, {}, tmp_path_factory.mktemp("state"), 2)


@pytest.mark.parametrize("password", ["tea 🍵", "bell\x07", "\ue000", "\u05d0a"])
def test_a_password_unusable_with_sasl_is_refused_at_start(tmp_path: Path, password: str) -> None:
    """RFC 4013: code points that Unicode 3.2 does not know, control characters, private use, mixed directions."""
    with pytest.raises(ConfigError, match="characters that passwords cannot have") as refusal:
        Keyring(password, {}, tmp_path / "state", 2)
    assert password not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_simultaneous_checks_are_limited(ring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    """A flood of logins keeps a limited number of cores busy, and every login is answered eventually."""
    lock = threading.Lock()
    running, most = 0, 0
    both_run, go_on = threading.Barrier(2), threading.Event()

    class Slow:
        def make_auth_info(self, *_: object) -> tuple[bytes, bytes, bytes, int]:
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            if not go_on.is_set():
                both_run.wait(20)
                go_on.set()
            with lock:
                running -= 1
            return b"", b"x" * 32, b"", 1

    login = Credentials(None, b"x" * 16, b"y" * 32, b"", 4096)
    monkeypatch.setattr(keys, "_SCRAM", Slow())
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: ring.is_proof(login, PASSWORD), range(8)))
    assert answers == [False] * 8
    assert most == 2


def test_no_password_is_kept(tmp_path: Path) -> None:
    """Neither in its repr nor anywhere in its memory."""
    password = "".join(["swordfish", "-", "9731"])
    ring = Keyring(password, {"root": hashed(password + "!")}, tmp_path / "state", 2)
    assert ring.is_password(password)
    assert password not in repr(ring) + repr(vars(ring)) + repr(ring.login(SERVER_IDENTITY))
    assert [thing for thing in _values_in(ring) if password in str(thing)] == []


def _values_in(owner: object) -> Iterator[object]:
    """Yield the attributes of an object of ours, recursively, and the contents of their collections."""
    seen: set[int] = set()
    to_see = [owner]
    while to_see:
        thing = to_see.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        yield thing
        if isinstance(thing, dict | list | tuple | set):
            to_see.extend(gc.get_referents(thing))
        elif type(thing).__module__.startswith("chatcore"):
            to_see.append(vars(thing))


def test_unreadable_accounts_are_reported_at_start(tmp_path: Path) -> None:
    """Otherwise account holders would count as people without an account, who need only the server password."""
    (tmp_path / "accounts.sqlite").write_bytes(b"no database at all " * 100)
    with pytest.raises(ConfigError, match=r"cannot use the accounts in .*accounts\.sqlite: "):
        Keyring(PASSWORD, {}, tmp_path, 2)


@pytest.mark.thorough
def test_an_unknown_operator_is_refused_with_any_password(ring: Keyring) -> None:
    assert ring.is_operator("root", "toor")
    for name, password in (("ruth", "toor"), ("ruth", ""), ("root", "")):
        assert not ring.is_operator(name, password)
