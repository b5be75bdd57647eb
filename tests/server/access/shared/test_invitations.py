"""The invitations that several trackers share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from chatcore.cluster.shelves import Shelves
from chatcore.errors import ChatError
from chatcore.protocol.invitations import Invitation, Refusal
from chatcore.server.access.invitations import REMEMBERED_S, Invitations, NotInvited
from chatcore.server.access.issued_invitation import InvitationFile
from chatcore.server.access.row_file import Row
from chatcore.server.access.shared.invitations import SharedInvitations
from tests.support.shelf import AWAY, LocalShelf

_HOUR_S = 3600.0


class _House:
    """Some trackers of one chat, each with its own folder, and a clock that tests set."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.shelves = Shelves()
        self.now = 1_800_000_000.0
        self.told: list[str] = []
        self._folder = folder
        self._stack = stack

    def file(self, name: str, password: str = "pw") -> InvitationFile:
        folder = self._folder / name
        folder.mkdir(exist_ok=True)
        file = InvitationFile(folder, password, self.told.append)
        self._stack.callback(file.close)
        return file

    def alone(self, name: str) -> Invitations:
        """Return the invitations of a tracker that shares them with no other."""
        return Invitations(self.file(name), lambda: self.now, lambda: self.now, are_needed=True)

    def start(self, name: str, password: str = "pw") -> SharedInvitations:
        """Start one of several trackers and return its invitations."""
        clock: Callable[[], float] = lambda: self.now  # noqa: E731
        shelf, file = LocalShelf("invitations", self.shelves), self.file(name, password)
        tracker = SharedInvitations(shelf, file, clock, clock, self.told.append, are_needed=bool(password))
        tracker.found()
        return tracker


@pytest.fixture
def house(tmp_path: Path) -> Iterator[_House]:
    with ExitStack() as stack:
        yield _House(tmp_path, stack)


def _make(tracker: Invitations, uses: int = 2, by: str = "") -> Invitation:
    return tracker.make(by, "#lobby", uses, 1)[0]


def _shelf(tracker: SharedInvitations) -> LocalShelf:
    shelf = tracker._shelf
    assert isinstance(shelf, LocalShelf)
    return shelf


def test_an_invitation_made_on_one_tracker_works_on_all(house: _House) -> None:
    one, two = house.start("one"), house.start("two")
    invitation = _make(one, by="ann")
    assert two.credentials(invitation.identity) == one.credentials(invitation.identity) is not None
    assert two.refusal(invitation.id, "10.0.0.1") == ""
    assert two.redeem(invitation.id, "bob", "10.0.0.1").is_new
    ((issued, why),) = one.all()
    assert (issued.by, issued.room, issued.left, why) == ("ann", "#lobby", 1, None)
    assert list(issued.guests) == [("bob", "10.0.0.1")]
    assert not one.redeem(invitation.id, "Bob", "10.0.0.1").is_new


def test_uses_are_counted_over_all_trackers(house: _House) -> None:
    one, two = house.start("one"), house.start("two")
    invitation = _make(one, uses=2)
    assert one.redeem(invitation.id, "ann", "10.0.0.1").is_new
    assert two.redeem(invitation.id, "bob", "10.0.0.2").is_new
    assert one.redeem(invitation.id, "eve", "10.0.0.3").refusal == Refusal.USED_UP
    two.give_back(invitation.id, "Bob", "10.0.0.2")
    assert one.redeem(invitation.id, "eve", "10.0.0.3").is_new
    assert two.redeem(invitation.id, "bob", "10.0.0.2").refusal == Refusal.USED_UP


def test_simultaneous_guests_on_all_trackers_do_not_exceed_the_limit(house: _House) -> None:
    trackers = [house.start("one"), house.start("two")]
    invitation = _make(trackers[0], uses=7)
    with ThreadPoolExecutor(8) as pool:
        came = pool.map(lambda n: trackers[n % 2].redeem(invitation.id, f"n{n}", f"10.0.0.{n}").refusal, range(40))
    assert sorted(came) == [""] * 7 + [Refusal.USED_UP] * 33
    assert [tracker.all()[0][0].left for tracker in trackers] == [0, 0]


def test_the_last_use_goes_to_only_one_of_two_trackers(house: _House) -> None:
    one, two = house.start("one"), house.start("two")
    invitation = _make(one, uses=1)
    assert two.redeem(invitation.id, "bob", "10.0.0.2").is_new
    others = list(_shelf(two).proposed)
    two.give_back(invitation.id, "bob", "10.0.0.2")
    _shelf(one).before.append(others[-1]._replace(expected=()))
    assert one.redeem(invitation.id, "ann", "10.0.0.1").refusal == Refusal.USED_UP


def test_revoking_on_one_tracker_revokes_on_all(house: _House) -> None:
    one, two = house.start("one"), house.start("two")
    invitation = _make(one, by="ann")
    assert one.redeem(invitation.id, "bob", "10.0.0.1").is_new
    assert two.revoke(invitation.id, by="eve") is None
    assert two.revoke(invitation.id, by="ann") == "#lobby"
    assert one.refusal(invitation.id, "10.0.0.1") == Refusal.REVOKED
    assert one.redeem(invitation.id, "bob", "10.0.0.1").refusal == Refusal.REVOKED
    assert one.revoke(invitation.id) is None
    assert list(one.all()[0][0].guests) == [("bob", "10.0.0.1")]


def test_nothing_changes_while_the_others_are_unreachable(house: _House) -> None:
    one = house.start("one")
    invitation = _make(one)
    _shelf(one).is_away = True
    with pytest.raises(ChatError, match=AWAY):
        _make(one)
    with pytest.raises(ChatError, match=AWAY):
        one.revoke(invitation.id)
    assert one.redeem(invitation.id, "bob", "10.0.0.1").refusal == AWAY
    _shelf(one).is_away = False
    assert one.redeem(invitation.id, "bob", "10.0.0.1").is_new
    _shelf(one).is_away = True
    one.give_back(invitation.id, "bob", "10.0.0.1")
    assert [len(issued.guests) for issued, _ in one.all()] == [1]


def test_constant_conflicts_ask_the_guest_to_try_again(house: _House) -> None:
    one = house.start("one")
    invitation = _make(one)
    _shelf(one).propose = lambda rows, expected=(): False  # type: ignore[method-assign]
    assert "try again" in one.redeem(invitation.id, "bob", "10.0.0.1").refusal


def test_the_first_tracker_brings_its_invitations_and_others_follow(house: _House) -> None:
    before, other = house.alone("one"), house.alone("two")
    invitation = _make(before)
    before.redeem(invitation.id, "bob", "10.0.0.1")
    _make(other)
    one, two = house.start("one"), house.start("two")
    assert [issued.id for issued, _ in two.all()] == [invitation.id]
    assert two.all() == one.all()
    assert not two.redeem(invitation.id, "bob", "10.0.0.1").is_new
    assert house.told == ["1 invitations of this tracker's own are over: those of the other trackers count"]


def test_each_tracker_keeps_a_copy_in_its_file(house: _House) -> None:
    one, two = house.start("one"), house.start("two")
    invitation = _make(one)
    two.tick()
    one.redeem(invitation.id, "bob", "10.0.0.1")
    for tracker in (one, two):
        tracker.close()
        tracker.tick()
    for name in ("one", "two"):
        ((issued, why),) = house.alone(name).all()
        assert (issued.id, list(issued.guests), why) == (invitation.id, [("bob", "10.0.0.1")], None)


def test_the_file_is_written_only_after_a_change(house: _House) -> None:
    one = house.start("one")
    one.tick()
    written: list[object] = []

    def rewrite(rows: Iterable[Row]) -> bool:
        written.append(rows)
        return True

    one._file.rewrite = rewrite  # type: ignore[method-assign]
    one.tick()
    assert written == []
    _make(one)
    one.tick()
    one.tick()
    assert len(written) == 1


def test_a_failed_write_of_the_file_is_retried(house: _House) -> None:
    one = house.start("one")
    rewrite = one._file.rewrite
    one._file.rewrite = lambda rows: False  # type: ignore[method-assign]
    invitation = _make(one)
    one.tick()
    one._file.rewrite = rewrite  # type: ignore[method-assign]
    one.tick()
    assert [issued.id for issued, _ in house.alone("one").all()] == [invitation.id]


def test_long_expired_invitations_are_forgotten_by_all(house: _House) -> None:
    one, two = house.start("one"), house.start("two")
    invitation = _make(one)
    one.redeem(invitation.id, "bob", "10.0.0.1")
    house.now += _HOUR_S
    one.tick()
    assert two.refusal(invitation.id, "10.0.0.1") == Refusal.EXPIRED
    assert [why for _, why in two.all()] == [Refusal.EXPIRED]
    house.now += REMEMBERED_S
    for tracker in (two, one):
        tracker.tick()
    assert one.all() == two.all() == []
    assert list(house.shelves.rows("invitations")) == [""]


def test_a_changed_password_ends_all_invitations_once(house: _House) -> None:
    one, two = house.start("one"), house.start("two")
    used, unused = _make(one), _make(one)
    one.redeem(used.id, "bob", "10.0.0.1")
    two.end_all()
    assert {one.refusal(each.id, "10.0.0.1") for each in (used, unused)} == {Refusal.ENDED}
    assert [issued.left for issued, _ in one.all()] == [1, 2]
    proposed = len(_shelf(two).proposed)
    two.end_all()
    assert len(_shelf(two).proposed) == proposed


def test_invitations_made_under_another_password_arrive_ended(house: _House) -> None:
    invitation = _make(house.alone("one"))
    assert house.start("one", "another").refusal(invitation.id, "10.0.0.1") == Refusal.ENDED


def test_restoring_a_snapshot_restores_its_invitations(house: _House) -> None:
    one = house.start("one")
    invitation = _make(one)
    one.redeem(invitation.id, "bob", "10.0.0.1")
    state, before = house.shelves.state(), one.all()
    _make(one)
    one.redeem(invitation.id, "eve", "10.0.0.2")
    house.shelves.restore(state)
    assert one.all() == before
    assert one.redeem(invitation.id, "eve", "10.0.0.2").is_new


def test_without_a_password_there_are_no_invitations(house: _House) -> None:
    one = house.start("one", "")
    with pytest.raises(NotInvited):
        _make(one)
    assert one.redeem("any", "bob", "10.0.0.1").refusal == ""
