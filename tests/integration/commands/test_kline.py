"""KLINE, UNKLINE and STATS k: bans of the whole tracker. RPL_STATSKLINE (216) and RPL_ENDOFSTATS (219) list them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.irc import IrcClient, commands, one, only
from tests.support.operators import hashed
from tests.support.trackers import Hosted, hosted_tracker


@pytest.fixture
def operated(tmp_path: Path) -> Iterator[Hosted]:
    """A tracker with a configured operator."""
    with hosted_tracker(tmp_path, operators={"root": hashed("s3cret")}) as hosted:
        yield hosted


@pytest.fixture
def oper(operated: Hosted) -> IrcClient:
    """A client that is an operator."""
    client = operated.client("oscar", caps="standard-replies")
    client.command("OPER root s3cret")
    return client


def test_kline_disconnects_and_keeps_out_until_unkline(operated: Hosted, oper: IrcClient, tmp_path: Path) -> None:
    eve = operated.client("eve", "#room")
    assert one(oper.command("KLINE EVE being rude"), "NOTICE").params == ("oscar", "EVE is banned; 1 disconnected")
    assert "Banned (oscar (being rude))" in eve.receive_until("ERROR").params[-1]
    assert [line.split(" ")[0] for line in operated.log_lines()[-2:]] == ["ban", "quit"]
    assert operated.log_lines()[-2] == "ban EVE oscar :being rude"
    assert json.loads((tmp_path / "state" / "bans.json").read_text()) == ["eve"]
    again = operated.connect()
    again.send("NICK eve")
    assert again.receive_until("432").params[1:] == ("eve", "You are banned from this tracker")
    assert [m.params[1:] for m in only(oper.command("STATS k"), "216")] == [("K", "eve", "is banned from this tracker")]
    assert commands(oper.command("KLINE")) == ["216", "219"]
    assert one(oper.command("UNKLINE Eve"), "NOTICE").params[-1] == "Eve is no longer banned"
    assert operated.log_lines()[-1] == "unban Eve oscar"
    assert operated.client("eve").nick == "eve"


@pytest.mark.thorough
@pytest.mark.parametrize("ban", ["*", "oscar", "127.0.0.1", "127.0.0.0/8", "0.0.0.0/0"])
def test_operators_cannot_ban_themselves(operated: Hosted, oper: IrcClient, ban: str) -> None:
    assert one(oper.command(f"KLINE {ban}"), "FAIL").params[:3] == ("KLINE", "COVERS_YOU", ban)
    assert commands(oper.command("KLINE")) == ["219"]


@pytest.mark.parametrize("ban", ["192.168.1.*", "eve!*@*", "1.2.3.4.5"])
def test_invalid_bans_are_refused(operated: Hosted, oper: IrcClient, ban: str) -> None:
    refused = one(oper.command(f"KLINE {ban}"), "FAIL")
    assert refused.params[:3] == ("KLINE", "NOT_BANNED", ban)
    assert refused.params[-1] == f"{ban} is not a username, address or network, so nobody was banned"


def test_others_may_not_ban(operated: Hosted) -> None:
    alice = operated.client("alice")
    assert commands(alice.command("KLINE bob", "UNKLINE bob", "STATS k", "STATS u")) == ["481", "481", "481", "219"]
