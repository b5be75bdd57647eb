"""AccountStore on a file that is not a database, was damaged, or was replaced."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from chatcore.errors import AccountsUnavailable, ChatError
from chatcore.server.access.accounts import AccountStore

_CALLS: list[Callable[[AccountStore], object]] = [
    lambda store: store.find("ann"),
    lambda store: store.names(),
    lambda store: store.add("ann", "secret"),
    lambda store: store.set_password("ann", "secret"),
    lambda store: store.remove("ann"),
]
_NAMES = ["find", "names", "add", "set_password", "remove"]


@pytest.mark.parametrize("use", _CALLS, ids=_NAMES)
def test_a_file_that_is_not_a_database_is_reported(
    store: AccountStore, path: Path, use: Callable[[AccountStore], object]
) -> None:
    path.parent.mkdir()
    path.write_bytes(b"this is no database, but long enough to be looked at as one" * 20)
    with pytest.raises(ChatError, match="accounts"):
        use(store)


@pytest.mark.parametrize("use", _CALLS, ids=_NAMES)
def test_a_foreign_database_is_reported(store: AccountStore, path: Path, use: Callable[[AccountStore], object]) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("CREATE TABLE account (something TEXT)")
    with pytest.raises(ChatError, match="accounts"):
        use(store)


@pytest.mark.parametrize("use", _CALLS, ids=_NAMES)
def test_a_newer_version_is_reported_and_left_unchanged(
    store: AccountStore, path: Path, use: Callable[[AccountStore], object]
) -> None:
    store.add("ann", "secret")
    with closing(sqlite3.connect(path)) as newer, newer:
        newer.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    with pytest.raises(AccountsUnavailable) as told:
        use(AccountStore(path))
    assert str(told.value) == (
        f"{path} was written by a newer version of chatcore (its format is 99, this one knows 1): "
        "use that version, or another --state-dir"
    )
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", [None, 5, b"ann"])
def test_a_name_that_is_not_text_is_reported(store: AccountStore, path: Path, name: object) -> None:
    """Heartbeat reads them too, and must not fail twice a second."""
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("CREATE TABLE account (folded, name, salt, stored_key, server_key, iterations, id)")
        other.execute("INSERT INTO account (name) VALUES (?)", (name,))
    with pytest.raises(AccountsUnavailable, match="not text"):
        store.all()


def test_a_folder_that_cannot_be_created_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        closing(AccountStore(tmp_path / "file" / "accounts.sqlite")) as store,
        pytest.raises(ChatError, match="accounts"),
    ):
        store.add("ann", "secret")


def _damage(path: Path) -> None:
    path.write_bytes(b"garbage" * 1000)


@pytest.mark.parametrize(
    "harm",
    [_damage, lambda path: path.write_bytes(b""), Path.unlink, lambda path: path.write_bytes(path.read_bytes()[:4096])],
    ids=["garbage", "emptied", "removed", "cut"],
)
def test_a_harmed_file_frees_no_names(path: Path, harm: Callable[[Path], object]) -> None:
    store = AccountStore(path)
    store.add("ann", "secret")
    assert store.find("ann") is not None
    whole = path.read_bytes()
    harm(path)
    with pytest.raises(AccountsUnavailable, match=r"cannot use the accounts in .*accounts\.sqlite: "):
        store.find("ann")
    replacement = path.with_name("backup")
    replacement.write_bytes(whole)
    replacement.replace(path)
    store._retry_at = 0.0
    assert store.find("ann") is not None


def test_a_replaced_file_is_read(store: AccountStore, path: Path, tmp_path: Path) -> None:
    store.add("ann", "secret")
    assert store.names() == ["ann"]
    other = AccountStore(tmp_path / "other.sqlite")
    other.add("bob", "secret")
    (tmp_path / "other.sqlite").replace(path)
    assert store.names() == ["bob"]


def test_a_change_behind_a_link_is_seen_while_its_writer_is_open(
    store: AccountStore, path: Path, tmp_path: Path
) -> None:
    store.add("ann", "her password")
    link = tmp_path / "link.sqlite"
    link.symlink_to(path)
    os.utime(path, (1, 1))
    reader = AccountStore(link)
    assert reader.find("ann") is not None
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("DELETE FROM account")
        assert reader.find("ann") is None
