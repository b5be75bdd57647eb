"""The keys with which all trackers of a chat cloak addresses and recognize tokens."""

from __future__ import annotations

import pytest

from chatcore.cluster.shelves import Shelves
from chatcore.server.access.cloak import Cloak
from chatcore.server.access.shared.common_keys import CommonKeys
from tests.support.shelf import LocalShelf


@pytest.fixture
def shelf() -> LocalShelf:
    return LocalShelf("keys", Shelves())


def test_all_trackers_use_the_keys_of_the_first(shelf: LocalShelf) -> None:
    one, two = CommonKeys(shelf, "pw"), CommonKeys(shelf, "pw")
    assert one.found()
    assert two.found()
    assert one.digest("token") == two.digest("token") != one.digest("another")
    assert len(shelf.proposed) == 1
    assert {len(one.cloak()), len(one.decoy())} == {32}
    assert one.cloak() != one.decoy()
    assert Cloak(one.cloak).host("192.0.2.1") == Cloak(two.cloak).host("192.0.2.1")


def test_two_trackers_starting_first_agree_on_one_set_of_keys(shelf: LocalShelf) -> None:
    first = CommonKeys(shelf, "pw")
    first.found()
    later, theirs = LocalShelf("keys", Shelves()), shelf.proposed[0]
    later.before.append(theirs)
    second = CommonKeys(later, "pw")
    assert second.found()
    assert second.digest("token") == first.digest("token")


def test_a_tracker_with_another_password_notices(shelf: LocalShelf) -> None:
    one, two = CommonKeys(shelf, "pw"), CommonKeys(shelf, "another")
    assert one.found()
    assert not two.found()
    assert one.digest("token") != two.digest("token")


def test_a_new_password_invalidates_tokens_but_keeps_the_cloak(shelf: LocalShelf) -> None:
    one = CommonKeys(shelf, "pw")
    one.found()
    digest, cloak = one.digest("token"), one.cloak()
    two = CommonKeys(shelf, "another")
    two.change_password()
    assert two.found()
    assert not one.found()
    assert two.digest("token") != digest
    assert two.cloak() == cloak


def test_the_password_is_not_stored(shelf: LocalShelf) -> None:
    keys = CommonKeys(shelf, "correct horse")
    keys.found()
    assert b"correct horse" not in b"".join(shelf.rows().values())
    salts = {value for key, value in shelf.rows().items() if key == "salt"}
    keys.change_password()
    assert shelf.rows()["salt"] not in salts
