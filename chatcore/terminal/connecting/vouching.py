"""What to tell a person about a tracker's certificate: whether it is proven, and whether it has changed. Pure."""

from __future__ import annotations

from chatcore.terminal.recent import Visited
from chatcore.terminal.session.effects import Caution, Item, Told
from chatcore.transport.fingerprint import in_pairs

_NOT_AUTHENTICATED = (
    "without a password nothing is authenticated: the connection is encrypted, but somebody may be intercepting it. "
    "Compare the fingerprint of its certificate with the one that the tracker shows: {fingerprint}"
)
_OTHER = (
    "ANOTHER CERTIFICATE than the last time you were here. Without a password nothing shows that this is the same "
    "tracker: somebody may be intercepting the connection. Compare its fingerprint with the one that the tracker "
    "shows: {fingerprint}"
)
_OTHER_BUT_PROVEN = "the tracker has another certificate than last time; it has proven that it knows the password"
_THE_SAME = "without a password nothing is authenticated, but the certificate is the same as last time"
_IN_THE_CLEAR = (
    "--insecure: this connection is NOT encrypted. Anybody along the way can read the password and every message, and "
    "change them"
)
_WITH_ANYBODY = (
    "--insecure: this connection is encrypted, but not authenticated. The password is sent in readable form to "
    "whatever server answers, be it the tracker or somebody intercepting the connection"
)
_WRONG_TOO_OFTEN = "the password was not accepted {attempts} times"
_IF_IT_WAS_RIGHT = (
    ". If it was right, somebody may be intercepting the connection: then the tracker shows another fingerprint of its "
    "certificate than {fingerprint}"
)


def told_if_insecure(certificate: bytes | None) -> Item:
    """Return the warning about an insecure connection."""
    return Caution(_IN_THE_CLEAR if certificate is None else _WITH_ANYBODY)


def wrong_too_often(attempts: int, fingerprint: str) -> str:
    """Return the message for a password refused too often. A fingerprint of '' means that there was no certificate."""
    hint = _IF_IT_WAS_RIGHT.format(fingerprint=in_pairs(fingerprint)) if fingerprint else ""
    return _WRONG_TOO_OFTEN.format(attempts=attempts) + hint


def told_without_proof(known: Visited | None, fingerprint: str) -> Item:
    """Return what to say about a certificate that no password has proven."""
    if _is_another(known, fingerprint):
        return Caution(_OTHER.format(fingerprint=in_pairs(fingerprint)))
    if known is not None and known.fingerprint:
        return Told(_THE_SAME)
    return Caution(_NOT_AUTHENTICATED.format(fingerprint=in_pairs(fingerprint)))


def told_with_proof(known: Visited | None, fingerprint: str) -> list[Item]:
    """Return what to say about a certificate that a password has proven."""
    return [Told(_OTHER_BUT_PROVEN)] if _is_another(known, fingerprint) else []


def _is_another(known: Visited | None, fingerprint: str) -> bool:
    return known is not None and known.fingerprint not in ("", fingerprint)
