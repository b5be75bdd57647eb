"""A man in the middle who hides the mechanism that proves the password without revealing it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from chatcore.terminal.connecting.turned_away import NO_SAFE_WAY
from tests.integration.mitm.learned import assert_learned_nothing
from tests.integration.mitm.relays import ManInTheMiddle, running
from tests.integration.mitm.sasl_lines import scram_text
from tests.integration.mitm.visitor import PASSWORD, Visitor
from tests.support.trackers import Hosted


def _offering(sasl: str) -> Callable[[str], list[str]]:
    return lambda line: [re.sub(r"sasl=\S+", sasl, line)]


@pytest.mark.parametrize("has_key", [False, True], ids=["own certificate", "stolen key"])
@pytest.mark.parametrize(
    "to_client",
    [
        lambda line: [line.replace("SCRAM-SHA-256-PLUS,", "")],
        _offering("sasl=PLAIN"),
        _offering("sasl=SCRAM-SHA-256"),
        _offering("sasl=EXTERNAL,scram-sha-256-plus-but-not-really"),
        _offering("sasl="),
        _offering("sasl"),
        _offering(""),
        lambda line: [":t CAP * LS :"] if " LS " in line else [line],
        lambda line: [":t CAP * LS"] if " LS " in line else [line],
        lambda line: [":t 421 * CAP :Unknown command"] if " LS " in line else [line],
        lambda line: [":t 451 * :You have not registered"] if " LS " in line else [line],
    ],
    ids=["no PLUS", "PLAIN", "SCRAM", "others", "none", "no list", "no sasl", "nothing", "no words", "421", "451"],
)
def test_client_stops_when_the_safe_mechanism_is_hidden(
    tracker: Hosted, to_client: Callable[[str], list[str]], has_key: bool
) -> None:
    thief_of = tracker.tracker.tls_identity if has_key else None
    with running(ManInTheMiddle(tracker.port, to_client=to_client, thief_of=thief_of)) as middle:
        visitor = Visitor(middle.port)
        assert visitor.turned_away() == NO_SAFE_WAY
    assert visitor.screen.secrets == [], "the client must not ask for the password"
    assert middle.from_client == ["CAP LS 302"]


@pytest.mark.parametrize(
    "to_client",
    [
        lambda line: [re.sub(r"ACK.*", "NAK :sasl", line)],
        lambda line: [":t 908 * PLAIN :are the mechanisms", ":t 904 * :no"] if "AUTHENTICATE" in line else [line],
        lambda line: [":t 904 * :no"] if "AUTHENTICATE" in line else [line],
        lambda line: [":t 904"] if "AUTHENTICATE" in line else [line],
        lambda line: [":t 906 * :no"] if "AUTHENTICATE" in line else [line],
    ],
    ids=["NAK", "908", "904", "bare 904", "906"],
)
def test_client_stops_when_the_safe_mechanism_is_refused(
    tracker: Hosted, to_client: Callable[[str], list[str]]
) -> None:
    with running(ManInTheMiddle(tracker.port, to_client=to_client)) as middle:
        assert Visitor(middle.port).turned_away() == NO_SAFE_WAY
    assert [text for line in middle.from_client if ",p=" in (text := scram_text(line))] == [], "no proof was sent"
    assert_learned_nothing(middle.from_client, PASSWORD, tracker.tracker.keys.login("*"))
