"""What is restored of a resumed visit, and how the credentials of its account are recognized."""

from __future__ import annotations

from chatcore.state.client import Client
from chatcore.state.credentials import Credentials
from chatcore.state.credit import Credit
from chatcore.state.kept_visit import KeptVisit, kept, proof_of

_LOGIN = Credentials("Ann", b"salt", b"stored", b"server", 4096, "id")


def test_everything_is_kept_but_operator_status() -> None:
    client = Client(7, "192.0.2.1", 4711, Credit(1))
    client.user, client.realname, client.visit = "user", "Real", "3.7"
    client.name("ann")
    client.away, client.modes, client.login = "tea", frozenset("wio"), _LOGIN
    wanted = KeptVisit("3.7", "ann", "user", "Real", "192.0.2.1", "Ann", proof_of(_LOGIN), "tea", "iw")
    assert kept(client) == wanted
    assert kept(client, "anna") == wanted._replace(nick="anna")


def test_a_proof_identifies_one_account_with_one_password() -> None:
    others = (
        _LOGIN._replace(salt=b"other"),
        _LOGIN._replace(stored_key=b"other"),
        _LOGIN._replace(account_id="other"),
        None,
    )
    proofs = {proof_of(login) for login in (_LOGIN, *others)}
    assert len(proofs) == 5
    assert "stored" not in proof_of(_LOGIN)
