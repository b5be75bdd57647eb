"""A man in the middle with his own certificate, who decrypts, reads, changes and encrypts again."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from chatcore.terminal.connecting.turned_away import KNOWS_NO_PASSWORD, NOT_ACCEPTED, NOT_AN_ANSWER, NOT_PROVEN
from chatcore.transport.tls_context import TlsIdentity
from tests.integration.mitm.learned import assert_learned_nothing
from tests.integration.mitm.relays import Change, ManInTheMiddle, running
from tests.integration.mitm.sasl_lines import changing, scram_line
from tests.integration.mitm.visitor import PASSWORD, Visitor
from tests.support.trackers import Hosted

_BINDING = "p=tls-server-end-point,,"


def _came_in(tracker: Hosted) -> bool:
    return any(line.startswith("connect") for line in tracker.log_lines())


def _assert_harmless(middle: ManInTheMiddle, tracker: Hosted) -> None:
    assert_learned_nothing(middle.from_client, PASSWORD, tracker.tracker.keys.login("*"))
    assert not _came_in(tracker)


def _flipped(text: str) -> str:
    """Return base64 with another first character."""
    return ("A" if text[0] != "A" else "B") + text[1:]


def test_mere_reencryption_is_detected(tracker: Hosted) -> None:
    with running(ManInTheMiddle(tracker.port)) as middle:
        assert Visitor(middle.port).turned_away() == NOT_ACCEPTED
    assert middle.from_client.count("AUTHENTICATE SCRAM-SHA-256-PLUS") == 1
    assert any("904" in line for line in middle.from_tracker), "the tracker itself refuses the proof"
    _assert_harmless(middle, tracker)


def test_the_trackers_own_key_is_accepted(tracker: Hosted) -> None:
    """Everything else here is refused because of the certificate, and not because of the relay."""
    with running(ManInTheMiddle(tracker.port, thief_of=tracker.tracker.tls_identity)) as middle:
        Visitor(middle.port).come_in().connection.close()
    assert _came_in(tracker)


def _claim_the_trackers_certificate(text: str, seen: TlsIdentity, real: TlsIdentity) -> str:
    def binding(of: TlsIdentity) -> str:
        return base64.b64encode(_BINDING.encode() + of.end_point).decode()

    return text.replace(binding(seen), binding(real))


def _claim_no_binding(text: str, seen: TlsIdentity, real: TlsIdentity) -> str:
    return f"c=biws,{text.partition(',')[2]}" if text.startswith("c=") else f"n,,{text.removeprefix(_BINDING)}"


def _change_the_proof(text: str, seen: TlsIdentity, real: TlsIdentity) -> str:
    head, proof, value = text.partition(",p=")
    return head + proof + _flipped(value) if proof else text


@pytest.mark.parametrize("change", [_claim_the_trackers_certificate, _claim_no_binding, _change_the_proof])
@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"])
def test_changed_proof_is_refused(
    tracker: Hosted, change: Callable[[str, TlsIdentity, TlsIdentity], str], mechanism: str
) -> None:
    changes: list[str] = []

    def change_text(text: str) -> str:
        changed = change(text, middle.identity, tracker.tracker.tls_identity)
        changes.extend([changed] if changed != text else [])
        return changed

    def to_tracker(line: str) -> list[str]:
        return changing(change_text)(line.replace("SCRAM-SHA-256-PLUS", mechanism))

    with running(ManInTheMiddle(tracker.port, to_tracker=to_tracker)) as middle:
        assert Visitor(middle.port).turned_away() == NOT_ACCEPTED
    assert changes, "no message was changed"
    _assert_harmless(middle, tracker)


def _claim_success(line: str) -> list[str]:
    return [line.replace("904", "903")]


def _claim_success_with_a_name(line: str) -> list[str]:
    return [":t 900 * *!*@* annabel :You are logged in", _claim_success(line)[0]] if " 904 " in line else [line]


def _welcome(line: str) -> list[str]:
    return [":t 001 annabel :Welcome to the chat"] if " 904 " in line else [line]


def _invent_a_signature(line: str) -> list[str]:
    return [scram_line("v=" + base64.b64encode(bytes(32)).decode())] if " 904 " in line else [line]


@pytest.mark.parametrize(
    ("to_client", "words"),
    [
        (_claim_success, NOT_PROVEN),
        (_claim_success_with_a_name, NOT_PROVEN),
        (_welcome, NOT_PROVEN),
        (_invent_a_signature, KNOWS_NO_PASSWORD),
        (changing(lambda text: text.replace("r=", "r=x")), NOT_AN_ANSWER),
        (changing(lambda text: text.replace(",s=", "x,s=")), NOT_ACCEPTED),
        (changing(lambda text: text.replace(",i=32768", ",i=4096")), NOT_ACCEPTED),
    ],
    ids=["yes", "yes, annabel", "welcome", "signature", "nonce", "longer nonce", "iterations"],
)
def test_changed_answer_is_not_believed(tracker: Hosted, to_client: Change, words: str) -> None:
    with running(ManInTheMiddle(tracker.port, to_client=to_client)) as middle:
        assert Visitor(middle.port).turned_away() == words
    _assert_harmless(middle, tracker)
