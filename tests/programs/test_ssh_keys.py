"""OpenSSH's client logs in to accounts with keys made by ssh-keygen."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chatcore.protocol.public_keys import parse_file
from chatcore.server.access.accounts import ACCOUNTS_FILE, AccountStore
from chatcore.server.upkeep.login_watch import KEY_REMOVED
from tests.support.irc import DEADLINE_S
from tests.support.together import wait_until
from tests.support.trackers import TrackerProcess, tracker_process


class _Home:
    """A person's keys, and a tracker where Ann has an account."""

    def __init__(self, program: Callable[[str], Path], folder: Path, tracker: TrackerProcess) -> None:
        self.accounts = AccountStore(folder / "state" / ACCOUNTS_FILE)
        self.accounts.add("Ann", "secret of ann")
        self._program = program
        self._folder = folder
        self._tracker = tracker

    def make_key(self, kind: str, bits: str = "256", name: str = "") -> Path:
        path = self._folder / f"{kind}-{bits}{name}"
        self._ssh_keygen("-q", "-t", kind, "-b", bits, "-N", "", "-C", "ann@laptop", "-f", str(path))
        return path

    def shown(self, key: Path) -> str:
        return self._ssh_keygen("-lf", str(key)).split()[1]

    def _ssh_keygen(self, *arguments: str) -> str:
        command = [str(self._program("ssh-keygen")), *arguments]
        return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=DEADLINE_S).stdout

    def give(self, *keys: Path) -> None:
        for key in keys:
            self.accounts.add_keys("ann", parse_file(key.with_suffix(".pub").read_text()))

    @contextmanager
    def ssh(self, name: str, *keys: Path) -> Iterator[subprocess.Popen[bytes]]:
        options = ["BatchMode=yes", "IdentitiesOnly=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null"]
        command = [
            *(str(self._program("ssh")), "-T", "-F", "none", "-p", str(self._tracker.port)),
            *(word for option in options for word in ("-o", option)),
            *(word for key in keys for word in ("-i", str(key))),
            f"{name}@127.0.0.1",
        ]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
            try:
                yield process
            finally:
                process.kill()

    def await_logged(self, text: str) -> None:
        wait_until(lambda: text in self._tracker.log_path.read_text(encoding="utf-8"))


@pytest.fixture
def home(program: Callable[[str], Path], tmp_path: Path) -> Iterator[_Home]:
    with tracker_process(tmp_path, "--keep-alive", password="secret") as tracker:
        yield _Home(program, tmp_path, tracker)


@pytest.mark.parametrize(
    ("kind", "bits"), [("ed25519", "256"), ("ecdsa", "256"), ("ecdsa", "384"), ("ecdsa", "521"), ("rsa", "2048")]
)
def test_an_owner_comes_in_with_a_key_until_it_is_removed(home: _Home, kind: str, bits: str) -> None:
    key = home.make_key(kind, bits)
    home.give(key)
    with home.ssh("ANN", key) as process:
        home.await_logged(f" :{home.shown(key)}\n")
        home.await_logged(" join #lobby Ann ")
        home.accounts.remove_keys("ann", parse_file(key.with_suffix(".pub").read_text()))
        process.wait(DEADLINE_S)
    home.await_logged(f" :{KEY_REMOVED}\n")


def test_the_right_one_of_several_keys_is_found(home: _Home) -> None:
    """Clients offer all their keys; the others do not count as wrong passwords."""
    keys = [home.make_key("ed25519", name=f"-{number}") for number in range(8)]
    home.give(keys[-1])
    with home.ssh("ann", *keys):
        home.await_logged(" join #lobby Ann ")


@pytest.mark.parametrize("name", ["ann", "bob"])
def test_a_key_of_another_account_is_refused(home: _Home, name: str) -> None:
    hers, other = home.make_key("ed25519"), home.make_key("ecdsa")
    home.give(hers)
    with home.ssh(name, other if name == "ann" else hers) as process:
        assert process.wait(DEADLINE_S) == 255
