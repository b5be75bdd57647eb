"""Which earlier messages can be read after a restart, with the same password or another one.

> said under another server password: only accounts that were members then
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chatcore.server.access.accounts import ACCOUNTS_FILE, AccountStore
from tests.support.irc import IrcClient, one, only
from tests.support.sasl import negotiate, plain
from tests.support.trackers import Hosted, hosted_tracker

_ONE, _TWO = "open sesame", "shut sesame"
_HERS = "her password"


def _say(folder: Path, password: str, *said: str, **settings: Any) -> list[str]:
    """Run a tracker with this password, on which bob reads the history of a room, then says something."""
    with hosted_tracker(folder, password, **settings) as hosted:
        bob = hosted.client("bob", "#room", password=password and f":{password}")
        before = _read(bob)
        bob.command(*(f"PRIVMSG #room :{text}" for text in said))
        return before


def _read(client: IrcClient) -> list[str]:
    """Return what a member of the room can read, by history and by a search for `tea`."""
    client.command("CAP REQ :batch draft/chathistory soju.im/search")
    past, found = (
        [message.params[-1] for message in only(client.command(line), "PRIVMSG")]
        for line in ("CHATHISTORY LATEST #room * 100", "SEARCH text=tea")
    )
    assert found == past
    return past


def test_the_same_password_reads_earlier_messages(tmp_path: Path) -> None:
    assert _say(tmp_path, _ONE, "tea at four", "tea at five") == []
    assert _say(tmp_path, _ONE) == ["tea at four", "tea at five"]


@pytest.mark.thorough
@pytest.mark.parametrize("other", [_TWO, ""])
def test_each_password_reads_only_its_own_messages(tmp_path: Path, other: str) -> None:
    _say(tmp_path, _ONE, "tea at four")
    assert _say(tmp_path, other, "tea at five") == []
    assert _say(tmp_path, other) == ["tea at five"]
    assert _say(tmp_path, _ONE) == ["tea at four"]


@pytest.mark.thorough
def test_with_permission_the_new_password_reads_on(tmp_path: Path) -> None:
    _say(tmp_path, _ONE, "tea at four")
    assert _say(tmp_path, _TWO, "tea at five", history_across_passwords=True) == ["tea at four"]
    assert _say(tmp_path, _TWO) == ["tea at four", "tea at five"]
    assert _say(tmp_path, _ONE) == ["tea at four"]


@pytest.mark.thorough
def test_a_search_finds_nothing_under_another_password(tmp_path: Path) -> None:
    """Neither in rooms of others, nor in the member's own room."""
    _say(tmp_path, _ONE, "tea at four")
    with hosted_tracker(tmp_path, _TWO) as hosted:
        bob = hosted.client("bob", password=f":{_TWO}")
        bob.command("CAP REQ :batch soju.im/search", "JOIN #room")
        for line in ("SEARCH text=tea", "SEARCH text=tea;in=#room", "SEARCH from=bob", "SEARCH text=te*"):
            assert only(bob.command(line), "PRIVMSG") == []


def test_without_the_password_file_nothing_is_readable(tmp_path: Path) -> None:
    _say(tmp_path, _ONE, "tea at four")
    (tmp_path / "state" / "passwords.json").unlink()
    assert _say(tmp_path, _ONE) == []


def _ann(hosted: Hosted) -> IrcClient:
    ann = hosted.connect()
    negotiate(ann)
    plain(ann, "ann", _HERS)
    assert one(ann.command("CAP END"), "001").params[0] == "ann"
    ann.command("JOIN #room")
    return ann


@pytest.mark.thorough
def test_an_account_reads_what_was_said_in_its_presence(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir(0o700)
    AccountStore(tmp_path / "state" / ACCOUNTS_FILE).add("ann", _HERS)
    with hosted_tracker(tmp_path, _ONE) as hosted:
        bob = hosted.client("bob", "#room", password=f":{_ONE}")
        bob.command("PRIVMSG #room :tea at three")
        ann = _ann(hosted)
        bob.command("PRIVMSG #room :tea at four")
        ann.command("PART #room")
        bob.command("PRIVMSG #room :tea at five")
    with hosted_tracker(tmp_path, _TWO) as hosted:
        assert _read(_ann(hosted)) == ["tea at four"]
