"""Read markers over restarts: they follow the account, whatever ends the tracker, and end with the account."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chatcore.protocol.message import Message
from chatcore.server.access.accounts import ACCOUNTS_FILE, AccountStore
from tests.support.irc import IrcClient, only
from tests.support.sasl_client import plain
from tests.support.trackers import hosted_tracker, tracker_process

_TIMES = [f"timestamp=2020-01-02T03:04:{second:02}.678Z" for second in range(60)]


@pytest.fixture
def accounts(tmp_path: Path) -> AccountStore:
    """The accounts of a tracker that has yet to be started."""
    (tmp_path / "state").mkdir(mode=0o700)
    accounts = AccountStore(tmp_path / "state" / ACCOUNTS_FILE)
    for name in ("ann", "bob"):
        accounts.add(name, "pw")
    return accounts


def _log_in(client: IrcClient, account: str) -> list[Message]:
    """Log in; return the markers received."""
    client.nick = account
    client.command("CAP REQ :sasl draft/read-marker", *plain(account, "pw"))
    return only(client.command(f"NICK {account}", f"USER {account} 0 * :x", "CAP END"), "MARKREAD")


def _set_markers(folder: Path, **settings: Any) -> None:
    """Run a tracker on which ann and a guest set markers."""
    with hosted_tracker(folder, **settings) as hosted:
        ann, guest = hosted.connect(), hosted.client("guest")
        assert _log_in(ann, "ann") == []
        ann.command("JOIN #tea")
        for client in (ann, guest):
            client.command(
                f"MARKREAD #tea {_TIMES[1]}",
                *(f"MARKREAD #cat {time}" for time in _TIMES),
                f"MARKREAD bob {_TIMES[2]}",
                f"MARKREAD guest {_TIMES[3]}",
                f"MARKREAD zoe {_TIMES[4]}",
            )


def _markers_after_restart(folder: Path, account: str, **settings: Any) -> list[tuple[str, ...]]:
    """Return the markers that an account receives from a new tracker."""
    with hosted_tracker(folder, **settings) as hosted:
        return [message.params for message in _log_in(hosted.connect(), account)]


_ROOMS = [("#tea", _TIMES[1]), ("#cat", _TIMES[59])]


@pytest.mark.usefixtures("accounts")
def test_markers_of_accounts_survive_a_restart(tmp_path: Path) -> None:
    _set_markers(tmp_path)
    assert _markers_after_restart(tmp_path, "ann") == [*_ROOMS, ("bob", _TIMES[2]), ("zoe", _TIMES[4])]
    assert _markers_after_restart(tmp_path, "bob") == []
    with hosted_tracker(tmp_path) as hosted:
        ann = hosted.connect()
        _log_in(ann, "ann")
        (marker,) = only(ann.command("JOIN #tea"), "MARKREAD")
        assert marker.params == ("#tea", _TIMES[1])
        guest = hosted.client("guest", caps="draft/read-marker")
        assert [m.params for m in guest.command("MARKREAD #tea")] == [("#tea", "*")]


@pytest.mark.thorough
@pytest.mark.usefixtures("accounts")
def test_markers_of_conversations_are_not_kept_without_log_private(tmp_path: Path) -> None:
    _set_markers(tmp_path, log_private=False)
    assert _markers_after_restart(tmp_path, "ann", log_private=False) == _ROOMS


@pytest.mark.thorough
@pytest.mark.usefixtures("accounts")
def test_markers_are_not_stored_without_an_archive(tmp_path: Path) -> None:
    _set_markers(tmp_path, history_days=0)
    assert _markers_after_restart(tmp_path, "ann", history_days=0) == []
    assert _markers_after_restart(tmp_path, "ann") == []


@pytest.mark.thorough
def test_a_new_account_of_the_same_name_has_no_markers(tmp_path: Path, accounts: AccountStore) -> None:
    _set_markers(tmp_path)
    accounts.remove("ann")
    accounts.add("ann", "pw")
    assert _markers_after_restart(tmp_path, "ann") == []
    assert b"account" in (tmp_path / "state" / "rooms.sqlite").read_bytes()
    assert b"zoe" not in (tmp_path / "state" / "rooms.sqlite").read_bytes(), (
        "the removed account's markers are still in the file"
    )


@pytest.mark.thorough
@pytest.mark.usefixtures("accounts")
def test_a_kill_loses_no_markers_of_an_ended_visit(tmp_path: Path) -> None:
    with tracker_process(tmp_path) as tracker:
        with IrcClient(tracker.port) as ann:
            _log_in(ann, "ann")
            ann.command(f"MARKREAD #tea {_TIMES[1]}", f"MARKREAD #tea {_TIMES[2]}")
        with IrcClient(tracker.port) as bob:  # once ann's visit has ended, all her markers are written
            bob.register("bob-2")
            bob.send("MONITOR + ann")
            bob.receive_until("731", "bob-2", "ann")
            tracker.process.kill()
            tracker.stop()
    assert _markers_after_restart(tmp_path, "ann") == [("#tea", _TIMES[2])]
