"""`tracker.py account` and `tracker.py operator`, the real programs, beside a running tracker."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from chatcore.errors import ConfigError
from chatcore.server.cli.account_app import operator_main
from chatcore.server.incoming.arrival import UsedKey
from chatcore.server.upkeep.login_watch import KEY_REMOVED
from tests.support.irc import DEADLINE_S, IrcClient, commands
from tests.support.sasl_client import plain, scram
from tests.support.ssh_keys import key
from tests.support.trackers import ROOT, Hosted, hosted_tracker, tracker_process

PASSWORD = "cörrect hörse"


def _tracker_py(*arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "tracker.py"), *arguments],
        input=typed,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )


def _account(folder: Path, *arguments: str, typed: str = "") -> tuple[int, str, str]:
    """Run `account`; return its status, stdout and stderr."""
    done = _tracker_py("account", "--state-dir", str(folder / "state"), *arguments, typed=typed)
    return done.returncode, done.stdout, done.stderr


def _login(tracker: Hosted, name: str, password: str) -> list[str]:
    """Try to log in with each mechanism on its own connection; return the results."""
    with IrcClient(tracker.port) as one_client, IrcClient(tracker.port) as other:
        for client in (one_client, other):
            client.command("CAP REQ :sasl")
        return [commands(one_client.command(*plain(name, password)))[-1], commands(scram(other, name, password))[-1]]


def test_running_tracker_sees_every_change_at_once(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path) as running:
        assert _login(running, "alice", PASSWORD) == ["904", "904"]
        assert _account(tmp_path, "add", "Alice", typed=f"{PASSWORD}\nsecond line\n") == (0, "", "")
        assert _login(running, "alice", PASSWORD) == ["903", "903"]
        _assert_no_password_is_kept(tmp_path / "state" / "accounts.sqlite")
        with IrcClient(running.port) as stranger:
            assert "433" in commands(stranger.register("ALICE"))
        assert _account(tmp_path, "passwd", "ALICE", typed="another") == (0, "", "")
        assert _login(running, "alice", PASSWORD) == ["904", "904"]
        assert _login(running, "alice", "another") == ["903", "903"]
        assert _account(tmp_path, "remove", "alice") == (0, "", "")
        assert _login(running, "alice", "another") == ["904", "904"]
        with IrcClient(running.port) as anybody:
            assert "001" in commands(anybody.register("alice"))


def _owner(tracker: Hosted, nick: str, password: str) -> IrcClient:
    """Return a registered client, logged in as alice."""
    client = IrcClient(tracker.port)
    client.nick = nick
    client.command("CAP REQ :sasl", *plain("alice", password))
    client.command(f"NICK {nick}", f"USER {nick} 0 * :Alice", "CAP END", "JOIN #room")
    return client


@pytest.mark.thorough
def test_password_change_ends_the_visits_of_the_old_password(tmp_path: Path) -> None:
    """Changing a password that somebody else knows shuts them out."""
    _account(tmp_path, "add", "alice", typed=PASSWORD)
    with hosted_tracker(tmp_path) as running, IrcClient(running.port) as guest:
        guest.register("guest")
        guest.join("#room")
        with _owner(running, "thief", PASSWORD) as thief, IrcClient(running.port) as waiting:
            waiting.command("CAP REQ :sasl", *plain("alice", PASSWORD))
            assert _account(tmp_path, "passwd", "alice", typed="new") == (0, "", "")
            for client in (thief, waiting):
                assert "The password of your account was changed" in client.receive_rest()[-1].params[-1]
        with _owner(running, "alice", "new") as owner:
            assert _account(tmp_path, "add", "bob", typed="another") == (0, "", "")
            assert guest.receive_until("QUIT").params[-1].startswith("The password of your account was changed")
            assert commands(owner.command("PRIVMSG #room :hello")) == []
            assert guest.receive_until("PRIVMSG").params[-1] == "hello"


@pytest.mark.thorough
def test_removing_an_account_disconnects_only_its_owner(tmp_path: Path) -> None:
    _account(tmp_path, "add", "alice", typed=PASSWORD)
    with hosted_tracker(tmp_path) as running, IrcClient(running.port) as guest:
        guest.register("guest")
        guest.join("#room")
        with _owner(running, "alice", PASSWORD) as first, _owner(running, "ally", PASSWORD) as second:
            assert _account(tmp_path, "remove", "ALICE") == (0, "", "")
            for client in (first, second):
                assert client.receive_rest()[-1].params == ("Closing link: Your account was removed",)
        assert commands(guest.command("NICK alice"))[-1] == "NICK"
        log = running.log_text()
    assert " quit alice 127.0.0.1:" in log
    assert log.count(":Your account was removed\n") == 2


@pytest.mark.thorough
def test_removing_a_key_disconnects_only_its_visits(tmp_path: Path) -> None:
    laptop, phone = key(1, "laptop"), key(2, "phone")
    _account(tmp_path, "add", "alice", typed=PASSWORD)
    assert _account(tmp_path, "key", "add", "alice", "-", typed=f"{laptop.line}\n{phone.line}\n") == (0, "", "")
    with hosted_tracker(tmp_path) as running:
        services = running.tracker.services
        with _owner(running, "alice", PASSWORD) as first, _owner(running, "ally", PASSWORD) as second:
            for nick, used in (("alice", laptop), ("ally", phone)):
                login = services.keys.account_by_key("alice", used.blob)
                client = running.tracker.registry.client(nick)
                assert login is not None
                assert client is not None
                visit = services.visits.get(client.id)
                assert visit is not None
                visit.arrival.key = UsedKey(login.account_id, used.blob)  # as if it had come by ssh
            assert _account(tmp_path, "key", "remove", "alice", "laptop") == (0, "", "")
            assert first.receive_rest()[-1].params == (f"Closing link: {KEY_REMOVED}",)
            assert services.keys.account_by_key("alice", laptop.blob) is None
            second.sync()
            assert _account(tmp_path, "remove", "alice") == (0, "", "")
            assert second.receive_rest()[-1].params == ("Closing link: Your account was removed",)


def _assert_no_password_is_kept(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    data = path.read_bytes()
    for text in (PASSWORD, "second line"):
        assert text.encode() not in data
        assert text.encode("utf-16-le") not in data
    assert {file.name for file in path.parent.iterdir() if "accounts" in file.name} == {path.name}


@pytest.mark.thorough
def test_mistakes_are_reported_in_one_line_and_make_no_file(tmp_path: Path) -> None:
    status, output, complaints = _account(tmp_path, "add", "alice", typed="\n")
    assert (status, output) == (2, "")
    assert "cannot be empty" in complaints
    assert complaints.count("\n") == 1
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("name", ["", "two words", ":colon", "a\nb"])
def test_operator_name_must_be_one_word(name: str) -> None:
    with pytest.raises(ConfigError, match="one word"):
        operator_main([name])


@pytest.mark.thorough
def test_printed_operator_lines_work(tmp_path: Path) -> None:
    printed = _tracker_py("operator", 'the"boss', typed=f"{PASSWORD}\n")
    assert (printed.returncode, printed.stderr) == (0, "")
    assert PASSWORD not in printed.stdout
    config = tmp_path / "tracker.toml"
    config.write_text(f"keep_alive = true\n{printed.stdout}", encoding="utf-8")
    with (
        tracker_process(tmp_path, "--config", str(config)) as tracker,
        IrcClient(tracker.port) as boss,
        IrcClient(tracker.port) as bob,
        IrcClient(tracker.port) as carol,
    ):
        for client, nick in ((boss, "boss"), (bob, "bob"), (carol, "carol")):
            client.register(nick)
            client.join("#room")
        carol.command("MODE carol +w")
        boss.sync()
        assert commands(boss.command('OPER the"boss :wrong', "KILL bob :x", "WALLOPS :x")) == ["464", "481", "481"]
        assert commands(boss.command(f'OPER the"boss :{PASSWORD}')) == ["381", "MODE"]
        boss.command("WALLOPS :tea", "KILL bob :spam")
        assert commands(bob.receive_rest())[-1] == "ERROR"
        assert carol.receive_until("WALLOPS").params == ("tea",)
        assert "Killed (boss (spam))" in carol.receive_until("QUIT").params[-1]
        log = tracker.log_path.read_text(encoding="utf-8")
    assert PASSWORD not in log
    assert "wrong" not in log
    assert " kill boss bob :spam\n" in log
