"""Logging in by ssh with a name, and a password or a key. The ssh protocol, with its signatures, is `ssh_door`'s.

A client that is let in has proven what registration requires, and may be logged in to an account. Registration still
checks everything else (bans, a nick's owner). Runs in the client's own thread, which may wait here for its turn to
guess or while an answer is held back; functions that wait raise Leave and StreamClosed.
"""

from __future__ import annotations

from typing import NamedTuple

from chatcore.commands.entry_checks import WRONG_PASSWORD, Proof, check_login
from chatcore.commands.refusals import ACCOUNTS_REFUSAL, invitation_reason
from chatcore.errors import AccountsUnavailable
from chatcore.protocol.names import nick_problem
from chatcore.protocol.public_keys import fingerprint
from chatcore.server.access.passwords import MAX_ACCOUNT_PASSWORD_BYTES
from chatcore.server.incoming.arrival import Arrival, UsedKey
from chatcore.server.incoming.gate import Gate
from chatcore.state.notes import LoginProblem, logged_in_by_key, login_refused

KEY_UNKNOWN = "That key is not one of the account's"
_NO_PASSWORD = "\0"  # no password can be this


class Answer(NamedTuple):
    """Whether a client is let in; if not, why, in words for a person."""

    lets_in: bool
    words: str = ""


_YES = Answer(lets_in=True)


def needs_proof(gate: Gate, name: str) -> bool:
    """Return whether a client with this name has to prove anything: always if the name is an account's."""
    try:
        return gate.services.keys.needs_password or gate.services.keys.account(name) is not None
    except AccountsUnavailable:
        return True


def without_proof(gate: Gate, arrival: Arrival) -> None:
    """Let in a client that needs no proof. It has time to choose a name, but does not count as present meanwhile."""
    arrival.set_deadline(gate.config.limits.nick_choice_timeout_s, "No username chosen in time")


def by_password(gate: Gate, arrival: Arrival, name: str, password: str) -> Answer:
    """Try a password: the server's, an invitation, or that of the account `name`, which it logs in to.

    A refusal is logged, and its answer held back, before this returns. An empty password is not a guess; without a
    server password it lets the client in, but not into the account.
    """
    if not needs_proof(gate, name) or not (password or gate.services.keys.needs_password):
        without_proof(gate, arrival)
        return _YES
    if len(password.encode(errors="surrogatepass")) > MAX_ACCOUNT_PASSWORD_BYTES:
        password = _NO_PASSWORD  # a longer one would be slow to hash
    try:
        proof = check_login(gate.services, arrival.client, name, password)
    except AccountsUnavailable:
        return Answer(lets_in=False, words=ACCOUNTS_REFUSAL)
    if not proof.lets_in:
        return _refused(gate, arrival, name, proof)
    arrival.client.login = proof.login
    return _YES


def knows_key(gate: Gate, name: str, blob: bytes) -> bool:
    """Return whether a signature by this public key, in ssh's encoding, would log in to the account `name`.

    This does not count as a guess: clients offer every key they have.
    """
    try:
        return gate.services.keys.account_by_key(name, blob) is not None
    except AccountsUnavailable:
        return False


def by_key(gate: Gate, arrival: Arrival, name: str, blob: bytes) -> Answer:
    """Log the client in to the account `name`. It has signed with this key, and the signature has been verified.

    The log records which key it was.
    """
    try:
        found = gate.services.keys.account_by_key(name, blob)
    except AccountsUnavailable:
        return Answer(lets_in=False, words=ACCOUNTS_REFUSAL)
    if found is None:
        return Answer(lets_in=False, words=KEY_UNKNOWN)
    arrival.client.login, arrival.key = found, UsedKey(found.account_id, blob)
    gate.publish(logged_in_by_key(found.account or "", arrival.client.address, fingerprint(blob)))
    gate.services.note_proven(arrival.client)
    return _YES


def _refused(gate: Gate, arrival: Arrival, name: str, proof: Proof) -> Answer:
    """Log a refusal, hold the answer back, and return it."""
    client, verdict = arrival.client, proof.verdict
    if proof.refusal:
        problem, reason = LoginProblem.INVITATION, invitation_reason(proof.invitation, proof.refusal)
    else:
        client.credit.pause(verdict.hold_s)
        problem, reason = LoginProblem.PASSWORD, verdict.noted(WRONG_PASSWORD.lower())
    nick = "*" if nick_problem(name, gate.config.max_name_length) else name
    gate.publish(login_refused(problem, nick, client.address, f"ssh: {reason}"))
    return Answer(lets_in=False, words=proof.refusal or verdict.refusal or WRONG_PASSWORD)
