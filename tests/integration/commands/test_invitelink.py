"""INVITELINK: a link by which others get in, made by accounts that may."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatcore.protocol.invitations import parse_link
from chatcore.state.credentials import Right
from tests.support.irc import IrcClient, one, only
from tests.support.sasl import negotiate, plain
from tests.support.trackers import Hosted, hosted_tracker

PASSWORD = "tea"


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Hosted]:
    """A tracker with a password, and with an account."""
    with hosted_tracker(tmp_path, PASSWORD) as hosted:
        hosted.tracker.keys.accounts.add("dora", "her own")
        yield hosted


@pytest.fixture
def dora(guarded: Hosted) -> IrcClient:
    dora = guarded.connect()
    negotiate(dora, "dora")
    plain(dora, "dora", "her own")
    dora.command("CAP END")
    return dora


def test_a_privileged_account_makes_a_working_link(guarded: Hosted, dora: IrcClient) -> None:
    dora.join("#dev")
    assert one(dora.command("INVITELINK #dev"), "FAIL").params[1] == "NO_PRIVILEGES"
    guarded.tracker.keys.accounts.allow("dora", Right.INVITE)
    words, text = (message.params[1] for message in only(dora.command("INVITELINK #dev"), "NOTICE"))
    link = parse_link(text)
    assert (link.host, link.port, link.room) == ("127.0.0.1", guarded.port, "#dev")
    assert link.invitation is not None
    assert words.startswith("20 people can come in by this link until 20")
    guarded.client("ann", password=link.invitation.text)
    lines = guarded.log_lines()
    assert [line for line in lines if line.startswith("invitation-made #dev dora :")] != []
    assert link.invitation.secret not in guarded.log_text()


@pytest.mark.thorough
def test_the_answer_carries_the_label(guarded: Hosted, dora: IrcClient) -> None:
    guarded.tracker.keys.accounts.allow("dora", Right.INVITE)
    dora.command("CAP REQ :standard-replies labeled-response message-tags batch")
    told = one(dora.command("@label=7 INVITELINK"), "NOTE")
    assert told.tags["label"] == "7"
    assert told.params[:2] == ("INVITELINK", "INVITATION")


def test_invitelink_needs_registration(guarded: Hosted) -> None:
    assert one(guarded.connect().command("INVITELINK"), "451")
