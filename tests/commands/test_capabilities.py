"""CAP: what is listed, granted and refused, before and after coming in."""

from __future__ import annotations

import pytest

from chatcore.protocol.capabilities import CAP_NOTIFY, MULTI_PREFIX, NEGOTIABLE, PASSWORD, SASL, SERVER_TIME
from chatcore.protocol.framing import MAX_BODY_BYTES
from chatcore.protocol.names import MAX_HOST_CHARS, MAX_NICK_BYTES
from chatcore.protocol.wrap import bytes_left
from chatcore.state.requests import CapabilitiesChanged
from tests.support.stage import Actor, Stage, reply


@pytest.fixture
def stranger() -> Actor:
    return Stage().stranger()


@pytest.mark.parametrize(("version", "has_values"), [("", False), ("301", False), ("302", True), ("x", False)])
def test_ls_includes_values_from_version_302(stranger: Actor, version: str, has_values: bool) -> None:
    outcome = stranger.says(f"CAP LS {version}")
    names = " ".join(line[-1] for line in outcome.replies).split()
    assert ("sasl=SCRAM-SHA-256,PLAIN" in names, "sasl" in names) == (has_values, not has_values)
    assert bool(stranger.client.capabilities & CAP_NOTIFY) == has_values
    assert stranger.ctx.registration.is_negotiating
    more = [len(line) == 5 and line[3] == "*" for line in outcome.replies]
    assert more == ([True] * (len(more) - 1) + [False] if has_values else [False])


def test_a_long_list_is_split_into_lines(stranger: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    planted = [f"planted-capability-{number}" for number in range(30)]
    for number, name in enumerate(planted, 60):
        monkeypatch.setitem(NEGOTIABLE, name, 1 << number)
    *lines, last = stranger.says("CAP LS 302").replies
    assert lines
    assert all(line[:4] == ("CAP", "*", "LS", "*") for line in lines)
    assert set(planted) <= set(" ".join(line[-1] for line in (*lines, last)).split())
    server = stranger.ctx.config.server_name
    assert all(len(f":{server} {' '.join(line[:-1])} :{line[-1]}") <= MAX_BODY_BYTES for line in lines)


def test_the_standard_capabilities_fit_into_one_line() -> None:
    """A client that asks without 302 gets one line, even with the longest nick and server name."""
    left = bytes_left("s" * MAX_HOST_CHARS, "CAP", "n" * MAX_NICK_BYTES, "LS")
    assert len(" ".join(name for name in NEGOTIABLE if "/" not in name)) <= left


def test_an_old_client_is_shown_only_the_drafts_that_fit(stranger: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        monkeypatch.setitem(NEGOTIABLE, f"draft/planted-capability-{number}", 1 << 60 + number)
    (line,) = stranger.says("CAP LS").replies
    assert len(f":{stranger.ctx.config.server_name} {' '.join(line[:-1])} :{line[-1]}") <= MAX_BODY_BYTES
    named = line[-1].split()
    assert {name for name in NEGOTIABLE if "/" not in name} <= set(named)
    assert 1 < sum("/" in name for name in named) < 30
    assert stranger.says("CAP REQ draft/planted-capability-29").replies[0][2] == "ACK"


def test_sts_is_listed_from_302_and_cannot_be_requested(stranger: Actor) -> None:
    """> Clients MUST NOT request this capability with `CAP REQ`. Servers MAY reply with a `CAP NAK` message"""
    assert not any("sts" in reply[-1] for reply in stranger.says("CAP LS 302").replies)
    stranger.ctx.sts = "port=6697"
    assert any("sts=port=6697" in reply[-1].split() for reply in stranger.says("CAP LS 302").replies)
    assert not any("sts" in reply[-1] for reply in stranger.says("CAP LS").replies)
    assert stranger.says("CAP REQ sts").replies == [("CAP", "*", "NAK", "sts")]
    assert not any("sts" in reply[-1] for reply in stranger.says("CAP LIST").replies)


def test_a_request_is_granted_whole_or_not_at_all(stranger: Actor) -> None:
    assert stranger.says("CAP REQ :server-time multi-prefix").replies == [
        reply("CAP * ACK :server-time multi-prefix"),
    ]
    assert stranger.client.capabilities == SERVER_TIME | MULTI_PREFIX
    assert stranger.says("CAP REQ :-server-time nonsense").replies == [reply("CAP * NAK :-server-time nonsense")]
    assert stranger.says("CAP REQ -server-time").replies == [("CAP", "*", "ACK", "-server-time")]
    assert stranger.says("CAP LIST").replies == [("CAP", "*", "LIST", "multi-prefix")]


def test_cap_notify_cannot_be_dropped_after_302(stranger: Actor) -> None:
    stranger.says("CAP LS 302")
    assert stranger.says("CAP REQ -cap-notify").replies == [("CAP", "*", "NAK", "-cap-notify")]


def test_registration_waits_for_cap_end() -> None:
    stage = Stage()
    stranger = stage.stranger()
    for line in ("CAP REQ sasl", "NICK ann", "USER ann 0 * :Ann"):
        stranger.says(line)
    assert not stranger.client.is_registered
    assert stranger.client.capabilities == SASL
    assert stranger.says("CAP END").codes[0] == "001"
    assert stranger.says("CAP END")[:2] == ([], ())


def test_a_registered_client_changes_capabilities_through_the_stream() -> None:
    ann = Stage().actor("ann")
    outcome = ann.says("CAP REQ :server-time")
    assert outcome.replies == [("CAP", "ann", "ACK", "server-time")]
    assert outcome.events == (CapabilitiesChanged(ann.client.id, SERVER_TIME),)
    assert ann.says("CAP REQ :nonsense").events == ()


@pytest.mark.parametrize("subcommand", ["ACK", "x", ":"])
def test_unknown_subcommands_are_refused(stranger: Actor, subcommand: str) -> None:
    assert stranger.says(f"CAP {subcommand}").codes == ["410"]


def test_a_required_password_is_listed_until_it_is_given(stranger: Actor) -> None:
    assert not any(PASSWORD in reply[-1] for reply in stranger.says("CAP LS 302").replies)
    stranger._stage.services.keys.password = "secret"
    assert any(f"{PASSWORD}=required" in reply[-1].split() for reply in stranger.says("CAP LS 302").replies)
    stranger.says("PASS secret")
    assert not any(PASSWORD in reply[-1] for reply in stranger.says("CAP LS 302").replies)
