"""AccountStore: names and credentials in one file, used by several at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from scramp import ScramClient, ScramMechanism

from chatcore.errors import ChatError
from chatcore.server.accounts import AccountStore
from tests.state.together import run_together


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "accounts.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[AccountStore]:
    store = AccountStore(path)
    yield store
    store.close()


def _accepts(store: AccountStore, name: str, password: str) -> bool:
    """Tell whether SCRAM with the stored credentials goes well, as a client and a server do it."""
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


def test_an_account_is_found_in_any_spelling_and_kept_in_its_own(store: AccountStore) -> None:
    assert store.add("Ann", "secret")
    found = store.find("aNN")
    assert found is not None
    assert found.account == "Ann"
    assert not store.add("ann", "another")
    assert _accepts(store, "ann", "secret")
    assert not _accepts(store, "ann", "another")


def test_names_are_in_their_order(store: AccountStore) -> None:
    for name in ("bob", "Ann", "zoë", "carol"):
        store.add(name, "secret")
    assert store.names() == ["Ann", "bob", "carol", "zoë"]


def test_a_password_is_changed_and_the_name_keeps_its_spelling(store: AccountStore) -> None:
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


def test_no_password_is_in_the_file_and_only_the_owner_reads_it(store: AccountStore, path: Path) -> None:
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


def test_a_decoy_looks_the_same_each_time_and_is_met_by_nothing(store: AccountStore) -> None:
    """Who asks for the salt of a name must not learn whether there is such an account."""
    store.add("ann", "secret")
    real, decoy = store.find("ann"), store.decoy("eve")
    assert real is not None
    assert (decoy.salt, decoy.iterations) == (store.decoy("EVE").salt, real.iterations)
    assert len(decoy.salt) == len(real.salt)
    assert decoy.salt != store.decoy("bob").salt


@pytest.mark.parametrize("password", ["\0", "\u0627a"])
def test_what_cannot_be_a_password_is_told(store: AccountStore, password: str) -> None:
    with pytest.raises(ChatError, match="that cannot be a password"):
        store.add("ann", password)
    assert store.names() == []


_USES: list[Callable[[AccountStore], object]] = [
    lambda store: store.find("ann"),
    lambda store: store.names(),
    lambda store: store.add("ann", "secret"),
    lambda store: store.set_password("ann", "secret"),
    lambda store: store.remove("ann"),
]
_NAMES = ["find", "names", "add", "set_password", "remove"]


@pytest.mark.parametrize("use", _USES, ids=_NAMES)
def test_a_file_that_is_no_database_is_told(
    store: AccountStore, path: Path, use: Callable[[AccountStore], object]
) -> None:
    path.parent.mkdir()
    path.write_bytes(b"this is no database, but long enough to be looked at as one" * 20)
    with pytest.raises(ChatError, match="accounts"):
        use(store)


@pytest.mark.parametrize("use", _USES, ids=_NAMES)
def test_a_database_of_something_else_is_told(
    store: AccountStore, path: Path, use: Callable[[AccountStore], object]
) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("CREATE TABLE account (something TEXT)")
    with pytest.raises(ChatError, match="accounts"):
        use(store)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        closing(AccountStore(tmp_path / "file" / "accounts.sqlite")) as store,
        pytest.raises(ChatError, match="accounts"),
    ):
        store.add("ann", "secret")


def test_of_many_who_make_an_account_one_does(path: Path) -> None:
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


def test_closing_twice_is_closing_once_and_using_it_again_opens_it(path: Path) -> None:
    store = AccountStore(path)
    store.add("ann", "secret")
    store.close()
    store.close()
    assert store.names() == ["ann"]
    store.close()
