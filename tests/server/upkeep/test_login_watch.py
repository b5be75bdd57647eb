"""A login lasts only as long as it would still succeed."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from chatcore.errors import AccountsUnavailable
from chatcore.protocol.public_keys import PublicKey
from chatcore.server.access.accounts import AccountStore
from chatcore.server.incoming.arrival import UsedKey
from chatcore.server.upkeep.login_watch import CHANGED, KEY_REMOVED, REMOVED, LoginWatch
from chatcore.server.visit import Visit
from chatcore.state.credentials import Credentials
from tests.support.ssh_keys import key


class _Visit:
    """The parts of a visit that the watch looks at, and how the visit was ended."""

    def __init__(self, login: Credentials | None, key: PublicKey | None = None) -> None:
        self.client = SimpleNamespace(login=login)
        used = UsedKey(login.account_id, key.blob) if login is not None and key is not None else None
        self.arrival = SimpleNamespace(key=used)
        self.reasons: list[str] = []

    def end(self, reason: str, *, is_lost: bool) -> None:
        assert not is_lost
        self.reasons.append(reason)


@pytest.fixture
def store(tmp_path: Path) -> AccountStore:
    store = AccountStore(tmp_path / "accounts.sqlite")
    for name in ("ann", "bob"):
        store.add(name, "secret")
    return store


def _watch(store: AccountStore, told: list[str], *visits: _Visit) -> LoginWatch:
    return LoginWatch(store, lambda: cast("tuple[Visit, ...]", visits), told.append)


def test_removed_changed_and_recreated_accounts_end_visits(store: AccountStore) -> None:
    guest, ann, bob = _Visit(None), _Visit(store.find("ann")), _Visit(store.find("bob"))
    watch = _watch(store, [], guest, ann, bob)
    watch.tick()
    assert guest.reasons == ann.reasons == bob.reasons == []
    store.set_password("ann", "better")
    store.remove("BOB")
    watch.tick()
    assert (guest.reasons, ann.reasons, bob.reasons) == ([], [CHANGED], [REMOVED])
    store.add("bob", "secret")
    again = _Visit(bob.client.login)
    _watch(store, [], again).tick()
    assert again.reasons == [REMOVED], "an account made again is another person's, even with the old password"


def test_removing_a_key_ends_only_visits_that_used_it(store: AccountStore) -> None:
    store.add_keys("ann", [key(1), key(2)])
    ann = store.find("ann")
    first, second, by_password = _Visit(ann, key(1)), _Visit(ann, key(2)), _Visit(ann)
    watch = _watch(store, [], first, second, by_password)
    store.remove_keys("ann", [key(1)])
    watch.tick()
    assert (first.reasons, second.reasons, by_password.reasons) == ([KEY_REMOVED], [], [])
    store.remove("ann")
    watch.tick()
    assert (second.reasons, by_password.reasons) == ([REMOVED], [REMOVED])


def test_unreadable_keys_end_no_visit(store: AccountStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.add_keys("ann", [key(1)])
    ann = _Visit(store.find("ann"), key(1))

    def fail(store: AccountStore, account_id: str) -> None:
        raise AccountsUnavailable("the disk is on fire")

    with monkeypatch.context() as broken:
        broken.setattr(AccountStore, "keys", fail)
        _watch(store, [], ann).tick()
    assert ann.reasons == []


def test_removing_all_accounts_ends_a_visit_since_the_last_tick(store: AccountStore) -> None:
    ann = _Visit(store.find("ann"))
    for name in store.names():
        store.remove(name)
    _watch(store, [], ann).tick()
    assert ann.reasons == [REMOVED]


def test_an_account_created_during_a_check_is_not_missing(store: AccountStore) -> None:
    ann = _Visit(store.find("ann"))
    bert = _Visit(None)

    def visits() -> tuple[_Visit, ...]:
        store.add("bert", "secret")
        bert.client.login = store.find("bert")
        return ann, bert

    LoginWatch(store, lambda: cast("tuple[Visit, ...]", visits()), lambda _: None).tick()
    assert ann.reasons == bert.reasons == []


def test_unreadable_accounts_end_no_visit_and_are_reported_once(
    store: AccountStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, told = _Visit(store.find("ann")), list[str]()
    watch = _watch(store, told, ann)
    store.remove("ann")

    def fail(_: AccountStore) -> None:
        raise AccountsUnavailable("the disk is on fire")

    with monkeypatch.context() as broken:
        broken.setattr(AccountStore, "all", fail)
        for _ in range(3):
            watch.tick()
    assert ann.reasons == []
    (line,) = told
    assert line.startswith("the disk is on fire. ")
    watch.tick()
    watch.tick()
    assert told[1:] == ["The accounts can be read again."]
    assert set(ann.reasons) == {REMOVED}
