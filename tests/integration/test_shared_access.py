"""Access is the same on all trackers of a chat: accounts, bans, invitations, shut-out addresses and visits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from chatcore.errors import ConfigError
from chatcore.server.access.accounts import AccountStore
from chatcore.server.access.shared import access
from tests.support.irc import IrcClient, one, only
from tests.support.resuming import lose, resume, token_of, tokens_in
from tests.support.ssh_keys import key
from tests.support.together import wait_until
from tests.support.trackers import Hosted, hosted_tracker
from tests.support.valkey import ValkeyProcess, valkey_process


class _House:
    """An engine, and trackers that form one chat through it."""

    def __init__(self, folder: Path, engine: ValkeyProcess, stack: ExitStack) -> None:
        self.folder = folder
        self._engine = engine
        self._stack = stack

    def start(self, name: str, password: str = "", **settings: Any) -> Hosted:
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        tracker = hosted_tracker(folder, password, cluster=self._engine.url, **settings)
        return self._stack.enter_context(tracker)

    def two(self, password: str = "", **settings: Any) -> tuple[Hosted, Hosted]:
        return self.start("one", password, **settings), self.start("two", password, **settings)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyProcess]:
    with valkey_process(tmp_path_factory.mktemp("engine")) as process:
        yield process


@pytest.fixture
def house(tmp_path: Path, engine: ValkeyProcess) -> Iterator[_House]:
    with engine.client() as client:
        client.flushall()
    with ExitStack() as stack:
        yield _House(tmp_path, engine, stack)


def _account_of(asker: IrcClient, nick: str) -> list[str]:
    return [message.params[2] for message in only(asker.command(f"WHOIS {nick}"), "330")]


def _register(client: IrcClient, password: str) -> list[str]:
    return list(one(client.command(f"REGISTER * * :{password}"), "REGISTER").params)


def test_account_registered_on_one_tracker_exists_on_all(house: _House) -> None:
    a, b = house.two(registration="open")
    ann, bob = a.client("ann", caps="draft/account-registration"), b.client("bob")
    assert _register(ann, "correct horse battery")[0] == "SUCCESS"
    wait_until(lambda: _account_of(bob, "ann") == ["ann"])
    lose(a, ann)
    wait_until(lambda: b.tracker.registry.client("ann") is None)
    again = b.connect()
    again.send("NICK ann", "USER ann 0 * :Ann")
    assert one([again.receive_until("433")], "433").params[1] == "ann", "an account owns its nick on all trackers"
    wait_until(lambda: AccountStore(b.tracker.config.state_dir / "accounts.sqlite").names() == ["ann"])


@pytest.mark.thorough
def test_account_removed_on_one_tracker_is_removed_on_all(house: _House) -> None:
    a, b = house.two(registration="open")
    ann = a.client("ann", caps="draft/account-registration")
    _register(ann, "correct horse battery")
    accounts = AccountStore(b.tracker.config.state_dir / "accounts.sqlite")
    wait_until(lambda: accounts.names() == ["ann"])
    assert accounts.remove("ann")
    assert "account was removed" in ann.receive_until("ERROR").params[0]


def _logs_in(tracker: Hosted, number: int) -> bool:
    return tracker.tracker.keys.account_by_key("ann", key(number).blob) is not None


@pytest.mark.thorough
def test_keys_changed_on_one_tracker_change_on_all(house: _House) -> None:
    a, b = house.two()
    of_a, of_b = (AccountStore(each.tracker.config.state_dir / "accounts.sqlite") for each in (a, b))
    of_a.add("ann", "secret of ann")
    of_a.add_keys("ann", [key(1, "laptop"), key(2)])
    wait_until(lambda: _logs_in(a, 1) and _logs_in(b, 1) and _logs_in(b, 2))
    wait_until(lambda: of_b.find("ann") is not None)
    of_b.remove_keys("ann", [key(1)])
    wait_until(lambda: not _logs_in(a, 1) and not _logs_in(b, 1))
    late = house.start("three")
    assert [_logs_in(late, number) for number in (1, 2)] == [False, True]
    of_late = AccountStore(late.tracker.config.state_dir / "accounts.sqlite")
    assert of_late.keys(of_late.all()["ann"].account_id) == (key(2),)


@pytest.mark.thorough
def test_ban_on_one_tracker_ends_visits_on_all(house: _House) -> None:
    a, b = house.two()
    a.client("ann")
    bob = b.client("bob")
    assert a.tracker.bans.add("bob")
    assert "Banned" in bob.receive_until("ERROR").params[0]
    again = b.connect()
    again.send("NICK bob", "USER bob 0 * :Bob")
    assert "banned" in again.receive_until("432").params[2]
    assert b.tracker.bans.remove("bob")
    wait_until(lambda: a.tracker.bans.all() == [])


@pytest.mark.thorough
def test_uses_of_an_invitation_count_across_trackers(house: _House) -> None:
    a, b = house.two("pw")
    invitation, _ = a.tracker.invitations.make("", "#lobby", 1, 1.0)
    wait_until(b.tracker.invitations.all)
    b.client("ann", password=invitation.text)
    eve = a.connect()
    eve.send(f"PASS {invitation.text}", "NICK eve", "USER eve 0 * :Eve")
    assert "used up" in eve.receive_until("464").params[1]


@pytest.mark.thorough
def test_wrong_passwords_on_one_tracker_shut_out_on_all(house: _House) -> None:
    a, b = house.two(
        "pw", trusted_proxies=("127.0.0.1",), plaintext="anywhere", failures_before_ban=2, failures_before_delay=9
    )
    for _ in range(2):
        guest = a.connect(proxied="192.0.2.1")
        guest.send("PASS wrong")
        guest.receive_until("ERROR")
    wait_until(lambda: b.tracker.services.doorkeeper.shut_out_count() == 1)
    refused = b.connect(proxied="192.0.2.1")
    refused.send("PASS pw", "NICK eve", "USER eve 0 * :Eve")
    assert "Too many wrong passwords" in refused.receive_until("ERROR").params[0]
    b.connect(proxied="192.0.2.2").register("ann", password="pw")


@pytest.mark.thorough
def test_hidden_address_has_the_same_name_on_all_trackers(house: _House) -> None:
    a, b = house.two(hide_addresses=True)
    ann, bob = a.client("ann"), b.client("bob")
    wait_until(lambda: a.tracker.registry.client("bob") and b.tracker.registry.client("ann"))
    hosts = {one(asker.command(f"WHOIS {nick}"), "311").params[3] for asker in (ann, bob) for nick in ("ann", "bob")}
    (host,) = hosts
    assert host.endswith(".hidden")


@pytest.mark.thorough
def test_lost_visit_is_resumed_on_another_tracker(house: _House) -> None:
    a, b = house.two()
    ann, bob = a.connect(), b.client("bob", "#room")
    token = token_of(ann, "ann", "#room")
    bob.receive_until("JOIN")
    ann.command("AWAY :tea")
    lose(a, ann)
    quit_seen = bob.receive_until("QUIT")
    assert quit_seen.source is not None
    again = b.connect()
    seen = resume(again, token)
    assert again.nick == "ann"
    assert ("#room",) in [message.params[:1] for message in only(seen, "JOIN")]
    assert only(seen, "306"), "ann is still away"
    assert bob.receive_until("JOIN").params[0] == "#room"
    wait_until(lambda: a.tracker.registry.client("ann"))
    stranger = a.connect()
    resume(stranger, token, "eve")
    assert stranger.nick == "eve", "a token is good for one resumption"
    (second,) = tokens_in(seen)
    lose(b, again)
    third = a.connect()
    resume(third, second)
    assert third.nick == "ann"


@pytest.mark.thorough
def test_resuming_on_another_tracker_ends_the_old_connection(house: _House) -> None:
    a, b = house.two()
    ann, bob = a.connect(), b.client("bob", "#room")
    token = token_of(ann, "ann", "#room")
    bob.receive_until("JOIN")
    again = b.connect()
    resume(again, token)
    assert again.nick == "ann"
    assert "Resumed on another connection" in ann.receive_until("ERROR").params[0]
    assert bob.receive_until("QUIT").command == "QUIT"
    assert bob.receive_until("JOIN").params[0] == "#room"


@pytest.mark.thorough
def test_tracker_with_another_password_does_not_start(house: _House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "_DEAD_S", 0.0)
    house.start("one", "pw")
    with pytest.raises(ConfigError, match="not that of the chat's other trackers"):
        house.start("two", "another")
    again = house.start("two", "pw")
    assert not [told for told in again.tracker.notices if "password" in told], (
        "a mistyped password leaves no notice behind"
    )


@pytest.mark.thorough
def test_bans_and_visits_survive_a_restart_of_all_trackers(house: _House) -> None:
    with ExitStack() as first:
        a = first.enter_context(_started(house, "one"))
        a.tracker.bans.add("eve")
        token = token_of(a.connect(), "ann", "#room")
    with ExitStack() as second:
        b = second.enter_context(_started(house, "one"))
        assert b.tracker.bans.all() == ["eve"]
        again = b.connect()
        seen = resume(again, token)
        assert again.nick == "ann"
        assert ("#room",) in [message.params[:1] for message in only(seen, "JOIN")]


def _started(house: _House, name: str) -> Any:
    (house.folder / name).mkdir(exist_ok=True)
    return hosted_tracker(house.folder / name, cluster=house._engine.url)


@pytest.mark.thorough
def test_people_on_other_trackers_do_not_count_as_unregistered(house: _House) -> None:
    a, b = house.start("one"), house.start("two", max_unregistered=1)
    for number in range(3):
        a.client(f"n{number}")
    wait_until(lambda: b.tracker.registry.client("n2"))
    waiting = b.connect()
    assert waiting.command("PING x")
    crowded = b.connect()
    crowded.send("NICK eve", "USER eve 0 * :Eve")
    assert "Too many are connecting" in crowded.receive_until("ERROR").params[0]
