"""The outcome of a command, as data for a program."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chatcore.server.console.result import Result
from chatcore.server.console.table import CONSOLE_COMMANDS, carry_out
from chatcore.state.channel import Topic
from tests.support.dormant import dormant
from tests.support.trackers import Hosted


def _data(hosted: Hosted, line: str) -> Any:
    """Return the data of a command that is carried out."""
    result = carry_out(hosted.tracker, line)
    assert result.is_done
    return json.loads(json.dumps(result.data))


def test_active_lists_people(hosted: Hosted) -> None:
    assert _data(hosted, "active") == {"people": [], "ends_in_s": None}
    ann = hosted.client("ann", "#b", "#a")
    (row,) = _data(hosted, "active")["people"]
    assert (row["nick"], row["address"], row["rooms"]) == ("ann", ann.address, ["#a", "#b"])
    assert (row["tracker"], _data(hosted, "trackers")) == ("", {"trackers": [], "engine": None})
    assert row["since"].endswith("Z")
    assert row["idle_s"] >= 0


def test_rooms_lists_present_and_waiting_rooms(hosted: Hosted) -> None:
    hosted.tracker.registry.lay_down([dormant("#old", topic=Topic("tea", "ann!a@h", 5)), dormant("#Attic")])
    hosted.client("ann", "#zoo").command("TOPIC #zoo :\x1b")
    since = "1970-01-01T00:33:20.000Z"
    assert _data(hosted, "rooms") == {
        "rooms": [{"name": "#zoo", "members": 1, "topic": "\x1b"}],
        "waiting": [{"name": "#Attic", "since": since, "topic": ""}, {"name": "#old", "since": since, "topic": "tea"}],
    }
    assert _data(hosted, "forget Old") == {"room": "#old"}


def test_kick_and_ban_say_what_they_did(hosted: Hosted) -> None:
    hosted.client("ann")
    hosted.client("bob")
    assert _data(hosted, "kick ANN be nice") == {"nick": "ann"}
    assert _data(hosted, "ban B?B") == {"ban": "B?B", "disconnected": 1}
    assert _data(hosted, "bans") == {"bans": ["b?b"]}
    assert _data(hosted, "unban b?b") == {"unban": "b?b"}


def test_reload_and_fingerprint_show_the_certificate(hosted: Hosted) -> None:
    fingerprint = hosted.tracker.tls_identity.fingerprint
    assert _data(hosted, "reload") == {"certificate_sha256": fingerprint, "remarks": []}
    shown = _data(hosted, "fingerprint")
    assert shown["certificate_sha256"] == fingerprint
    assert shown["public_key_sha256"].replace(":", "") == hosted.tracker.tls_identity.key_fingerprint
    assert shown["valid_until"] > "2026"


def test_say_and_help_have_data(hosted: Hosted) -> None:
    assert _data(hosted, "say  tea ") == {"said": "tea"}
    assert [row["syntax"] for row in _data(hosted, "help")["commands"]] == [
        command.syntax for command in CONSOLE_COMMANDS.values()
    ]


def test_nothing_is_said_while_the_log_cannot_be_written(hosted: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = hosted.client("ann")
    with monkeypatch.context() as full:
        full.setattr(hosted.tracker.log, "is_writable", False)
        assert carry_out(hosted.tracker, "say no tea") == Result(
            problem="The log cannot be written, so nothing is said."
        )
    carry_out(hosted.tracker, "say tea")
    assert ann.receive_until("NOTICE").params == ("ann", "tea")


@pytest.mark.parametrize("line", ["fly", "kick", "kick nobody", "ban  ", "unban eve", "forget #room"])
def test_a_failed_command_has_only_a_problem(hosted: Hosted, line: str) -> None:
    result = carry_out(hosted.tracker, line)
    assert result == Result(problem=result.problem)
    assert not result.is_done
