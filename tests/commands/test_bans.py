"""KLINE, UNKLINE, STATS k: bans of the whole tracker, by IRC operators."""

from __future__ import annotations

import pytest

from chatcore.commands import bans as bans_module
from chatcore.state.notes import Noted, NoteKind
from tests.support.stage import Actor, Stage, reply


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def boss(stage: Stage) -> Actor:
    boss = stage.actor("boss", host="198.51.100.1")
    boss.client.modes |= {"o"}
    return boss


def test_a_username_ban_disconnects_its_holder_after_the_note(stage: Stage, boss: Actor) -> None:
    stage.actor("eve")
    outcome = boss.says("KLINE EVE being rude")
    assert outcome.replies == [
        reply("NOTICE boss :EVE is banned; 1 disconnected"),
        reply("NOTICE boss :They came from 192.0.2.1: KLINE 192.0.2.1 keeps that address out, too"),
    ]
    assert outcome.events == (Noted(NoteKind.BAN, ("EVE", "boss"), "being rude"),)
    assert stage.services.asked == [("disconnect", "eve", "Banned (boss (being rude))")]
    assert stage.services.bans.all() == ["EVE"]


def test_a_network_is_banned_without_a_reason(stage: Stage, boss: Actor) -> None:
    for nick in ("ann", "bob"):
        stage.actor(nick)
    outcome = boss.says("KLINE 192.0.2.")
    assert outcome.replies == [reply("NOTICE boss :192.0.2. is banned; 2 disconnected")]
    assert outcome.events == (Noted(NoteKind.BAN, ("192.0.2.", "boss")),)
    assert stage.services.asked == [("disconnect", nick, "Banned (boss)") for nick in ("ann", "bob")]


def test_an_absent_username_can_be_banned(boss: Actor) -> None:
    assert boss.says("KLINE zoe").replies == [reply("NOTICE boss :zoe is banned; 0 disconnected")]


def test_the_operators_own_address_is_not_suggested(stage: Stage, boss: Actor) -> None:
    stage.actor("eve", host=boss.client.host)
    assert boss.says("KLINE eve").codes == ["NOTICE"]


@pytest.mark.parametrize("ban", ["*", "boss", "b?ss", "*s", "198.51.100.1", "198.51."])
def test_operators_cannot_ban_themselves(stage: Stage, boss: Actor, ban: str) -> None:
    outcome = boss.says(f"KLINE {ban} :oops")
    assert outcome.replies == [("FAIL", "KLINE", "COVERS_YOU", ban, "That would ban you as well, so nothing was done")]
    assert (outcome.events, stage.services.bans.all(), stage.services.asked) == ((), [], [])


def test_lifting_a_ban_is_noted(stage: Stage, boss: Actor) -> None:
    boss.says("KLINE eve")
    assert boss.says("KLINE eve").replies == [reply("FAIL KLINE BANNED_ALREADY eve :That is already banned")]
    outcome = boss.says("UNKLINE eve")
    assert outcome.replies == [reply("NOTICE boss :eve is no longer banned")]
    assert outcome.events == (Noted(NoteKind.UNBAN, ("eve", "boss")),)
    assert boss.says("UNKLINE eve").replies == [reply("FAIL UNKLINE NOT_BANNED eve :That is not banned")]
    assert stage.services.bans.all() == []


@pytest.mark.parametrize(("line", "code"), [("KLINE eve", "NOT_BANNED"), ("UNKLINE ann", "NOT_LIFTED")])
def test_a_change_that_cannot_be_saved_is_not_made(stage: Stage, boss: Actor, line: str, code: str) -> None:
    stage.services.bans.bans.append("ann")
    stage.services.bans.problem = "cannot save the bans in bans.json: No space left on device"
    outcome = boss.says(line)
    assert [answer[2:] for answer in outcome.replies] == [(code, line.split(" ")[1], stage.services.bans.problem)]
    assert outcome.events == ()


def test_nothing_is_banned_while_the_log_cannot_be_written(stage: Stage, boss: Actor) -> None:
    stage.services.is_log_writable = False
    assert boss.says("KLINE eve").codes == boss.says("UNKLINE eve").codes == ["400"]
    assert boss.says("KLINE").codes == ["219"]


@pytest.mark.parametrize("line", ["KLINE", "STATS k", "STATS Klines"])
def test_the_bans_are_listed(stage: Stage, boss: Actor, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    stage.services.bans.bans += ["eve", "10.0.0.0/8", "zoe"]
    monkeypatch.setattr(bans_module, "MAX_LISTED", 2)
    letter = line[6:7] or "k"
    assert boss.says(line).replies == [
        reply("216 K eve :is banned from this tracker"),
        reply("216 K 10.0.0.0/8 :is banned from this tracker"),
        reply(f"219 {letter} :End of STATS report: the first 2 of 3"),
    ]


def test_other_letters_of_stats_are_empty(stage: Stage) -> None:
    assert stage.actor("ann").says("STATS u").replies == [reply("219 u :End of STATS report")]


@pytest.mark.parametrize("line", ["KLINE", "KLINE ann", "KLINE ann :x", "UNKLINE ann", "STATS k"])
def test_only_irc_operators_see_and_change_bans(stage: Stage, line: str) -> None:
    stage.services.bans.bans.append("ann")
    outcome = stage.actor("eve").says(line)
    assert (outcome.codes, outcome.events, stage.services.asked) == (["481"], (), [])
    assert stage.services.bans.all() == ["ann"]
