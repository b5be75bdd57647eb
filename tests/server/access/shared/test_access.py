"""Access shared by several trackers that start one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from chatcore.cluster.shelves import Shelves
from chatcore.errors import ConfigError
from chatcore.protocol.invitations import Refusal
from chatcore.server.access.accounts import AccountStore
from chatcore.server.access.bans import Bans
from chatcore.server.access.issued_invitation import InvitationFile
from chatcore.server.access.shared import access
from chatcore.server.access.shared.access import Own, SharedAccess
from chatcore.state.shelf import FOUNDED
from tests.support.shelf import LocalShelf
from tests.support.together import wait_until


class _House:
    """Trackers with folders of their own, and one shelf of each name."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.shelves = Shelves()
        self.shelf = {name: LocalShelf(name, self.shelves) for name in ("keys", "bans", "accounts", "invitations")}
        self.told: list[str] = []
        self.folder = folder
        self._stack = stack

    def begin(self, name: str, password: str = "pw", *, is_alone: bool | Callable[[], bool] = False) -> SharedAccess:
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        file = InvitationFile(folder, password, self.told.append)
        self._stack.callback(file.close)
        own = Own(Bans(folder / "bans.json"), AccountStore(folder / "accounts.sqlite"), file, folder, password)
        tracker = SharedAccess(self.shelf.__getitem__, own, self.told.append)
        self._stack.callback(tracker.stop)
        tracker.found(is_alone if callable(is_alone) else lambda: is_alone)
        return tracker


@pytest.fixture
def house(tmp_path: Path) -> Iterator[_House]:
    with ExitStack() as stack:
        yield _House(tmp_path, stack)


def test_the_first_tracker_shares_its_state_with_the_others(house: _House) -> None:
    (house.folder / "one").mkdir()
    Bans(house.folder / "one" / "bans.json").add("eve")
    AccountStore(house.folder / "one" / "accounts.sqlite").add("Ann", "secret of ann")
    one, two = house.begin("one", is_alone=True), house.begin("two")
    assert (two.bans.all(), two.accounts.names()) == (["eve"], ["Ann"])
    assert Bans(house.folder / "two" / "bans.json").all() == ["eve"]
    assert AccountStore(house.folder / "two" / "accounts.sqlite").names() == ["Ann"]
    invitation, _ = one.invitations.make("ann", "#lobby", 1, 1)
    assert two.invitations.credentials(invitation.identity) is not None
    assert one.keys.digest("token") == two.keys.digest("token")
    assert house.told == []


def test_a_changed_file_reaches_all_trackers_by_itself(house: _House) -> None:
    one, two = house.begin("one", is_alone=True), house.begin("two")
    AccountStore(house.folder / "one" / "accounts.sqlite").add("Ann", "secret of ann")
    wait_until(lambda: two.accounts.names() == ["Ann"])
    wait_until(lambda: AccountStore(house.folder / "two" / "accounts.sqlite").names() == ["Ann"])
    one.stop()
    two.stop()
    assert house.told == []


def test_an_added_duty_runs_repeatedly(house: _House) -> None:
    one = house.begin("one", is_alone=True)
    done: list[int] = []
    one.add_duty(lambda: done.append(1))
    wait_until(lambda: len(done) > 1)


def test_a_tracker_with_another_password_is_refused_while_others_run(
    house: _House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "_DEAD_S", 0.0)
    house.begin("one", is_alone=True)
    with pytest.raises(ConfigError, match="not that of the chat's other trackers"):
        house.begin("two", "another")


def test_changing_the_password_everywhere_ends_earlier_invitations(
    house: _House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "_DEAD_S", 0.0)
    one = house.begin("one", is_alone=True)
    invitation, _ = one.invitations.make("ann", "#lobby", 1, 1)
    one.stop()
    again = house.begin("one", "another", is_alone=True)
    assert again.invitations.refusal(invitation.id, "192.0.2.1") == Refusal.ENDED
    house.begin("two", "another")
    with pytest.raises(ConfigError):
        house.begin("three", "pw")


def test_a_tracker_does_not_start_while_the_others_are_unreachable(house: _House) -> None:
    house.shelf["bans"].is_away = True
    with pytest.raises(ConfigError):
        house.begin("one", is_alone=True)
    assert house.shelves.value("bans", FOUNDED) is None


def test_a_dead_tracker_does_not_block_a_new_password(house: _House) -> None:
    house.begin("one", is_alone=True)
    looks = iter([False, False, True, True])
    house.begin("two", "another", is_alone=lambda: next(looks))
    assert house.begin("two", "another").keys.found()
