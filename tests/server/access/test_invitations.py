"""Invitations: whom they let in, until when, and what survives a restart."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from scramp import ScramMechanism

from chatcore.protocol.invitations import Invitation, Refusal, parse_invitation
from chatcore.protocol.sasl import SCRAM
from chatcore.server.access import invitations
from chatcore.server.access.invitations import MAX_OF_ONE, REMEMBERED_S, Invitations, NotInvited
from chatcore.server.access.issued_invitation import INVITATIONS_FILE, InvitationFile
from tests.support.disk import Disk

_NOBODY = "inv-000000-" + "0" * 26


class _Office:
    """Where invitations are made, with clocks that tests set."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.unix_s = 1_800_000_000.0
        self.monotonic_s = 50.0
        self.told: list[str] = []

    @contextmanager
    def open(self, password: str = "pw") -> Iterator[Invitations]:
        """Open it as a start with this password does."""
        with closing(InvitationFile(self.folder, password, self.told.append)) as file:
            yield Invitations(file, lambda: self.monotonic_s, lambda: self.unix_s, are_needed=bool(password))

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.unix_s += seconds
        self.monotonic_s += seconds

    @property
    def data(self) -> str:
        """Return what is in the file."""
        return (self.folder / INVITATIONS_FILE).read_text()


@pytest.fixture
def office(tmp_path: Path) -> _Office:
    return _Office(tmp_path)


def _make(made_by: Invitations, uses: int = 2, hours: float = 1, by: str = "", room: str = "#lobby") -> Invitation:
    return made_by.make(by, room, uses, hours)[0]


def _redeem(all_of_them: Invitations, invitation_id: str, nick: str, block: str) -> str:
    return all_of_them.redeem(invitation_id, nick, block).refusal


def _proven_by(all_of_them: Invitations, password: str) -> str:
    """Return the id of the invitation that a password proves, '' if it proves none."""
    invitation = parse_invitation(password)
    found = all_of_them.credentials(invitation.identity) if invitation else None
    if invitation is None or found is None:
        return ""
    keys = ScramMechanism(SCRAM).make_auth_info(invitation.text, found.iterations, found.salt)
    return found.invitation if tuple(keys) == (found.salt, found.stored_key, found.server_key, 4096) else ""


def test_the_secret_proves_an_invitation(office: _Office) -> None:
    with office.open() as all_of_them:
        invitation, other = _make(all_of_them), _make(all_of_them)
        assert _proven_by(all_of_them, f" {invitation.text.upper()} ") == invitation.id
        assert _proven_by(all_of_them, Invitation(invitation.id, other.secret).text) == ""
        assert _proven_by(all_of_them, _NOBODY) == ""
        assert _proven_by(all_of_them, "pw") == ""
        found = all_of_them.credentials(invitation.identity)
        assert found is not None
        assert (found.invitation, found.account) == (invitation.id, None)
        assert all_of_them.credentials("inv-000000") is None
        assert all_of_them.credentials("ann") is None


def test_neither_secret_nor_password_is_stored(office: _Office) -> None:
    with office.open() as all_of_them:
        invitation, _ = all_of_them.make("ann", "#lobby", 1, 1)
        assert invitation.secret not in repr(all_of_them.all())
    assert invitation.secret not in office.data
    assert "pw" not in json.loads(office.data.splitlines()[0]).values()


def test_each_person_counts_once(office: _Office) -> None:
    with office.open() as all_of_them:
        invitation = _make(all_of_them, uses=2)
        assert _redeem(all_of_them, invitation.id, "ann", "10.0.0.1") == ""
        assert _redeem(all_of_them, invitation.id, "Ann", "10.0.0.1") == ""
        assert _redeem(all_of_them, invitation.id, "ann", "10.0.0.2") == ""
        assert _redeem(all_of_them, invitation.id, "bob", "10.0.0.1") == Refusal.USED_UP
        assert _redeem(all_of_them, invitation.id, "ann", "10.0.0.2") == ""
        assert all_of_them.refusal(invitation.id, "10.0.0.1") == "", "ann may come in again from this address"
        assert all_of_them.refusal(invitation.id, "10.0.0.3") == Refusal.USED_UP


def test_simultaneous_guests_do_not_exceed_the_limit(office: _Office) -> None:
    with office.open() as all_of_them, ThreadPoolExecutor(8) as pool:
        invitation = _make(all_of_them, uses=3)
        results = list(pool.map(lambda n: _redeem(all_of_them, invitation.id, f"n{n}", "10.0.0.1"), range(16)))
    assert results.count("") == 3
    assert results.count(Refusal.USED_UP) == 13


def test_a_use_can_be_given_back(office: _Office) -> None:
    with office.open() as all_of_them:
        invitation = _make(all_of_them, uses=1)
        _redeem(all_of_them, invitation.id, "ann", "10.0.0.1")
        all_of_them.give_back(invitation.id, "ANN", "10.0.0.1")
        all_of_them.give_back(invitation.id, "bob", "10.0.0.1")
        all_of_them.give_back("000000", "bob", "10.0.0.1")
    with office.open() as all_of_them:
        assert _redeem(all_of_them, invitation.id, "bob", "10.0.0.1") == ""


def test_a_use_is_on_disk_before_the_guest_is_let_in(office: _Office) -> None:
    with office.open() as all_of_them:
        invitation = _make(all_of_them, uses=1)
        _redeem(all_of_them, invitation.id, "ann", "10.0.0.1")
        office.folder = _copied(office.folder)  # what a kill -9 leaves
    with office.open() as all_of_them:
        assert _redeem(all_of_them, invitation.id, "bob", "10.0.0.9") == Refusal.USED_UP
        assert _redeem(all_of_them, invitation.id, "ann", "10.0.0.1") == ""


def _copied(folder: Path) -> Path:
    copy = folder / "copy"
    copy.mkdir()
    (copy / INVITATIONS_FILE).write_bytes((folder / INVITATIONS_FILE).read_bytes())
    return copy


def test_an_invitation_expires(office: _Office) -> None:
    with office.open() as all_of_them:
        invitation = _make(all_of_them, hours=2)
        office.wait(7199)
        assert all_of_them.refusal(invitation.id, "10.0.0.1") == ""
        office.wait(1)
        assert all_of_them.refusal(invitation.id, "10.0.0.1") == Refusal.EXPIRED
        assert _redeem(all_of_them, invitation.id, "ann", "10.0.0.1") == Refusal.EXPIRED
        assert _proven_by(all_of_them, invitation.text) == invitation.id


def test_setting_the_clock_back_does_not_prolong_it(office: _Office) -> None:
    with office.open() as all_of_them:
        invitation = _make(all_of_them, hours=1)
        office.unix_s -= 1e7
        office.wait(3599)
        assert all_of_them.refusal(invitation.id, "10.0.0.1") == ""
        office.wait(1)
        assert all_of_them.refusal(invitation.id, "10.0.0.1") == Refusal.EXPIRED
    with office.open() as all_of_them:
        office.wait(3600)
        assert all_of_them.refusal(invitation.id, "10.0.0.1") == Refusal.EXPIRED


def test_setting_the_clock_forward_ends_it(office: _Office) -> None:
    with office.open() as all_of_them:
        invitation = _make(all_of_them, hours=1)
        office.unix_s += 3600
        assert _redeem(all_of_them, invitation.id, "ann", "10.0.0.1") == Refusal.EXPIRED


def test_a_revoked_invitation_lets_nobody_in(office: _Office) -> None:
    with office.open() as all_of_them:
        invitation = _make(all_of_them)
        _redeem(all_of_them, invitation.id, "ann", "10.0.0.1")
        revoked = all_of_them.revoked(invitation.id)
        assert revoked is not None
        assert [guest.nick for guest in revoked.guests.values()] == ["ann"]
        assert _redeem(all_of_them, invitation.id, "ann", "10.0.0.1") == Refusal.REVOKED
        assert all_of_them.revoked(invitation.id) is None
        assert all_of_them.revoked("000000") is None
    with office.open() as all_of_them:
        assert all_of_them.refusal(invitation.id, "10.0.0.1") == Refusal.REVOKED


def test_members_can_revoke_only_their_own_invitations(office: _Office) -> None:
    with office.open() as all_of_them:
        invitation = _make(all_of_them, by="ann", room="#dev")
        assert all_of_them.revoke(invitation.id, "bob") is None
        assert all_of_them.revoke(invitation.id, "ann") == "#dev"
        assert all_of_them.revoke(invitation.id, "ann") is None
        assert all_of_them.revoke(_make(all_of_them, by="ann", room="").id, None) == ""


def test_a_used_up_invitation_can_be_revoked_too(office: _Office) -> None:
    with office.open() as all_of_them:
        invitation = _make(all_of_them, uses=1)
        _redeem(all_of_them, invitation.id, "ann", "10.0.0.1")
        assert all_of_them.revoked(invitation.id) is not None
        assert _redeem(all_of_them, invitation.id, "ann", "10.0.0.1") == Refusal.REVOKED


def test_an_invitation_survives_a_restart(office: _Office) -> None:
    with office.open() as all_of_them:
        invitation = _make(all_of_them, uses=5, by="ann", room="#dev")
        _redeem(all_of_them, invitation.id, "bob", "10.0.0.1")
        ((before, _),) = all_of_them.all()
    office.wait(60)
    with office.open() as all_of_them:
        ((after, refusal),) = all_of_them.all()
        assert refusal is None
        assert _proven_by(all_of_them, invitation.text) == invitation.id
    assert after == before
    assert after.left == 4


@pytest.mark.parametrize("other", ["another", ""])
def test_another_password_ends_it_but_its_secret_is_still_known(office: _Office, other: str) -> None:
    with office.open() as all_of_them:
        invitation, revoked = _make(all_of_them), _make(all_of_them)
        all_of_them.revoked(revoked.id)
    for password in (other, "pw"):
        with office.open(password) as all_of_them:
            assert _proven_by(all_of_them, invitation.text) == invitation.id
            ended, gone = (Refusal.ENDED, Refusal.REVOKED) if password else ("", "")  # anybody may come in
            assert all_of_them.refusal(invitation.id, "10.0.0.1") == ended
            assert _redeem(all_of_them, invitation.id, "ann", "10.0.0.1") == ended
            assert all_of_them.refusal(revoked.id, "10.0.0.1") == gone


def test_without_a_password_no_invitation_is_made(office: _Office) -> None:
    with office.open("") as all_of_them, pytest.raises(NotInvited, match="no password"):
        _make(all_of_them)


def test_an_expired_invitation_is_eventually_forgotten(office: _Office) -> None:
    with office.open() as all_of_them:
        invitation = _make(all_of_them, hours=1)
        office.wait(3600 + REMEMBERED_S - 1)
        all_of_them.tick()
        assert _proven_by(all_of_them, invitation.text) == invitation.id
        office.wait(1)
        all_of_them.tick()
        assert _proven_by(all_of_them, invitation.text) == ""
        assert all_of_them.refusal(invitation.id, "10.0.0.1") == Refusal.EXPIRED
        assert _redeem(all_of_them, invitation.id, "ann", "10.0.0.1") == Refusal.EXPIRED


@pytest.mark.parametrize("is_started_then", [False, True])
def test_a_clock_briefly_ahead_forgets_no_invitation(office: _Office, is_started_then: bool) -> None:
    year_s = 365 * 86_400
    with office.open() as all_of_them:
        invitation = _make(all_of_them, hours=1)
        if not is_started_then:
            office.unix_s += year_s
            all_of_them.tick()
            office.unix_s -= year_s
            assert all_of_them.refusal(invitation.id, "10.0.0.1") == ""
    office.unix_s += year_s
    with office.open() as all_of_them:
        all_of_them.tick()
        assert all_of_them.refusal(invitation.id, "10.0.0.1") == Refusal.EXPIRED
        office.unix_s -= year_s
        assert _proven_by(all_of_them, invitation.text) == invitation.id
    with office.open() as all_of_them:
        assert all_of_them.refusal(invitation.id, "10.0.0.1") == ""


def test_beyond_the_limit_ended_invitations_go_first(office: _Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitations, "MAX_KEPT", 3)
    with office.open() as all_of_them:
        first, second, third = (_make(all_of_them) for _ in range(3))
        with pytest.raises(NotInvited, match="revoke some"):
            _make(all_of_them)
        all_of_them.revoked(second.id)
        fourth = _make(all_of_them)
    with office.open() as all_of_them:
        assert [issued.id for issued, _ in all_of_them.all()] == [first.id, third.id, fourth.id]


def test_used_up_invitations_go_after_ended_ones(office: _Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitations, "MAX_KEPT", 2)
    with office.open() as all_of_them:
        used_up, revoked = _make(all_of_them, uses=1), _make(all_of_them)
        _redeem(all_of_them, used_up.id, "ann", "10.0.0.1")
        all_of_them.revoke(revoked.id)
        third = _make(all_of_them)
        assert [issued.id for issued, _ in all_of_them.all()] == [used_up.id, third.id]
        fourth = _make(all_of_them)
        assert [issued.id for issued, _ in all_of_them.all()] == [third.id, fourth.id]


def test_the_valid_invitations_of_a_member_are_limited(office: _Office) -> None:
    with office.open() as all_of_them:
        for _ in range(MAX_OF_ONE):
            _make(all_of_them, by="ann")
        with pytest.raises(NotInvited, match="50 valid invitations"):
            _make(all_of_them, by="ann")
        _make(all_of_them, by="bob")
        office.wait(3600)
        _make(all_of_them, by="ann")


def test_no_id_is_issued_twice(office: _Office, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = [bytes(20), bytes(20), bytes(19) + b"\1", b"\1" + bytes(19)]
    with office.open() as all_of_them:
        monkeypatch.setattr("secrets.token_bytes", lambda count: drawn.pop(0))
        assert _make(all_of_them).id != _make(all_of_them).id
    assert drawn == []


def test_a_full_disk_leaves_no_outdated_file(office: _Office, monkeypatch: pytest.MonkeyPatch) -> None:
    with office.open() as all_of_them:
        invitation = _make(all_of_them, uses=1)
        all_of_them.tick()
        disk = Disk(monkeypatch)
        disk.free = 0
        assert _redeem(all_of_them, invitation.id, "ann", "10.0.0.1") == ""
        assert office.data == ""
        assert "invitations are over at a restart" in office.told[0]
        disk.free = None
        all_of_them.tick()
    with office.open() as all_of_them:
        assert all_of_them.refusal(invitation.id, "10.0.0.2") == Refusal.USED_UP


def test_a_guest_arriving_as_the_tracker_ends_writes_nowhere(office: _Office, tmp_path: Path) -> None:
    with office.open() as all_of_them:
        invitation = _make(all_of_them, uses=1)
        before = office.data
        all_of_them.close()
        with (tmp_path / "another").open("wb") as another:  # the system reuses the file's descriptor for it
            another.write(b"whole")
            another.flush()
            _redeem(all_of_them, invitation.id, "ann", "10.0.0.1")
            all_of_them.give_back(invitation.id, "ann", "10.0.0.1")
            all_of_them.tick()
        all_of_them.close()
    assert (tmp_path / "another").read_bytes() == b"whole"
    assert office.data == before
    assert office.told == []


def _changed(row: dict[str, Any], **changes: object) -> str:
    return json.dumps({**row, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"salt": "x"},
        {"salt": ""},
        {"stored": 1},
        {"iterations": 0},
        {"iterations": True},
        {"iterations": 1 << 40},
        {"made": -1},
        {"until": "soon"},
        {"until": 1e13},
        {"uses": 0},
        {"end": "ODD"},
        {"room": 5},
        {"by": None},
    ],
)
def test_damaged_invitation_lines_are_skipped(office: _Office, changes: dict[str, object]) -> None:
    with office.open() as all_of_them:
        _make(all_of_them)
        good = _make(all_of_them)
    head, first, second = office.data.splitlines()
    (office.folder / INVITATIONS_FILE).write_text(f"{head}\n{_changed(json.loads(first), **changes)}\n{second}\n")
    with office.open() as all_of_them:
        assert [issued.id for issued, _ in all_of_them.all()] == [good.id]


@pytest.mark.parametrize("changes", [{"of": 1}, {"of": "000000"}, {"nick": 1}, {"block": None}, {"at": "x"}])
def test_damaged_guest_lines_are_skipped(office: _Office, changes: dict[str, object]) -> None:
    with office.open() as all_of_them:
        invitation = _make(all_of_them)
        _redeem(all_of_them, invitation.id, "ann", "10.0.0.1")
    head, first, guest = office.data.splitlines()
    (office.folder / INVITATIONS_FILE).write_text(f"{head}\n{first}\n{_changed(json.loads(guest), **changes)}\n")
    with office.open() as all_of_them:
        ((issued, _),) = all_of_them.all()
        assert issued.guests == {}


def test_a_start_on_a_full_disk_empties_the_file(office: _Office, monkeypatch: pytest.MonkeyPatch) -> None:
    with office.open() as all_of_them:
        invitation = _make(all_of_them)
    Disk(monkeypatch).cannot_sync = True
    with office.open() as all_of_them:
        assert office.data == ""
        assert all_of_them.refusal(invitation.id, "10.0.0.1") == ""
