"""AccountRegistrar: limits on new accounts per site and in total."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from threading import Barrier

import pytest

from chatcore.config import Limits
from chatcore.errors import AccountsUnavailable, ChatError
from chatcore.server.access.accounts import ACCOUNTS_FILE, AccountStore
from chatcore.server.access.doorkeeper import Doorkeeper
from chatcore.server.access.keyring import Keyring
from chatcore.server.access.registrar import AccountRegistrar
from chatcore.state.client import Client
from chatcore.state.credit import Credit
from tests.support.together import DEADLINE_S, run_together

_PASSWORD = "long enough"
_LIMITS = Limits(accounts_per_hour=2, max_accounts=4)


class _Office:
    """A registrar with a clock that tests set."""

    def __init__(self, folder: Path, limits: Limits = _LIMITS) -> None:
        self.now = 1000.0
        self.keys = Keyring("the chat's own", {}, folder, 2)
        self.told: list[str] = []
        doorkeeper = Doorkeeper(limits, lambda: self.now, lambda _: None)
        self.registrar = AccountRegistrar(self.keys, doorkeeper, limits, self.told.append)

    def make(self, name: str, host: str = "192.0.2.1", *, is_free: Callable[[], bool] = lambda: True) -> bool:
        """Make an account for somebody at an address; return whether it was made."""
        made = self.registrar.make(Client(1, host, 1, Credit(4)), name, _PASSWORD, is_free)
        assert made is None or made == self.keys.account(name), (
            "the owner must be logged in with the credentials that are kept"
        )
        return made is not None


@pytest.fixture
def office(tmp_path: Path) -> Iterator[_Office]:
    office = _Office(tmp_path)
    yield office
    office.keys.close()


def test_a_new_account_is_stored_and_its_password_works(office: _Office, tmp_path: Path) -> None:
    assert office.make("Ann")
    found = AccountStore(tmp_path / ACCOUNTS_FILE).find("ann")
    assert found is not None
    assert found.account == "Ann"
    assert office.keys.is_proof(found, _PASSWORD)
    assert not office.keys.is_proof(found, "long enoughh")


def test_a_name_is_taken_in_any_case(office: _Office) -> None:
    assert office.make("ann")
    assert not office.make("ANN", "192.0.2.2")


def test_only_one_of_several_at_once_gets_the_name_and_is_counted(office: _Office) -> None:
    made: dict[str, bool] = {}
    all_ready = Barrier(6)

    def make(host: str) -> None:
        made[host] = office.make("ann", host, is_free=lambda: all_ready.wait(DEADLINE_S) >= 0)

    run_together(*(partial(make, f"192.0.2.{n}") for n in range(6)))
    assert sorted(made.values()) == [False] * 5 + [True]
    loser = next(host for host, is_made in made.items() if not is_made)
    assert [office.make(name, loser) for name in ("bob", "cleo")] == [True, True]


def test_new_accounts_per_address_and_hour_are_limited(office: _Office) -> None:
    assert office.make("one")
    assert office.make("two")
    with pytest.raises(ChatError, match="from your address"):
        office.make("three")
    assert office.make("three", "192.0.2.2")
    office.now += 1799
    with pytest.raises(ChatError, match="from your address"):
        office.make("four")
    office.now += 2
    assert office.make("four")


def test_ipv6_addresses_of_one_site_count_as_one(office: _Office) -> None:
    assert office.make("one", "2001:db8:1::1")
    assert office.make("two", "2001:db8:1:2::1")
    with pytest.raises(ChatError, match="from your address"):
        office.make("three", "2001:db8:1:3::1")
    assert office.make("three", "2001:db8:2::1")


def test_failed_attempts_do_not_count(office: _Office, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        assert not office.make("ann", is_free=lambda: False)
    with monkeypatch.context() as faulty:
        faulty.setattr(office.keys.accounts, "keep", _full)
        for _ in range(5):
            with pytest.raises(AccountsUnavailable):
                office.make("ann")
    assert office.told == ["the disk is full. Somebody tried to make an account, but it could not be stored."]
    assert office.make("ann")
    assert office.make("bob")
    monkeypatch.setattr(office.keys.accounts, "keep", _full)
    with pytest.raises(AccountsUnavailable):
        office.make("carl", "192.0.2.2")
    assert len(office.told) == 2


def _full(new: object) -> bool:
    raise AccountsUnavailable("the disk is full")


def test_the_total_is_limited_except_for_the_operator(office: _Office) -> None:
    for number in range(4):
        assert office.make(f"n{number}", f"192.0.2.{number}")
    with pytest.raises(ChatError, match="only its operator"):
        office.make("late", "192.0.2.9")
    assert office.keys.accounts.add("late", "pw")


def test_zero_means_no_limit(tmp_path: Path) -> None:
    office = _Office(tmp_path, Limits(accounts_per_hour=0, max_accounts=0))
    assert all(office.make(f"n{number}") for number in range(8))
    office.keys.close()


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("1234567", "8 characters"),
        ("ann-marie", "different from its name"),
        ("ANN-MARIE", "different from its name"),
        ("the chat's own", "everybody here knows"),
    ],
)
def test_a_weak_password_is_explained_without_repeating_it(office: _Office, password: str, words: str) -> None:
    weakness = office.registrar.password_weakness(password, "ann-marie")
    assert weakness is not None
    assert words in weakness
    assert password not in weakness


def test_other_passwords_are_accepted_within_the_length_limit(office: _Office) -> None:
    assert office.registrar.password_weakness("12345678", "ann") is None
    assert office.registrar.password_problem("12345678") is None
    assert office.registrar.password_problem("x" * 301) == "a password can have at most 300 bytes, in UTF-8"
