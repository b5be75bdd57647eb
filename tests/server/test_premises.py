"""Premises: the password in force, and the messages that its holders may read."""

from __future__ import annotations

import dataclasses
import errno
import os
import socket
from pathlib import Path

import pytest

from chatcore.config import Config
from chatcore.errors import ConfigError
from chatcore.server.access.accounts import AccountStore
from chatcore.server.access.eras import NO_ERA, PASSWORDS_FILE, Era
from chatcore.server.premises import Premises, _account_ids


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(host="127.0.0.1", port=0, log=tmp_path / "chat.log", state_dir=tmp_path / "state")


def _start(config: Config, password: str) -> tuple[Era, list[str]]:
    """Return the era of a tracker that starts with this password, and its messages to the operator."""
    told: list[str] = []
    premises = Premises(config, password, told.append)
    premises.close()
    for opened in premises.sockets:
        opened.close()
    return premises.eras, told


def test_a_password_has_the_same_era_at_each_start(config: Config) -> None:
    era, told = _start(config, "one")
    assert era.readable == {era.era}
    assert told == []
    assert _start(config, "one") == (era, [])


def test_a_new_password_hides_old_messages_and_the_operator_is_warned(config: Config) -> None:
    first, _ = _start(config, "one")
    second, told = _start(config, "two")
    assert first.era not in second.readable
    (line,) = told
    assert line.startswith("Another password than last time: those who know it cannot read what was said before")
    assert line.endswith("--history-across-passwords lets them, even at a later start.")
    assert _start(config, "two") == (second, [])
    _, (line,) = _start(config, "")
    assert line.startswith("There is no password this time: nobody can read what was said before. ")


def test_old_messages_can_be_made_readable_later(config: Config) -> None:
    first, _ = _start(config, "one")
    _start(config, "two")
    allowed, _ = _start(dataclasses.replace(config, history_across_passwords=True), "two")
    assert first.era in allowed.readable
    assert _start(config, "two") == (allowed, [])


@pytest.mark.parametrize("may_read", [True, False])
def test_with_an_explicit_setting_there_is_no_warning(config: Config, may_read: bool) -> None:
    first, _ = _start(config, "one")
    second, told = _start(dataclasses.replace(config, history_across_passwords=may_read), "")
    assert (first.era in second.readable, told) == (may_read, [])


def test_the_first_start_after_an_upgrade_announces_the_archive(config: Config) -> None:
    config.state_dir.mkdir()
    (config.state_dir / "lock").touch()
    without = dataclasses.replace(config, history_days=0)
    assert _start(without, "one")[1] == []
    _, (line,) = _start(config, "one")
    assert line.startswith(f"New: from now on messages are kept for 90 days in {config.state_dir}, so ")
    assert line.endswith("--history-days 0 turns that off.")
    assert _start(config, "one")[1] == []


def test_without_history_no_password_verifier_is_stored(config: Config) -> None:
    era, told = _start(dataclasses.replace(config, history_days=0), "one")
    assert (era, told) == (NO_ERA, [])
    assert not (config.state_dir / PASSWORDS_FILE).exists()


def test_a_failed_start_does_not_count_its_password(config: Config) -> None:
    """Otherwise the next start would not warn the operator."""
    first, _ = _start(config, "one")
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = dataclasses.replace(config, port=other.getsockname()[1], history_across_passwords=True)
        with pytest.raises(ConfigError, match="another program uses this port"):
            _start(taken, "two")
    second, told = _start(config, "two")
    assert first.era not in second.readable
    assert len(told) == 1


def test_a_damaged_file_stops_the_start_before_anything_is_created(config: Config) -> None:
    config.state_dir.mkdir()
    (config.state_dir / PASSWORDS_FILE).write_text("{")
    with pytest.raises(ConfigError, match="is damaged"):
        _start(config, "one")
    assert {file.name for file in config.state_dir.iterdir()} == {PASSWORDS_FILE, "lock"}
    assert not config.log.exists()


def test_a_tracker_starts_on_a_full_disk(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = _start(config, "one")

    def fsync(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("chatcore.transport.private_files.os.fsync", fsync)
    era, told = _start(config, "two")
    assert era.era != first.era
    assert any(
        f"Cannot write {config.state_dir / PASSWORDS_FILE} (No space left on device): messages " in line
        for line in told
    )


def test_account_ids_are_unknown_if_the_file_is_missing_or_damaged(tmp_path: Path) -> None:
    accounts = AccountStore(tmp_path / "accounts.sqlite")
    assert _account_ids(accounts) is None, "a missing file must not count as a file without accounts"
    accounts.add("ann", "pw")
    accounts.add("bob", "pw")
    assert _account_ids(accounts) == frozenset(found.account_id for found in accounts.all().values())
    (tmp_path / "accounts.sqlite").write_bytes(b"no database" * 1000)
    assert _account_ids(accounts) is None
