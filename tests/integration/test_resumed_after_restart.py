"""Resuming by a token after the tracker was restarted or killed (docs/resume.md)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import connect
from typing import Any

import pytest

from chatcore.server.access.accounts import ACCOUNTS_FILE, AccountStore
from chatcore.server.resumption import Resumer
from tests.support.irc import IrcClient, one, only
from tests.support.resuming import lose, resume, token_of, tokens_in
from tests.support.sasl_client import plain
from tests.support.trackers import Hosted, hosted_tracker, tracker_process


@contextmanager
def _ended_with_people_in(folder: Path, password: str = "", **settings: Any) -> Iterator[Hosted]:
    with hosted_tracker(folder, password, **settings) as hosted:
        yield hosted
        hosted.tracker.stop()


def _members(client: IrcClient, room: str) -> set[str]:
    return set(one(client.command(f"NAMES {room}"), "353").params[-1].split())


@pytest.mark.parametrize("settings", [{}, {"history_days": 0}], ids=str)
@pytest.mark.parametrize("was_lost", [False, True])
def test_rooms_ranks_away_and_nick_come_back(tmp_path: Path, settings: dict[str, Any], was_lost: bool) -> None:
    with _ended_with_people_in(tmp_path, **settings) as hosted:
        ann, bob = hosted.connect(), hosted.connect()
        token = token_of(ann, "ann", "#room")
        bobs = token_of(bob, "bob", "#room")
        ann.command("MODE #room +iks key", "MODE #room +v bob", "AWAY :tea", "NICK anna", "MODE anna +w")
        ann.nick = "anna"
        if was_lost:
            lose(hosted, ann)
            hosted.log_text()
    with _ended_with_people_in(tmp_path, **settings) as hosted:
        eve = hosted.client("eve")
        assert one(eve.command("JOIN #room key"), "473")
        bob = hosted.connect()
        assert one(resume(bob, bobs), "JOIN").params[0] == "#room"
        assert _members(bob, "#room") == {"+bob"}, "ann, the operator, has not come back yet"
        ann = hosted.connect()
        seen = resume(ann, token)
        assert only(seen, "RESUME")[0].params == ("SUCCESS", "anna")
        assert _members(ann, "#room") == {"+bob", "@anna"}
        assert one(ann.command("WHOIS anna"), "301").params[-1] == "tea"
        (token,) = tokens_in(seen)
    with hosted_tracker(tmp_path, **settings) as hosted:
        ann = hosted.connect()
        assert one(resume(ann, token), "JOIN").params[0] == "#room"
        assert _members(ann, "#room") == {"@anna"}


@pytest.mark.thorough
def test_visits_and_private_history_survive_a_kill(tmp_path: Path) -> None:
    with tracker_process(tmp_path) as tracker, IrcClient(tracker.port) as ann, IrcClient(tracker.port) as bob:
        token = token_of(ann, "ann", "#room", "#left")
        token_of(bob, "bob", "#room")
        ann.command("PRIVMSG bob :the surprise", "PART #left", "NICK anna")
        tracker.process.kill()
        tracker.stop()
    with tracker_process(tmp_path) as tracker, IrcClient(tracker.port) as ann, IrcClient(tracker.port) as eve:
        eve.register("ann")
        assert only(eve.command("CHATHISTORY LATEST bob * 5"), "NOTICE") == []
        seen = resume(ann, token)
        assert one(seen, "001").params[0] == "anna"
        assert [message.params[0] for message in only(seen, "JOIN")] == ["#room"]
        assert "the surprise" in one(ann.command("CHATHISTORY LATEST bob * 5"), "NOTICE").params[-1]
        (token,) = tokens_in(seen)
        tracker.process.kill()
        tracker.stop()
    with tracker_process(tmp_path) as tracker, IrcClient(tracker.port) as ann:
        resume(ann, token)
        assert "the surprise" in one(ann.command("CHATHISTORY LATEST bob * 5"), "NOTICE").params[-1]


@pytest.mark.thorough
def test_another_client_of_an_account_does_not_take_its_seat(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir(mode=0o700)
    AccountStore(tmp_path / "state" / ACCOUNTS_FILE).add("ann", "pw")
    with _ended_with_people_in(tmp_path) as hosted:
        ann = hosted.connect()
        ann.send("CAP REQ :sasl chatcore/resume", *plain("ann", "pw"))
        (token,) = tokens_in(ann.command("NICK ann", "USER a 0 * :A", "CAP END"))
        ann.join("#room")
    with hosted_tracker(tmp_path) as hosted:
        other = hosted.connect()
        other.send("CAP REQ :sasl", *plain("ann", "pw"))
        other.command("NICK ann2", "USER a 0 * :A", "CAP END")
        other.join("#room")
        ann = hosted.connect()
        assert one(resume(ann, token), "JOIN")
        assert one(ann.command("WHOIS ann"), "330").params[2] == "ann"
        assert _members(ann, "#room") == {"@ann", "@ann2"}
        channel = hosted.tracker.registry.channel("#room")
        assert channel is not None
        assert channel.absent == {}


@pytest.mark.thorough
def test_rooms_remember_exactly_the_members_with_tokens(tmp_path: Path) -> None:
    with _ended_with_people_in(tmp_path) as hosted:
        ann, bob = hosted.client("ann", "#room"), hosted.connect()
        token_of(bob, "bob", "#room")
        (token,) = tokens_in(ann.command("CAP REQ :chatcore/resume"))
        bob.command("CAP REQ :-chatcore/resume")
        hosted.log_text()
    with hosted_tracker(tmp_path) as hosted:
        assert [[*room.accounts.values()] for room in hosted.tracker.registry.dormant_rooms()] == [["o"]]
        assert one(resume(hosted.connect(), token), "JOIN").params[0] == "#room"


@pytest.mark.thorough
def test_another_password_voids_tokens_and_seats(tmp_path: Path) -> None:
    with _ended_with_people_in(tmp_path, "one") as hosted:
        token = token_of(hosted.connect(), "ann", "#room", password="one")
        hosted.log_text()
    with _ended_with_people_in(tmp_path, "two") as hosted:
        client = hosted.connect()
        client.send("CAP REQ :chatcore/resume", f"RESUME {token}")
        assert client.receive_until("FAIL").params[1] == "INVALID_TOKEN"
        assert [room.accounts for room in hosted.tracker.registry.dormant_rooms()] == [{}]
    database = connect(tmp_path / "state" / "rooms.sqlite")
    assert database.execute("SELECT * FROM account").fetchall() == []
    database.close()


def test_a_room_whose_visits_have_expired_is_free(tmp_path: Path) -> None:
    with _ended_with_people_in(tmp_path) as hosted:
        token_of(hosted.connect(), "ann", "#room", "#other")
        hosted.log_text()
    with hosted_tracker(tmp_path) as hosted:
        eve = hosted.client("eve", "#room")
        assert _members(eve, "#room") == {"eve"}, "eve is not operator, as ann may still come back"
        resumer = hosted.tracker.resumer
        assert isinstance(resumer, Resumer)
        resumer._tokens._clock = lambda: 1e12
        resumer._next_look = 0.0
        resumer.tick()
        assert _members(eve, "#room") == {"eve"}
        eve.join("#other")
        assert _members(eve, "#other") == {"@eve"}
        channel = hosted.tracker.registry.channel("#room")
        assert channel is not None
        assert channel.absent == {}
