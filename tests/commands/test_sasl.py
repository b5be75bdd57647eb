"""AUTHENTICATE: mechanisms, parts, aborting, and what a login comes to. With real clients: tests/integration."""

from __future__ import annotations

import base64

import pytest

from chatcore.config import Limits
from chatcore.protocol.sasl import CHUNK_CHARS
from chatcore.state.facts import AccountChanged
from chatcore.state.notes import Noted, NoteKind
from tests.support.stage import Actor, Stage


def _plain(name: str, password: str, authzid: str = "") -> str:
    return base64.b64encode(f"{authzid}\0{name}\0{password}".encode()).decode()


@pytest.fixture
def stage() -> Stage:
    stage = Stage(limits=Limits(max_failed_logins=2))
    stage.services.keys.password = "tea"
    stage.services.keys.accounts["dora"] = "secret"
    return stage


@pytest.fixture
def stranger(stage: Stage) -> Actor:
    stranger = stage.stranger()
    stranger.says("CAP REQ sasl")
    return stranger


@pytest.mark.parametrize(
    ("name", "password", "codes", "account"),
    [
        ("dora", "secret", ["900", "903"], "dora"),
        ("dora", "wrong", ["904"], None),
        ("*", "tea", ["903"], None),
        ("anybody", "tea", ["903"], None),
        ("dora", "tea", ["904"], None),
    ],
)
def test_plain_proves_an_account_or_the_server_password(
    stranger: Actor, name: str, password: str, codes: list[str], account: str | None
) -> None:
    assert stranger.says("AUTHENTICATE plain").replies == [("AUTHENTICATE", "+")]
    outcome = stranger.says(f"AUTHENTICATE {_plain(name, password)}")
    assert outcome.codes == codes
    assert stranger.client.account == account
    assert stranger.ctx.registration.is_proven == (codes != ["904"])
    reason = f"SASL: wrong password for {name}"
    note = Noted(NoteKind.REFUSED, ("*", stranger.client.address), reason)
    assert outcome.events == ((note,) if codes == ["904"] else ())


@pytest.mark.parametrize("message", ["AA==", "!", _plain("dora", ""), _plain("dora", "secret", "alice"), "/w=="])
def test_what_is_no_login_is_a_failure(stranger: Actor, message: str) -> None:
    stranger.says("AUTHENTICATE PLAIN")
    assert stranger.says(f"AUTHENTICATE {message}").codes == ["904"]
    assert stranger.says("AUTHENTICATE PLAIN").replies == [("AUTHENTICATE", "+")], "one may try again"


def test_too_many_failures_end_the_visit(stranger: Actor) -> None:
    for reason in (None, "Too many failed logins"):
        stranger.says("AUTHENTICATE PLAIN")
        assert stranger.says(f"AUTHENTICATE {_plain('dora', 'wrong')}").end_reason == reason


def test_mechanisms_are_named_to_who_asks_for_another(stranger: Actor) -> None:
    assert stranger.says("AUTHENTICATE X").replies[0][:2] == ("908", "SCRAM-SHA-256,PLAIN")
    stranger.ctx.channel_binding = b"end point"
    assert stranger.says("AUTHENTICATE X").replies[0][:2] == ("908", "SCRAM-SHA-256-PLUS,SCRAM-SHA-256,PLAIN")


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"])
def test_an_exchange_is_aborted_by_its_client(stranger: Actor, mechanism: str) -> None:
    stranger.ctx.channel_binding = b"end point"
    assert stranger.says(f"AUTHENTICATE {mechanism}").codes == ["AUTHENTICATE"]
    assert stranger.says("AUTHENTICATE *").codes == ["906"]
    assert stranger.ctx.registration.sasl is None


def test_without_the_capability_there_is_none(stage: Stage) -> None:
    assert stage.stranger().says("AUTHENTICATE PLAIN").codes == ["904"]


def test_a_message_comes_in_parts_and_is_bounded(stranger: Actor) -> None:
    whole = _plain("dora", "x" * 400)
    stranger.says("AUTHENTICATE PLAIN")
    assert stranger.says(f"AUTHENTICATE {whole[:CHUNK_CHARS]}").replies == []
    assert stranger.says(f"AUTHENTICATE {whole[CHUNK_CHARS:]}").codes == ["904"]
    stranger.says("AUTHENTICATE PLAIN")
    assert stranger.says(f"AUTHENTICATE {'A' * (CHUNK_CHARS + 1)}").codes == ["905"]
    stranger.says("AUTHENTICATE PLAIN")
    codes = [stranger.says(f"AUTHENTICATE {'A' * CHUNK_CHARS}").codes for _ in range(10)]
    assert codes == [*[[]] * 9, ["904"]]


def test_who_is_in_and_logs_in_is_told_of(stage: Stage) -> None:
    stage.services.keys.password = ""
    ann = stage.actor("ann", caps="sasl")
    ann.says("AUTHENTICATE PLAIN")
    outcome = ann.says(f"AUTHENTICATE {_plain('dora', 'secret')}")
    assert outcome.events == (AccountChanged(ann.client.id, "dora", "id-of-dora"),)
    assert outcome.codes == ["900", "903"]
    stage.services.is_log_writable = False
    assert ann.says("AUTHENTICATE PLAIN").codes == ["904"]


def test_accounts_that_cannot_be_read_are_no_failure(stage: Stage, stranger: Actor) -> None:
    stage.services.keys.is_unavailable = True
    stranger.says("AUTHENTICATE PLAIN")
    outcome = stranger.says(f"AUTHENTICATE {_plain('dora', 'secret')}")
    assert (outcome.codes, outcome.events) == (["400", "904"], ())
    assert stranger.ctx.registration.failed_logins == 0
    for line in ("NICK dora", "USER d 0 * :Dora"):
        stranger.says(line)
    assert stranger.says("CAP END").end_reason == "Accounts cannot be read just now, try again in a moment"


def test_cap_end_ends_an_exchange_that_the_client_forgot(stage: Stage, stranger: Actor) -> None:
    stranger.says("PASS tea")
    for line in ("AUTHENTICATE PLAIN", "NICK ann", "USER ann 0 * :Ann"):
        stranger.says(line)
    assert stranger.says("CAP END").codes[:2] == ["906", "001"]
