"""The accounts that several trackers share."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatcore.cluster.shelves import Shelves
from chatcore.errors import AccountsUnavailable
from chatcore.server.access.accounts import AccountStore, new_credentials
from chatcore.server.access.shared.accounts import AccountsFile, SharedAccounts
from chatcore.server.access.shared.mirror import RowMirror
from chatcore.state.credentials import Right
from chatcore.state.records import RowsSet
from tests.support.shelf import AWAY, LocalShelf
from tests.support.ssh_keys import key


class _Tracker:
    """One of several: its file, and what it knows."""

    def __init__(self, folder: Path, shelves: Shelves) -> None:
        path = folder / "accounts.sqlite"
        self.told: list[str] = []
        self.shelf = LocalShelf("accounts", shelves)
        self.command = AccountStore(path)  # as `chat-tracker account` has it, in another process
        self.mirror = RowMirror(AccountsFile(AccountStore(path), "accounts.sqlite"), self.shelf, self.told.append)
        self.accounts = SharedAccounts(path, self.shelf, lambda: b"secret")


@pytest.fixture
def shelves() -> Shelves:
    return Shelves()


@pytest.fixture
def one(tmp_path: Path, shelves: Shelves) -> _Tracker:
    """The first tracker, which has Ann's account and brings it."""
    tracker = _Tracker(tmp_path / "one", shelves)
    tracker.command.add("Ann", "secret of ann")
    tracker.command.allow("ann", Right.INVITE)
    tracker.mirror.found()
    return tracker


@pytest.fixture
def two(tmp_path: Path, shelves: Shelves, one: _Tracker) -> _Tracker:
    tracker = _Tracker(tmp_path / "two", shelves)
    tracker.mirror.found()
    return tracker


def test_an_account_of_one_tracker_exists_on_all(one: _Tracker, two: _Tracker) -> None:
    found = two.accounts.find("aNN")
    assert found == one.command.find("ann") == two.command.find("ann")
    assert found is not None
    assert two.accounts.rights(found.account_id) == two.command.rights(found.account_id) == [Right.INVITE]
    assert (two.accounts.names(), two.accounts.has_had_any) == (["Ann"], True)


def test_a_registered_account_is_kept_on_all_trackers(one: _Tracker, two: _Tracker) -> None:
    bob = new_credentials("Bob", "secret of bob")
    assert one.accounts.keep(bob)
    assert two.accounts.find("bob") == bob
    assert two.accounts.rights(bob.account_id) == []
    two.mirror.tick()
    assert two.command.find("bob") == bob


def test_a_name_taken_on_one_tracker_is_taken_on_all(one: _Tracker, two: _Tracker) -> None:
    first, second = new_credentials("Bob", "secret of bob"), new_credentials("bob", "another secret")
    one.shelf.before.append(RowsSet("accounts", ()))
    assert two.accounts.keep(first)
    assert not one.accounts.keep(second)
    assert one.accounts.find("bob") == first


def test_an_account_that_cannot_be_kept_is_not_created(one: _Tracker) -> None:
    one.shelf.is_away = True
    with pytest.raises(AccountsUnavailable, match=AWAY):
        one.accounts.keep(new_credentials("Bob", "secret of bob"))
    assert one.accounts.find("bob") is None


def test_command_line_changes_on_one_machine_reach_all(one: _Tracker, two: _Tracker) -> None:
    ann = one.accounts.find("ann")
    assert ann is not None
    one.command.add("Bob", "secret of bob")
    one.command.set_password("ann", "a new secret")
    one.command.deny("ann", Right.INVITE)
    one.mirror.tick()
    changed = two.accounts.find("ann")
    assert changed == one.command.find("ann") != ann
    assert changed is not None
    assert changed.account_id == ann.account_id
    assert two.accounts.rights(ann.account_id) == []
    two.mirror.tick()
    two.command.remove("ANN")
    two.mirror.tick()
    one.mirror.tick()
    assert one.accounts.names() == two.accounts.names() == one.command.names() == two.command.names() == ["Bob"]
    assert (one.told, two.told) == ([], [])


def test_a_recreated_account_has_no_rights(one: _Tracker, two: _Tracker) -> None:
    one.command.remove("ann")
    one.command.add("ann", "another secret")
    one.mirror.tick()
    two.mirror.tick()
    again = two.command.find("ann")
    assert again is not None
    assert two.accounts.rights(again.account_id) == two.command.rights(again.account_id) == []


def test_keys_added_or_removed_on_one_tracker_change_on_all(one: _Tracker, two: _Tracker) -> None:
    one.command.add_keys("ann", [key(1, "laptop"), key(2)])
    one.mirror.tick()
    two.mirror.tick()
    ann = two.accounts.find("ann")
    assert ann is not None
    expected = (key(1, "laptop"), key(2))
    assert one.accounts.keys(ann.account_id) == two.accounts.keys(ann.account_id) == expected
    assert two.command.keys(ann.account_id) == expected
    assert (two.accounts.rights(ann.account_id), two.accounts.keys("")) == ([Right.INVITE], ())
    two.command.remove_keys("ann", [key(1)])
    two.mirror.tick()
    one.mirror.tick()
    assert one.accounts.keys(ann.account_id) == one.command.keys(ann.account_id) == (key(2),)
    assert (one.told, two.told) == ([], [])


def test_removing_an_account_removes_its_keys_on_all_trackers(one: _Tracker, two: _Tracker) -> None:
    one.command.add_keys("ann", [key(1)])
    one.mirror.tick()
    two.mirror.tick()
    ann = two.accounts.find("ann")
    assert ann is not None
    one.command.remove("ann")
    one.mirror.tick()
    two.mirror.tick()
    assert two.accounts.keys(ann.account_id) == two.command.keys(ann.account_id) == ()


def test_one_key_added_to_two_accounts_at_once_stops_no_mirror(one: _Tracker, two: _Tracker) -> None:
    one.command.add("Bob", "secret of bob")
    one.mirror.tick()
    two.mirror.tick()
    one.command.add_keys("ann", [key(1)])
    two.command.add_keys("bob", [key(1)])
    for tracker in (one, two, one):
        tracker.mirror.tick()
    for store in (one.command, two.command):
        ann, bob = store.all()["ann"], store.all()["bob"]
        assert store.keys(ann.account_id) == store.keys(bob.account_id) == (key(1),)
    assert (one.told, two.told) == ([], [])


def test_a_row_without_keys_has_the_format_from_before_keys(one: _Tracker) -> None:
    """Otherwise a chat upgraded from such a version would take all its accounts for changed."""
    row = one.shelf.value("ann")
    assert row is not None
    assert len(json.loads(row)) == 7
    one.command.add_keys("ann", [key(1)])
    one.mirror.tick()
    assert one.shelf.value("ann") != row
    one.command.remove_keys("ann", [key(1)])
    one.mirror.tick()
    assert one.shelf.value("ann") == row


def test_a_right_from_a_later_version_is_ignored(one: _Tracker) -> None:
    row = one.shelf.value("ann")
    assert row is not None
    one.shelf.propose((("ann", row.replace(b'"invite"', b'"fly", "invite"')),))
    ann = one.accounts.find("ann")
    assert ann is not None
    assert one.accounts.rights(ann.account_id) == [Right.INVITE]


def test_a_missing_file_frees_no_names(one: _Tracker, tmp_path: Path) -> None:
    for file in (tmp_path / "one").glob("accounts*"):
        file.unlink()
    one.mirror.tick()
    assert one.accounts.names() == ["Ann"]
    assert len(one.told) == 1


def test_accounts_remain_usable_after_closing(one: _Tracker) -> None:
    one.accounts.close()
    assert one.accounts.names() == ["Ann"]


def test_a_missing_account_has_the_same_decoy_everywhere(one: _Tracker, two: _Tracker) -> None:
    assert one.accounts.decoy("eve").salt == two.accounts.decoy("Eve").salt != one.accounts.decoy("bob").salt
