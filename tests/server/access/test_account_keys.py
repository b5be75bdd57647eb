"""The keys of accounts: their owners, their number, and when they are removed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from chatcore.errors import AccountsUnavailable, ChatError
from chatcore.protocol.public_keys import PublicKey
from chatcore.server.access.account_keys import MAX_KEYS
from chatcore.server.access.accounts import Account, AccountStore, new_credentials
from tests.support.ssh_keys import key


@pytest.fixture(autouse=True)
def people(store: AccountStore) -> None:
    """Ann and Bob have accounts."""
    for name in ("Ann", "Bob"):
        store.add(name, "secret")


def _keys(store: AccountStore, name: str) -> list[PublicKey]:
    found = store.find(name)
    assert found is not None
    return list(store.keys(found.account_id))


def _rows(path: Path) -> int:
    with closing(sqlite3.connect(path)) as file:
        count: int = file.execute("SELECT count(*) FROM account_key").fetchone()[0]
    return count


def test_keys_belong_to_one_account_in_the_order_added(store: AccountStore) -> None:
    laptop, phone = key(1, "laptop"), key(2)
    assert store.add_keys("aNN", [phone]) == 1
    assert store.add_keys("ann", [laptop, phone]) == 1
    assert _keys(store, "ann") == [phone, laptop]
    assert _keys(store, "bob") == []
    assert store.keys("") == ()


def test_a_key_keeps_its_first_comment(store: AccountStore) -> None:
    store.add_keys("ann", [key(1, "laptop")])
    assert store.add_keys("ann", [key(1, "new laptop")]) == 0
    assert _keys(store, "ann") == [key(1, "laptop")]


def test_adding_a_key_does_not_change_the_credentials(store: AccountStore) -> None:
    """Otherwise a client whose account gets one would be disconnected, as after a password change."""
    before = store.all()
    store.add_keys("ann", [key(1)])
    assert store.all() == before


def test_another_program_sees_them_at_once(store: AccountStore, path: Path) -> None:
    other = AccountStore(path)
    assert _keys(other, "ann") == []
    store.add_keys("ann", [key(1)])
    assert _keys(other, "ann") == [key(1)]
    other.remove_keys("ann", [key(1)])
    assert _keys(store, "ann") == []


def test_a_key_of_another_account_refuses_the_whole_batch(store: AccountStore) -> None:
    store.add_keys("ann", [key(1)])
    with pytest.raises(ChatError) as refused:
        store.add_keys("bob", [key(2), key(1)])
    assert str(refused.value) == f"{key(1).fingerprint} is a key of Ann, and two accounts cannot share a key"
    assert _keys(store, "bob") == []


def test_the_keys_of_an_account_are_limited(store: AccountStore) -> None:
    full = [key(number) for number in range(MAX_KEYS)]
    assert store.add_keys("ann", full) == MAX_KEYS == 20
    with pytest.raises(
        ChatError, match="an account can have at most 20 keys, and this would make 22: remove some first"
    ):
        store.add_keys("ann", [key(100), key(101)])
    assert store.add_keys("ann", full[:3]) == 0
    assert _keys(store, "ann") == full
    store.remove_keys("ann", full[:1])
    assert store.add_keys("ann", [key(100)]) == 1
    assert _keys(store, "ann") == [*full[1:], key(100)]


def test_keys_of_another_account_are_not_removed(store: AccountStore) -> None:
    store.add_keys("ann", [key(1), key(2)])
    store.add_keys("bob", [key(3)])
    store.remove_keys("ann", [key(3), key(1)])
    assert (_keys(store, "ann"), _keys(store, "bob")) == ([key(2)], [key(3)])


def test_removing_an_account_removes_its_keys(store: AccountStore, path: Path) -> None:
    store.add_keys("ann", [key(1)])
    store.remove("ann")
    assert _rows(path) == 0
    store.add("ann", "secret")
    assert _keys(store, "ann") == []
    assert store.add_keys("bob", [key(1)]) == 1


def test_keys_go_when_an_earlier_version_removes_the_account(store: AccountStore, path: Path) -> None:
    store.add_keys("ann", [key(1)])
    store.add_keys("bob", [key(2)])
    with closing(sqlite3.connect(path)) as earlier, earlier:
        earlier.execute("DELETE FROM account WHERE folded = 'ann'")
    assert _rows(path) == 1
    assert _keys(store, "bob") == [key(2)]


def test_a_file_without_keys_has_the_schema_from_before_keys(store: AccountStore, path: Path) -> None:
    with closing(sqlite3.connect(path)) as file:
        names = {name for (name,) in file.execute("SELECT name FROM sqlite_master")}
    assert not [name for name in names if "key" in name]
    assert _keys(store, "ann") == []
    store.remove_keys("ann", [key(1)])


def test_a_new_password_keeps_the_keys(store: AccountStore) -> None:
    store.add_keys("ann", [key(1)])
    store.set_password("ann", "better")
    assert _keys(store, "ann") == [key(1)]


def test_keys_without_an_account_are_an_error(store: AccountStore, tmp_path: Path) -> None:
    for accounts in (store, AccountStore(tmp_path / "none" / "accounts.sqlite")):
        for use in (accounts.add_keys, accounts.remove_keys):
            with pytest.raises(ChatError, match="there is no account eve"):
                use("eve", [key(1)])


def test_an_account_removed_at_the_same_time_gets_no_keys(
    store: AccountStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.add_keys("bob", [key(2)])
    found = store.find("ann")
    AccountStore(path).remove("ann")
    monkeypatch.setattr(store, "find", lambda _: found)
    with pytest.raises(ChatError, match="there is no account ann"):
        store.add_keys("ann", [key(1)])
    assert _rows(path) == 1


def test_rows_agreed_by_several_trackers_are_taken_unchecked(store: AccountStore) -> None:
    """Commands on two machines may have added one key to two accounts: both have it then."""
    carol = new_credentials("Carol", "secret")
    store.add_keys("ann", [key(1, "hers")])
    store.replace([("carol", Account(carol, (), (key(1, "mine"), key(3)))), ("bob", None)])
    assert (_keys(store, "ann"), _keys(store, "carol")) == ([key(1, "hers")], [key(1, "mine"), key(3)])
    store.replace([("carol", Account(carol))])
    assert _keys(store, "carol") == []


def test_a_malformed_key_in_the_file_does_no_harm(store: AccountStore, path: Path) -> None:
    store.add_keys("ann", [key(1)])
    with closing(sqlite3.connect(path)) as by_hand, by_hand:
        by_hand.execute("UPDATE account_key SET key = x'00000004FF'")
    (found,) = _keys(store, "ann")
    assert found.line.startswith("\ufffd ")


def test_unreadable_keys_are_reported(store: AccountStore, path: Path) -> None:
    store.add_keys("ann", [key(1)])
    path.write_bytes(b"garbage" * 1000)
    for use in (lambda: store.keys(""), lambda: store.add_keys("ann", []), lambda: store.remove_keys("ann", [])):
        with pytest.raises(AccountsUnavailable, match="cannot use the accounts"):
            use()
