"""Tab completion at the console."""

from __future__ import annotations

import pytest

from chatcore.server.console.completion import candidates
from chatcore.server.console.table import CONSOLE_COMMANDS
from tests.support.dormant import dormant
from tests.support.trackers import Hosted, hosted_tracker


@pytest.mark.parametrize(
    ("before", "offered"),
    [
        ("k", ["kick "]),
        ("BA", ["ban ", "bans"]),
        ("  act", ["active"]),
        ("zz", []),
        ("kick ", ["ann ", "Anna ", "bob "]),
        ("kick AN", ["ann ", "Anna "]),
        ("kick ann ", []),
        ("ban b", ["bob "]),
        ("unban ", ["10.0.0.0/8 ", "eve "]),
        ("forget #", ["#old "]),
        ("exit ", ["--restart "]),
        ("exit --restart ", []),
        ("invite #", ["#room "]),
        ("invite #room --", ["--hours ", "--uses "]),
        ("say a", []),
        ("nothing a", []),
    ],
)
def test_only_fitting_words_are_offered(hosted: Hosted, before: str, offered: list[str]) -> None:
    for nick in ("bob", "Anna", "ann"):
        hosted.client(nick, "#room")
    hosted.tracker.bans.add("eve")
    hosted.tracker.bans.add("10.0.0.0/8")
    hosted.tracker.registry.lay_down([dormant("#old")])
    assert candidates(hosted.tracker, before) == offered


def test_every_command_is_offered(hosted: Hosted) -> None:
    assert {word.strip() for word in candidates(hosted.tracker, "")} == CONSOLE_COMMANDS.keys()


def test_only_valid_invitations_are_offered_for_revocation(tmp_path_factory: pytest.TempPathFactory) -> None:
    with hosted_tracker(tmp_path_factory.mktemp("chat"), "secret") as hosted:
        over, *_ = hosted.tracker.invitations.make("", "", 1, 1)
        issued, *_ = hosted.tracker.invitations.make("", "", 1, 1)
        hosted.tracker.invitations.revoke(over.id)
        assert "revoke " in candidates(hosted.tracker, "invite re")
        assert f"{issued.id} " in candidates(hosted.tracker, "invite revoke ")
        assert f"{over.id} " not in candidates(hosted.tracker, "invite revoke ")
        hosted.tracker.invitations.make("ann", "", 1, 1)
        assert candidates(hosted.tracker, "invite revoke --by ") == ["ann "]
