"""State folders of other versions: an older one is used, a newer one is refused with the reason and left alone."""

from __future__ import annotations

import shutil
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from chatcore.config import Config
from chatcore.errors import ConfigError
from chatcore.server.access.kept_password import KeptPassword
from chatcore.server.archive.storage.schema import APPLICATION_ID
from chatcore.server.state_folder import StateFolder
from chatcore.server.state_versions import VERSIONED
from chatcore.server.tracker import Tracker
from chatcore.transport.certificate import load_identity
from tests.support.irc import commands
from tests.support.sasl import negotiate, plain
from tests.support.trackers import Hosted, hosted_tracker

_OLD = Path(__file__).parent / "state_0_1_0"
_PASSWORD = "open sesame"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of a folder left by version 0.1.0."""
    shutil.copytree(_OLD, tmp_path, dirs_exist_ok=True)
    return tmp_path


def _news(hosted: Hosted) -> list[str]:
    return [line for line in hosted.tracker.notices if line.startswith("New: ")]


def test_a_state_folder_of_version_0_1_is_used(folder: Path) -> None:
    key = load_identity(_OLD / "state" / "tls.pem", None, None).key_fingerprint
    log = (_OLD / "chat.log").read_text()
    with hosted_tracker(folder, _PASSWORD) as hosted:
        ann = hosted.connect()
        negotiate(ann)
        assert "903" in commands(plain(ann, "ann", "her password"))
        bob = hosted.client("bob", "#lobby", password=f":{_PASSWORD}")
        assert commands(bob.command("NICK eve")) == ["432"], "the ban of eve is kept"
        assert hosted.tracker.tls_identity.key_fingerprint == key
        assert hosted.log_text().startswith(log)
    assert len(_news(hosted)) == 1


def test_new_behaviour_is_reported_once_to_the_operator(folder: Path) -> None:
    with hosted_tracker(folder, _PASSWORD) as hosted:
        (line,) = _news(hosted)
    assert line.startswith(f"New: from now on messages are kept for 90 days in {folder / 'state'}")
    with hosted_tracker(folder, _PASSWORD) as hosted:
        assert _news(hosted) == []


def test_nothing_new_is_reported_for_a_new_folder(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, _PASSWORD) as hosted:
        assert _news(hosted) == []


def _newer_database(path: Path) -> None:
    is_old = path.exists()
    with closing(sqlite3.connect(path)) as newer, newer:
        newer.execute("PRAGMA user_version = 99")
        if not is_old:
            newer.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def _newer_key(path: Path) -> None:
    path.write_text("chatcore-seal-key 99 and whatever else is in it then\n")


def _newer_json(path: Path) -> None:
    path.write_text('{"version": 99}')


@pytest.mark.parametrize(
    ("name", "make_newer"),
    [
        ("accounts.sqlite", _newer_database),
        ("history-2026-10-2.sqlite", _newer_database),
        ("rooms.sqlite", _newer_database),
        ("passwords.json", _newer_json),
        ("positions", _newer_json),
        ("seal-key", _newer_key),
    ],
)
def test_a_file_of_a_newer_version_is_refused(folder: Path, name: str, make_newer: Callable[[Path], None]) -> None:
    state = folder / "state"
    make_newer(state / name)
    (state / "lock").unlink()
    before = {file.name: file.read_bytes() for file in state.iterdir()}
    config = Config(host="127.0.0.1", port=0, log=folder / "other.log", state_dir=state)
    with pytest.raises(ConfigError) as refusal:
        Tracker(config, _PASSWORD)
    assert str(refusal.value).startswith(f"{state / name} was written by a newer version of chatcore (its format is 99")
    assert {file.name: file.read_bytes() for file in state.iterdir() if file.name != "lock"} == before
    assert not (folder / "other.log").exists()


_NEVER_CHANGES = ("bans.*", "journal-*", "lock", "password", "tls.pem")  # the journal's version is that of positions


@pytest.fixture
def left(folder: Path) -> Path:
    """A state folder with every file that a tracker can leave."""
    state = folder / "state"
    KeptPassword(state).keep(_PASSWORD)
    with hosted_tracker(folder, _PASSWORD, seal=True) as hosted:
        cat = hosted.client("cat", "#room", password=f":{_PASSWORD}")
        bob = hosted.client("bob", password=f":{_PASSWORD}")
        cat.command("MODE #room +k key", "PRIVMSG #room :hello", "PRIVMSG bob :hello")
        bob.sync()
    return state


def test_every_state_file_has_a_version_or_never_changes(left: Path) -> None:
    patterns = [pattern for pattern, *_ in VERSIONED]
    with_companions = [f"{pattern}-{kind}" for pattern in patterns for kind in ("wal", "shm", "journal")]
    known = (*patterns, *with_companions, *_NEVER_CHANGES)
    names = {file.name for file in left.iterdir()}
    assert {name for name in names if not any(fnmatchcase(name, pattern) for pattern in known)} == set()
    assert {"accounts.sqlite", "passwords.json", "positions", "seal-key"} <= names


def test_a_copied_state_folder_is_made_private_again(left: Path) -> None:
    """A file not known as ours would make the folder somebody else's, to be left alone."""
    for file in left.iterdir():
        file.chmod(0o644)
    left.chmod(0o755)
    StateFolder(left).close()
    assert {stat.S_IMODE(file.stat().st_mode) for file in left.iterdir()} == {0o600}
    assert stat.S_IMODE(left.stat().st_mode) == 0o700
