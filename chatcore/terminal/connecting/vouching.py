"""What is told of a tracker's certificate: who vouches for it, and whether it is that of the last time. Pure."""

from __future__ import annotations

from chatcore.terminal.recent import Visited
from chatcore.terminal.session.effects import Caution, Item, Told
from chatcore.transport.certificate import in_pairs

_NOT_AUTHENTICATED = (
    "without a password nothing is authenticated: the connection is encrypted, but it may lead to somebody in between. "
    "It leads to the tracker if that shows the same fingerprint of its certificate: {fingerprint}"
)
_OTHER = (
    "ANOTHER CERTIFICATE than the last time you were here. Without a password nothing shows that this is the same "
    "tracker: somebody may be in between. It is the tracker if that shows this fingerprint: {fingerprint}"
)
_OTHER_BUT_PROVEN = "the tracker has another certificate than last time; it has proven that it knows the password"
_THE_SAME = "without a password nothing is authenticated, but the certificate is the same as last time"


def told_without_proof(known: Visited | None, fingerprint: str) -> Item:
    """Return what to say where no password vouches for a certificate."""
    if _is_another(known, fingerprint):
        return Caution(_OTHER.format(fingerprint=in_pairs(fingerprint)))
    if known is not None and known.fingerprint:
        return Told(_THE_SAME)
    return Caution(_NOT_AUTHENTICATED.format(fingerprint=in_pairs(fingerprint)))


def told_with_proof(known: Visited | None, fingerprint: str) -> list[Item]:
    """Return what to say where one does."""
    return [Told(_OTHER_BUT_PROVEN)] if _is_another(known, fingerprint) else []


def _is_another(known: Visited | None, fingerprint: str) -> bool:
    return known is not None and known.fingerprint not in ("", fingerprint)
