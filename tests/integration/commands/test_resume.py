"""RESUME: a client that lost its connection comes back as the same visit (docs/resume.md)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chatcore.server.resumption import Resumer
from tests.support.agreement import disagreements, view_of
from tests.support.irc import IrcClient, commands, one, only
from tests.support.resuming import lose, resume, token_of, tokens_in
from tests.support.sasl_client import plain
from tests.support.trackers import Hosted, hosted_tracker

_PASSWORD = "correct horse"


def test_each_connection_gets_a_new_token_after_the_welcome(hosted: Hosted) -> None:
    ann = hosted.connect()
    seen = ann.register("ann", caps="chatcore/resume")
    assert commands(seen).index("RESUME") > commands(seen).index("376")
    (token,) = tokens_in(seen)
    assert len(token) == 43
    lose(hosted, ann)
    (second,) = tokens_in(resume(hosted.connect(), token))
    assert second != token


def test_token_is_given_on_request_and_void_once_declined(hosted: Hosted) -> None:
    ann = hosted.client("ann")
    (token,) = tokens_in(ann.command("CAP REQ :chatcore/resume"))
    assert tokens_in(ann.command("CAP REQ :chatcore/resume")) == []
    ann.command("CAP REQ :-chatcore/resume")
    lose(hosted, ann)
    assert _refusal(hosted, token) == "INVALID_TOKEN"


def test_rooms_ranks_away_and_modes_come_back(hosted: Hosted) -> None:
    ann, bob = hosted.connect(), hosted.client("bob")
    token = token_of(ann, "ann", "#one", "#two")
    bob.join("#one", "#two")
    ann.command("AWAY :tea", "MODE ann +iw", "SETNAME :Ann B.", "NICK anna")
    ann.nick = "anna"
    bob.sync()
    lose(hosted, ann)
    again = hosted.connect()
    seen = resume(again, token, "nobody")
    assert one(seen, "001").params[0] == "anna"
    assert only(seen, "RESUME")[0].params == ("SUCCESS", "anna")
    assert one(seen, "306")
    assert only(seen, "MODE")[0].params == ("anna", "+iw")
    assert [message.params[0] for message in only(seen, "JOIN")] == ["#one", "#two"]
    assert commands(bob.sync()) == ["QUIT", "JOIN", "MODE", "JOIN", "MODE"]
    whois = again.command("WHOIS anna")
    assert one(whois, "301").params[-1] == "tea"
    assert one(whois, "311").params[-1] == "Ann B."
    assert "@anna" in one(again.command("NAMES #two"), "353").params[-1].split()
    assert disagreements(hosted.tracker) == []


@pytest.mark.parametrize("mode", ["+i", "+k key", "+l 1", "+s"])
def test_a_room_readmits_its_former_members(hosted: Hosted, mode: str) -> None:
    bob, ann = hosted.client("bob", "#room"), hosted.connect()
    token = token_of(ann, "ann", "#room")
    bob.command(f"MODE #room {mode}", "MODE #room +v ann")
    lose(hosted, ann)
    again = hosted.connect()
    assert one(resume(again, token), "JOIN").params[0] == "#room"
    assert "+ann" in one(again.command("NAMES #room"), "353").params[-1].split()


def test_a_ban_keeps_a_resumed_visit_out_and_its_seat_ends_with_it(hosted: Hosted) -> None:
    bob, ann = hosted.client("bob", "#room"), hosted.connect()
    token = token_of(ann, "ann", "#room")
    bob.command("MODE #room +v ann")
    lose(hosted, ann)
    bob.command("MODE #room +b ann!*@*")
    again = hosted.connect()
    seen = resume(again, token)
    assert one(seen, "474").params[1] == "#room"
    assert only(seen, "JOIN") == []
    _ends_by_quit(hosted, again)
    _assert_no_seat_is_kept(hosted)


def _assert_no_seat_is_kept(hosted: Hosted) -> None:
    hosted.log_text()  # waits until everything is delivered
    channel = hosted.tracker.registry.channel("#room")
    assert channel is not None
    assert channel.absent == {}
    assert view_of(hosted.tracker).rooms["#room"].absent == set()
    assert disagreements(hosted.tracker) == []


def _banned_and_back(hosted: Hosted, bob: IrcClient, *between: str) -> tuple[IrcClient, list[str]]:
    """Have ann lose her connection, be banned in a room and come back; return the new connection and its tokens."""
    ann = hosted.connect()
    token = token_of(ann, "ann", "#room", "#two")
    lose(hosted, ann)
    bob.command("MODE #room +b ann!*@*")
    again = hosted.connect()
    seen = again.command("CAP REQ :chatcore/resume", f"RESUME {token}", *between, "CAP END")
    assert one(seen, "474").params[1] == "#room"
    again.nick = "ann"
    return again, tokens_in(seen)


def test_a_refused_seat_ends_with_a_visit_without_a_token(hosted: Hosted) -> None:
    bob = hosted.client("bob", "#room")
    again, tokens = _banned_and_back(hosted, bob, "CAP REQ :-chatcore/resume")
    assert tokens == []
    lose(hosted, again)
    _assert_no_seat_is_kept(hosted)


def test_a_refused_seat_ends_when_the_token_is_given_up(hosted: Hosted) -> None:
    bob = hosted.client("bob", "#room")
    again, _ = _banned_and_back(hosted, bob)
    again.command("CAP REQ :-chatcore/resume")
    _assert_no_seat_is_kept(hosted)


def test_a_refused_seat_outlives_another_loss_but_a_left_one_does_not(
    hosted: Hosted,
) -> None:
    bob = hosted.client("bob", "#room", "#two")
    again, tokens = _banned_and_back(hosted, bob)
    again.command("PART #two")
    lose(hosted, again)
    bob.command("MODE #room -b ann!*@*", "MODE #room +i")
    third = hosted.connect()
    seen = resume(third, *tokens)
    assert [message.params[0] for message in only(seen, "JOIN")] == ["#room"]
    _assert_no_seat_is_kept(hosted)


@pytest.mark.parametrize("mode", ["+s", "+i", "+k key"])
def test_an_ended_room_is_created_again_unless_it_was_closed(hosted: Hosted, mode: str) -> None:
    ann = hosted.connect()
    token = token_of(ann, "ann", "#plain", "#closed")
    ann.command(f"MODE #closed {mode}", "MODE #plain +m")
    lose(hosted, ann)
    again = hosted.connect()
    assert one(resume(again, token), "JOIN").params[0] == "#plain"
    assert one(again.command("MODE #plain"), "324").params[2:] == ("+nt",)
    assert hosted.tracker.registry.channel("#closed") is None


def test_renamed_and_recreated_rooms_are_rejoined(hosted: Hosted) -> None:
    ann, bob = hosted.connect(), hosted.client("bob")
    token = token_of(ann, "ann", "#old", "#lone")
    bob.join("#old")
    ann.command("MODE #old +o bob", "MODE #old +i")
    lose(hosted, ann)
    bob.command("RENAME #old #new", "JOIN #lone")
    again = hosted.connect()
    assert sorted(message.params[0] for message in only(resume(again, token), "JOIN")) == ["#lone", "#new"]
    assert "@ann" in one(again.command("NAMES #new"), "353").params[-1].split()
    assert "ann" in one(again.command("NAMES #lone"), "353").params[-1].split()


def test_a_visit_that_still_seems_alive_is_ended_first(hosted: Hosted) -> None:
    ann, bob = hosted.connect(), hosted.client("bob", "#room")
    token = token_of(ann, "ann", "#room")
    bob.sync()
    assert one(resume(hosted.connect(), token), "001").params[0] == "ann"
    assert "another connection" in one(ann.receive_rest(), "ERROR").params[-1]
    assert commands(bob.sync()) == ["QUIT", "JOIN"]
    assert _kinds(hosted)[-4:] == ["lost", "resume", "connect", "join"]


def test_a_token_works_once(hosted: Hosted) -> None:
    ann = hosted.connect()
    token = token_of(ann, "ann")
    lose(hosted, ann)
    again = hosted.connect()
    resume(again, token)
    assert _refusal(hosted, token) == "INVALID_TOKEN"
    assert commands(again.sync()) == []


def test_an_unfinished_resume_does_not_use_up_the_token(hosted: Hosted) -> None:
    ann = hosted.connect()
    token = token_of(ann, "ann", "#room")
    for is_there_yet in (True, False):
        first = hosted.connect()
        first.send("CAP REQ :chatcore/resume", f"RESUME {token}")
        assert first.receive_until("RESUME").params == ("SUCCESS", "ann")
        if not is_there_yet:
            first.send("QUIT")
            first.receive_rest()
        seen = resume(hosted.connect(), token)
        assert one(seen, "001").params[0] == "ann"
        assert one(seen, "JOIN").params[0] == "#room"
        (token,) = tokens_in(seen)
        if is_there_yet:
            assert "another connection" in one(first.receive_rest(), "ERROR").params[-1]


def test_private_history_comes_back_only_to_its_owner(hosted: Hosted) -> None:
    ann, bob = hosted.connect(), hosted.client("bob")
    token = token_of(ann, "ann")
    ann.command("PRIVMSG bob :the surprise")
    lose(hosted, ann)
    eve = hosted.client("ann")
    assert only(eve.command("CHATHISTORY LATEST bob * 5"), "NOTICE") == []
    _ends_by_quit(hosted, eve)
    again = hosted.connect()
    resume(again, token)
    assert "the surprise" in one(again.command("CHATHISTORY LATEST bob * 5"), "NOTICE").params[-1]
    assert "the surprise" in one(bob.command("CHATHISTORY LATEST ann * 5"), "NOTICE").params[-1]


def test_a_taken_nick_can_be_replaced_by_another(hosted: Hosted) -> None:
    ann, bob = hosted.connect(), hosted.client("bob", "#room")
    token = token_of(ann, "ann", "#room")
    lose(hosted, ann)
    hosted.client("ann")
    again = hosted.connect()
    again.send("CAP REQ :chatcore/resume", f"RESUME {token}", "CAP END")
    assert again.receive_until("433").params[1] == "ann"
    seen = again.command("NICK ann2")
    assert one(seen, "001").params[0] == "ann2"
    assert one(seen, "JOIN").params[0] == "#room"
    assert "resume ann " in hosted.log_text()
    bob.sync()


def test_a_token_stands_for_password_and_account(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, _PASSWORD) as hosted:
        hosted.tracker.keys.accounts.add("ann", "pw")
        ann = hosted.connect()
        ann.send("CAP REQ :sasl chatcore/resume", *plain("ann", "pw"))
        (token,) = tokens_in(ann.command("NICK ann", "USER ann 0 * :Ann", "CAP END"))
        ann.nick = "ann"
        lose(hosted, ann)
        again = hosted.connect()
        assert one(resume(again, token), "001").params[0] == "ann"
        assert one(again.command("WHOIS ann"), "330").params[2] == "ann"


def _ends_by_quit(hosted: Hosted, ann: IrcClient) -> None:
    ann.send("QUIT")
    ann.receive_rest()


def _ends_by_kill(hosted: Hosted, ann: IrcClient) -> None:
    hosted.visit_of("ann").end("Killed (boss (enough))", is_lost=False)
    ann.receive_rest()


def _ends_by_a_lifted_ban(hosted: Hosted, ann: IrcClient) -> None:
    lose(hosted, ann)
    hosted.tracker.bans.add("ann")
    resumer = hosted.tracker.resumer
    assert isinstance(resumer, Resumer)
    resumer._next_look = 0.0
    resumer.tick()
    hosted.tracker.bans.remove("ann")


def _ends_by_a_ban(hosted: Hosted, ann: IrcClient) -> None:
    lose(hosted, ann)
    hosted.tracker.bans.add("ann")


def _ends_by_a_new_password(hosted: Hosted, ann: IrcClient) -> None:
    lose(hosted, ann)
    hosted.tracker.keys.accounts.set_password("ann", "another")


def _ends_by_account_removal(hosted: Hosted, ann: IrcClient) -> None:
    lose(hosted, ann)
    hosted.tracker.keys.accounts.remove("ann")


@pytest.mark.parametrize(
    "end",
    [
        _ends_by_quit,
        _ends_by_kill,
        _ends_by_a_lifted_ban,
        _ends_by_a_ban,
        _ends_by_a_new_password,
        _ends_by_account_removal,
    ],
)
def test_the_end_of_a_visit_ends_its_token(hosted: Hosted, end: Callable[[Hosted, IrcClient], None]) -> None:
    hosted.tracker.keys.accounts.add("ann", "pw")
    ann = hosted.connect()
    hosted.client("bob", "#room")
    ann.send("CAP REQ :sasl chatcore/resume", *plain("ann", "pw"))
    (token,) = tokens_in(ann.command("NICK ann", "USER ann 0 * :Ann", "CAP END"))
    ann.nick = "ann"
    ann.join("#room")
    end(hosted, ann)
    assert _refusal(hosted, token) == "INVALID_TOKEN"
    hosted.log_text()  # waits until everything is delivered
    assert disagreements(hosted.tracker) == []
    channel = hosted.tracker.registry.channel("#room")
    assert channel is not None
    assert channel.absent == {}
    assert view_of(hosted.tracker).rooms["#room"].absent == set()


def _kick_ann(hosted: Hosted) -> None:
    hosted.visit_of("ann").end("Kicked", is_lost=False)


def _change_anns_password(hosted: Hosted) -> None:
    hosted.tracker.keys.accounts.set_password("ann", "another")


def _ban_ann(hosted: Hosted) -> None:
    hosted.tracker.bans.add("ann")


@pytest.mark.thorough
@pytest.mark.parametrize("end", [_kick_ann, _change_anns_password, _ban_ann])
def test_a_resume_in_progress_fails_once_the_visit_has_ended(tmp_path: Path, end: Callable[[Hosted], None]) -> None:
    """Between RESUME and CAP END, which the thief of a token may delay."""
    with hosted_tracker(tmp_path, _PASSWORD) as hosted:
        hosted.tracker.keys.accounts.add("ann", "pw")
        ann, thief = hosted.connect(), hosted.connect()
        ann.send("CAP REQ :sasl chatcore/resume", *plain("ann", "pw"))
        (token,) = tokens_in(ann.command("NICK ann", "USER ann 0 * :Ann", "CAP END"))
        thief.send("CAP LS 302", "CAP REQ :chatcore/resume", f"RESUME {token}")
        assert thief.receive_until("RESUME").params == ("SUCCESS", "ann")
        end(hosted)
        thief.send("CAP END", "NICK other", "USER other 0 * :x", "QUIT")
        assert "001" not in commands(thief.receive_rest())


def test_resume_after_registration_or_without_capability_is_refused(hosted: Hosted) -> None:
    ann = hosted.client("ann")
    assert one(ann.command("RESUME x"), "FAIL").params[:2] == ("RESUME", "REGISTRATION_IS_COMPLETED")
    assert one(hosted.connect().command("RESUME x"), "FAIL").params[:2] == ("RESUME", "NOT_NEGOTIATED")


def test_a_wrong_token_counts_as_a_guess_but_a_former_one_does_not(tmp_path: Path) -> None:
    limits = {"failures_before_ban": 3, "max_failure_delay_s": 0.0}
    with hosted_tracker(tmp_path, _PASSWORD, trusted_proxies=("127.0.0.1",), plaintext="anywhere", **limits) as hosted:
        ann = hosted.connect(proxied="192.0.2.9")
        token = token_of(ann, "ann", password=_PASSWORD)
        ann.send("QUIT")
        ann.receive_rest()
        for _ in range(5):
            late = hosted.connect(proxied="192.0.2.9")
            late.send("CAP REQ :chatcore/resume", f"RESUME {token}")
            assert late.receive_until("FAIL").params[1] == "INVALID_TOKEN"
            late.close()
        guesser = hosted.connect(proxied="192.0.2.9")
        guesser.send("CAP REQ :chatcore/resume", *["RESUME wrong"] * 5)
        guesser.receive_rest()
        assert any(line.startswith("shut-out 192.0.2.9 ") for line in hosted.log_lines())


def test_a_refused_resume_may_continue_with_the_password(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, _PASSWORD) as hosted:
        ann = hosted.connect()
        ann.send("CAP REQ :chatcore/resume", "RESUME wrong", f"PASS {_PASSWORD}", "NICK ann", "USER ann 0 * :A")
        assert one(ann.command("CAP END"), "001").params[0] == "ann"


@pytest.mark.thorough
def test_many_rooms_come_back(tmp_path: Path) -> None:
    rooms = [f"#room{number}" for number in range(60)]
    with hosted_tracker(tmp_path, burst_lines=20, lines_per_s=2000.0) as hosted:
        ann, bob = hosted.connect(), hosted.connect()
        token = token_of(ann, "ann", *rooms)
        bob.register("bob")
        bob.join(*rooms)
        lose(hosted, ann)
        again = hosted.connect()
        assert {message.params[0] for message in only(resume(again, token), "JOIN")} == set(rooms)


def _refusal(hosted: Hosted, token: str) -> str:
    client = hosted.connect()
    client.send("CAP REQ :chatcore/resume", f"RESUME {token}")
    failure = client.receive_until("FAIL")
    client.close()
    return failure.params[1]


def _kinds(hosted: Hosted) -> list[str]:
    return [line.split(" ")[0] for line in hosted.log_lines()]
