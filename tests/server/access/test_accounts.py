"""AccountStore: names and credentials in one file, used by several at once."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from time import time
from typing import Any

import pytest
from scramp import ScramClient, ScramMechanism

from chatcore.errors import AccountsUnavailable, ChatError
from chatcore.server.access import accounts
from chatcore.server.access.accounts import AccountStore
from chatcore.state.credentials import Right
from tests.support.together import run_together


def _accepts(store: AccountStore, name: str, password: str) -> bool:
    """Return whether SCRAM between a client and a server succeeds with the stored credentials."""
    found = store.find(name)
    assert found is not None
    auth = (found.salt, found.stored_key, found.server_key, found.iterations)
    server = ScramMechanism("SCRAM-SHA-256").make_server(lambda _: auth)
    client = ScramClient(["SCRAM-SHA-256"], name, password)
    server.set_client_first(client.get_client_first())
    client.set_server_first(server.get_server_first())
    try:
        server.set_client_final(client.get_client_final())
        client.set_server_final(server.get_server_final())
    except Exception:  # noqa: BLE001 - whatever a wrong password is called there
        return False
    return True


def test_there_is_no_file_before_the_first_account(store: AccountStore, path: Path) -> None:
    assert store.find("ann") is None
    assert store.names() == []
    assert not store.remove("ann")
    assert not store.set_password("ann", "secret")
    assert not path.exists()


def test_an_account_is_found_in_any_case_and_keeps_its_spelling(store: AccountStore) -> None:
    assert store.add("Ann", "secret")
    found = store.find("aNN")
    assert found is not None
    assert found.account == "Ann"
    assert not store.add("ann", "another")
    assert _accepts(store, "ann", "secret")
    assert not _accepts(store, "ann", "another")


def test_names_are_sorted_regardless_of_case(store: AccountStore) -> None:
    for name in ("bob", "Ann", "zoë", "carol"):
        store.add(name, "secret")
    assert store.names() == ["Ann", "bob", "carol", "zoë"]


def test_a_changed_password_keeps_the_spelling_of_the_name(store: AccountStore) -> None:
    store.add("Ann", "secret")
    assert store.set_password("ann", "better")
    assert _accepts(store, "Ann", "better")
    assert not _accepts(store, "Ann", "secret")
    assert store.names() == ["Ann"]


def test_a_removed_account_is_gone(store: AccountStore) -> None:
    store.add("ann", "secret")
    assert store.remove("ANN")
    assert not store.remove("ann")
    assert store.find("ann") is None


def test_the_file_has_no_password_and_only_its_owner_reads_it(store: AccountStore, path: Path) -> None:
    store.add("ann", "a-secret-to-look-for")
    assert b"a-secret-to-look-for" not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600


def test_another_program_sees_a_change_at_once(store: AccountStore, path: Path) -> None:
    with closing(AccountStore(path)) as other:
        assert other.find("ann") is None
        store.add("ann", "secret")
        assert other.find("ann") is not None
        other.remove("ann")
        assert store.find("ann") is None


def test_a_decoy_is_stable_and_looks_like_a_real_account(store: AccountStore) -> None:
    """A client that asks for a name's salt must not learn whether there is such an account."""
    store.add("ann", "secret")
    real, decoy = store.find("ann"), store.decoy("eve")
    assert real is not None
    assert (decoy.salt, decoy.iterations) == (store.decoy("EVE").salt, real.iterations)
    assert len(decoy.salt) == len(real.salt)
    assert decoy.salt != store.decoy("bob").salt


def test_a_right_belongs_to_one_account_and_not_to_its_credentials(store: AccountStore) -> None:
    """Otherwise a client whose account gets one would be disconnected, as after a password change."""
    for name in ("ann", "bob"):
        store.add(name, "secret")
    before = store.all()
    ids = {name: before[name].account_id for name in before}
    assert store.allow("ANN", Right.INVITE)
    assert not store.allow("ann", Right.INVITE)
    assert store.all() == before
    assert [store.rights(ids[name]) for name in ("ann", "bob")] == [[Right.INVITE], []]
    assert not store.deny("bob", Right.INVITE)
    assert not store.deny("eve", Right.INVITE)
    assert store.deny("Ann", Right.INVITE)
    assert store.rights(ids["ann"]) == []


def test_a_recreated_account_has_no_rights(store: AccountStore) -> None:
    store.add("ann", "secret")
    store.allow("ann", Right.INVITE)
    store.remove("ann")
    store.add("ann", "secret")
    assert store.rights(store.all()["ann"].account_id) == []


def test_without_accounts_nobody_has_a_right(store: AccountStore) -> None:
    assert not store.allow("ann", Right.INVITE)
    assert store.rights("00") == []


def test_an_account_cannot_have_the_login_name_of_an_invitation(store: AccountStore) -> None:
    with pytest.raises(ChatError, match="invitations log in with such names"):
        store.add("inv-K3X9Q2", "secret")
    assert store.add("inv-able", "secret")


@pytest.mark.parametrize("password", ["\0", "\u0627a"])
def test_an_invalid_password_is_refused(store: AccountStore, password: str) -> None:
    with pytest.raises(ChatError, match="that cannot be a password"):
        store.add("ann", password)
    assert store.names() == []


def test_only_one_of_many_threads_creates_an_account(path: Path) -> None:
    store = AccountStore(path)
    made: list[int] = []

    def make(number: int) -> None:
        if store.add("ann", f"secret{number}"):
            made.append(number)
        assert store.find("ann") is not None

    run_together(*(lambda number=number: make(number) for number in range(6)))
    (winner,) = made
    assert _accepts(store, "ann", f"secret{winner}")
    store.close()


def test_closing_is_idempotent_and_use_reopens_the_file(path: Path) -> None:
    store = AccountStore(path)
    store.add("ann", "secret")
    store.close()
    store.close()
    assert store.names() == ["ann"]
    store.close()


def _id_of(store: AccountStore, name: str) -> str:
    found = store.find(name)
    assert found is not None
    return found.account_id


def test_each_account_has_an_id_that_its_name_never_had_before(store: AccountStore) -> None:
    for name in ("ann", "bob"):
        store.add(name, "secret")
    first = _id_of(store, "ann")
    assert len(first) == 32
    assert first != _id_of(store, "bob")
    store.set_password("ann", "better")
    assert _id_of(store, "ann") == first, "a new password must not change the id"
    store.remove("ann")
    store.add("ann", "secret")
    assert _id_of(store, "ann") != first


def test_at_rest_there_is_one_file_in_wal_mode(store: AccountStore, path: Path) -> None:
    store.add("ann", "secret")
    assert store.find("ann") is not None
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def _write_old_file(path: Path, *names: str) -> None:
    """Write accounts in the format from before they had ids."""
    path.parent.mkdir(exist_ok=True)
    with closing(sqlite3.connect(path)) as old, old:
        old.execute(
            "CREATE TABLE account (folded TEXT PRIMARY KEY, name TEXT NOT NULL, salt BLOB NOT NULL, "
            "stored_key BLOB NOT NULL, server_key BLOB NOT NULL, iterations INTEGER NOT NULL) STRICT"
        )
        for name in names:
            keys = ScramMechanism("SCRAM-SHA-256").make_auth_info(f"{name}'s", 4096)
            old.execute("INSERT INTO account VALUES (?, ?, ?, ?, ?, ?)", (name, name, *keys))


def test_accounts_of_an_old_file_get_ids_only_once(path: Path) -> None:
    _write_old_file(path, "ann", "bob")
    found: list[tuple[str, str]] = []

    def look() -> None:
        store = AccountStore(path)
        found.append((_id_of(store, "ann"), _id_of(store, "bob")))

    run_together(*[look] * 6)
    ((ann, bob),) = set(found)
    assert ann != bob
    store = AccountStore(path)
    assert _accepts(store, "ann", "ann's")
    assert store.add("carol", "secret")
    assert store.remove("bob")
    assert store.names() == ["ann", "carol"]


def test_a_writer_does_not_block_readers(store: AccountStore, path: Path) -> None:
    store.add("ann", "secret")
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        writer.execute("DELETE FROM account")
        assert AccountStore(path).names() == store.names() == ["ann"], "the removal is not committed yet"
        writer.execute("COMMIT")
        assert store.names() == []


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that SQLite was told to open."""
    found: list[str] = []
    connect: Callable[..., sqlite3.Connection] = sqlite3.connect

    def note(database: str, **options: Any) -> sqlite3.Connection:
        found.append(database)
        return connect(database, **options)

    monkeypatch.setattr(sqlite3, "connect", note)
    return found


def test_the_file_is_read_again_only_when_it_has_changed(store: AccountStore, path: Path, opened: list[str]) -> None:
    store.add("ann", "secret")
    os.utime(path, (1, 1))
    opened.clear()
    assert [store.find(name) is None for name in ("ann", "bob", "ann")] == [False, True, False]
    assert len(opened) == 1
    os.utime(path, (2, 2))
    assert store.find("ann") is not None
    assert len(opened) == 2


def test_a_file_from_the_future_is_not_read_each_time(store: AccountStore, path: Path, opened: list[str]) -> None:
    """As all files seem to be after the clock was set back."""
    store.add("ann", "her password")
    tomorrow = time() + 86_400
    os.utime(path, (tomorrow, tomorrow))
    assert store.find("ann")
    opened.clear()
    assert store.find("ann")
    assert opened == []
    AccountStore(path).remove("ann")
    assert store.find("ann") is None


def test_a_locked_file_is_tried_once_and_read_when_free(
    path: Path, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = AccountStore(path)
    store.add("ann", "secret")
    now = 0.0
    written_ns = path.stat().st_mtime_ns
    monkeypatch.setattr(accounts, "monotonic", lambda: now)
    monkeypatch.setattr(accounts, "time_ns", lambda: written_ns)
    assert store.find("ann") is not None
    monkeypatch.setattr(accounts, "time_ns", lambda: written_ns + 10**9)  # due to be read once more, unchanged
    opened.clear()
    with closing(sqlite3.connect(path, isolation_level=None)) as locker:
        locker.execute("PRAGMA locking_mode = EXCLUSIVE")
        locker.execute("BEGIN EXCLUSIVE")
        locker.execute("DELETE FROM account WHERE name = 'nobody'")
        tried = len(opened)

        def find() -> None:
            with pytest.raises(AccountsUnavailable, match="database is locked"):
                store.find("ann")

        run_together(*[find] * 8)
        assert len(opened) == tried + 1, "only one of the readers may try to open the file"
        now = 1.5
        find()
        assert len(opened) == tried + 2
        locker.execute("ROLLBACK")
    with pytest.raises(AccountsUnavailable):
        store.find("ann")
    now = 3.0
    assert store.find("ann") is not None


def test_a_commit_survives_a_kill(store: AccountStore, path: Path) -> None:
    """It leaves a write-ahead log behind, which the next process to open the file applies."""
    store.add("ann", "secret")
    program = (
        "import os, signal, sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); "
        "c.execute('UPDATE account SET name = ?', ('Ann',)); os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", program, str(path)], timeout=60).returncode == -signal.SIGKILL
    assert path.with_name("accounts.sqlite-wal").exists()
    assert store.names() == ["Ann"]
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_all_files_are_readable_by_their_owner_only(store: AccountStore, path: Path) -> None:
    store.add("ann", "secret")
    path.chmod(0o644)
    store.add("bob", "secret")
    with closing(sqlite3.connect(path)) as open_one:
        open_one.execute("SELECT * FROM account").fetchall()
        modes = {file.name.rpartition("-")[2]: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == {"accounts.sqlite": 0o600, "wal": 0o600, "shm": 0o600}
