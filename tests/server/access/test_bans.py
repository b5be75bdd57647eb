"""Bans: usernames with wildcards, addresses and networks, kept in a file."""

from __future__ import annotations

import ipaddress
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.errors import ChatError, ConfigError
from chatcore.server.access.bans import Bans
from tests.support.disk import Disk
from tests.support.generated import PROPERTY
from tests.support.irc import DEADLINE_S
from tests.support.together import run_together
from tests.support.trackers import ROOT

_HOST = "192.0.2.7"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "bans.json"


@pytest.fixture
def bans(path: Path) -> Bans:
    return Bans(path)


def test_nobody_is_banned_at_first(bans: Bans, path: Path) -> None:
    assert bans.all() == []
    assert not bans.matches("ann", _HOST)
    assert not path.exists()


@pytest.mark.parametrize(
    ("ban", "nick", "host", "is_met"),
    [
        ("ann", "ann", _HOST, True),
        ("ANN", "Ann", _HOST, True),
        ("ann", "anna", _HOST, False),
        ("ann*", "anna", _HOST, True),
        ("a?n", "ann", _HOST, True),
        ("*", "ann", _HOST, True),
        ("*", "", _HOST, False),  # a client without a name yet is not matched
        ("[ann]", "[ann]", _HOST, True),
        (_HOST, "ann", _HOST, True),
        (_HOST, "", _HOST, True),
        (_HOST, "ann", "192.0.2.70", False),
        ("192.0.2.0/24", "", _HOST, True),
        ("192.0.2.99/24", "", _HOST, True),  # a network named by one of its addresses
        ("192.0.3.0/24", "", _HOST, False),
        ("0.0.0.0/0", "", _HOST, True),
        ("0.0.0.0/0", "", "2001:db8::1", False),
        ("2001:db8::7", "", "2001:db8::7", True),
        ("[2001:db8::7]", "", "2001:db8::7", True),
        ("2001:DB8:0:0::7", "", "2001:db8::7", True),
        ("2001:db8::/32", "", "2001:db8:ffff::1", True),
        ("2001:db8::/32", "", "2001:db9::1", False),
        ("::1", "", "::1", True),
        ("192.0.2.7:50123", "", _HOST, True),  # as the console's `active` shows it
        ("[2001:db8::7]:50123", "", "2001:db8::7", True),
    ],
)
def test_a_ban_matches_names_and_addresses(bans: Bans, ban: str, nick: str, host: str, is_met: bool) -> None:
    assert bans.add(ban)
    assert bans.matches(nick, host) is is_met


@pytest.mark.parametrize("ban", ["", "192.0.2.*", "192.0.2.300", "ann!*@*", "*@192.0.2.7", "two words", "a,b", ":x"])
def test_a_ban_that_can_match_nobody_is_refused(bans: Bans, path: Path, ban: str) -> None:
    """The operator would think that it keeps somebody out."""
    with pytest.raises(ChatError, match="nobody was banned"):
        bans.add(ban)
    assert not path.exists()


@pytest.mark.parametrize(
    ("ban", "same"),
    [
        ("Ann*", "aNN*"),
        ("192.0.2.1/24", "192.0.2.0/24"),
        ("192.0.2.7/32", "192.0.2.7"),
        ("2001:DB8::0:7", "[2001:db8::7]"),
        ("2001:db8::7/128", "2001:db8::7"),
    ],
)
def test_two_spellings_of_a_ban_are_one(bans: Bans, ban: str, same: str) -> None:
    assert bans.add(ban)
    assert not bans.add(same)
    assert len(bans.all()) == 1
    assert bans.remove(same)
    assert bans.all() == []


def test_only_an_existing_ban_can_be_lifted(bans: Bans) -> None:
    bans.add("ann")
    assert not bans.remove("an*")
    assert bans.all() == ["ann"]


def test_bans_outlive_the_tracker_in_order(bans: Bans, path: Path) -> None:
    for ban in ("zoë", "2001:db8::/32", "ann", _HOST):
        bans.add(ban)
    bans.remove("ann")
    again = Bans(path)
    assert again.all() == bans.all() == ["zoë", "2001:db8::/32", _HOST]
    assert again.matches("", "2001:db8::1")
    assert {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {
        "bans.json": 0o600,
        "bans.lock": 0o600,
    }


def test_handwritten_bans_can_be_lifted_as_listed(path: Path) -> None:
    path.parent.mkdir()
    path.write_text('["Ann", "2001:DB8::7"]')
    bans = Bans(path)
    assert bans.matches("ann", _HOST)
    assert bans.matches("", "2001:db8::7")
    for ban in bans.all():
        assert bans.remove(ban)
    assert bans.all() == []


@pytest.mark.parametrize(
    "content", [b"{not json", b"\xff\xfe", b"7", b"null", b'"ann"', b'{"ann": 1}', b"[1]", b"[null]"]
)
def test_a_file_without_a_list_of_bans_is_reported(path: Path, content: bytes) -> None:
    """Better not to start than to let in people whom the file should keep out."""
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"^cannot read the bans in .*bans\.json: .+$"):
        Bans(path)


def test_a_byte_order_mark_is_skipped(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b'\xef\xbb\xbf["zo\xc3\xab"]')
    assert Bans(path).all() == ["zoë"]


def test_an_unreadable_file_is_reported(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(ConfigError, match="cannot read the bans in"):
        Bans(path)


def test_a_change_that_cannot_be_saved_does_not_apply(path: Path, disk: Disk) -> None:
    """The operator's answer, the present state and the state after a restart agree."""
    bans = Bans(path)
    bans.add("ann")
    disk.cannot_sync = True
    with pytest.raises(ChatError, match="cannot save the bans in"):
        bans.add("bob")
    with pytest.raises(ChatError, match="cannot save the bans in"):
        bans.remove("ann")
    assert bans.all() == ["ann"]
    assert json.loads(path.read_text(encoding="utf-8")) == ["ann"]
    assert {file.name for file in path.parent.iterdir()} == {"bans.json", "bans.lock"}


def test_bans_added_by_many_threads_are_all_saved(path: Path) -> None:
    bans = Bans(path)
    run_together(*(lambda number=number: bans.add(f"nick{number}") for number in range(8)))
    assert sorted(bans.all()) == sorted(Bans(path).all()) == [f"nick{number}" for number in range(8)]


def test_bans_added_by_many_processes_are_all_saved(path: Path) -> None:
    """Each starts from what the others wrote, and overwrites nothing."""
    code = "import sys, pathlib\nfrom chatcore.server.access.bans import Bans\nbans = Bans(pathlib.Path(sys.argv[1]))\n"
    code += "print(flush=True); input()\nfor n in range(20): bans.add(f'nick{sys.argv[2]}-{n}')"
    command = [sys.executable, "-c", code, str(path)]
    pipe = subprocess.PIPE
    processes = [
        subprocess.Popen([*command, str(number)], cwd=ROOT, stdin=pipe, stdout=pipe, text=True) for number in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=DEADLINE_S)
        assert process.returncode == 0
    assert set(Bans(path).all()) == {f"nick{number}-{n}" for number in range(4) for n in range(20)}


def test_outside_edits_of_the_file_are_kept(bans: Bans, path: Path) -> None:
    bans.add("ann")
    path.write_text('["ann", "Carol"]', encoding="utf-8")
    assert bans.add("bob")
    assert bans.all() == Bans(path).all() == ["ann", "carol", "bob"]
    path.write_text('["bob"]', encoding="utf-8")
    assert not bans.remove("ann")
    assert bans.all() == ["bob"]


def test_outside_edits_are_noticed_once(bans: Bans, path: Path) -> None:
    bans.add("ann")
    assert bans.refresh() == ([], [])
    path.write_text('["bob", "*"]', encoding="utf-8")
    assert bans.refresh() == (["bob", "*"], ["ann"])
    assert bans.refresh() == ([], [])
    assert bans.matches("bob", _HOST)


def test_a_missing_file_lifts_no_ban(bans: Bans, path: Path) -> None:
    bans.add("ann")
    path.unlink()
    assert bans.refresh() == ([], [])
    assert bans.add("bob")
    assert Bans(path).all() == ["ann", "bob"]


def test_a_broken_file_is_reported_once_and_not_overwritten(bans: Bans, path: Path) -> None:
    bans.add("ann")
    path.write_text('["ann", ', encoding="utf-8")
    with pytest.raises(ChatError, match="cannot read the bans in"):
        bans.refresh()
    assert bans.refresh() == ([], [])
    with pytest.raises(ChatError, match="cannot read the bans in"):
        bans.add("bob")
    assert bans.all() == ["ann"]
    assert path.read_text(encoding="utf-8") == '["ann", '


@pytest.mark.thorough
@PROPERTY
@given(st.ip_addresses(), st.ip_addresses(), st.integers(0, 32))
def test_a_network_matches_exactly_its_addresses(
    tmp_path_factory: pytest.TempPathFactory,
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
    other: ipaddress.IPv4Address | ipaddress.IPv6Address,
    prefix: int,
) -> None:
    bans = Bans(tmp_path_factory.mktemp("state") / "bans.json")
    bans.add(f"{address}/{prefix}")
    assert bans.matches("", str(address))
    is_inside = address.version == other.version and other in ipaddress.ip_network(f"{address}/{prefix}", strict=False)
    assert bans.matches("", str(other)) is is_inside
