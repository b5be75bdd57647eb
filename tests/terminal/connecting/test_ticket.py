"""Which servers may see a resume token."""

from __future__ import annotations

from chatcore.protocol.tracker_list import TrackerAddress
from chatcore.terminal.connecting.elsewhere import Place
from chatcore.terminal.connecting.ticket import Ticket, Whereabouts
from chatcore.transport.fingerprint import format_fingerprint

HOME = Place("a.example", 8000)
A, B, C = b"a's certificate", b"b's certificate", b"c's certificate"
TOLD = (TrackerAddress(("b.example:8000",), format_fingerprint(B)),)


def test_trackers_are_known_by_announced_certificates() -> None:
    whereabouts = Whereabouts(HOME)
    ticket = Ticket("ann", "token", A, elsewhere=whereabouts.elsewhere(TOLD, A))
    assert [whereabouts.is_known(certificate, ticket) for certificate in (A, B, C, None)] == [True, True, False, False]


def test_an_earlier_tracker_is_still_known() -> None:
    whereabouts = Whereabouts(HOME)
    whereabouts.is_known(A, Ticket("ann", "token", A))
    assert whereabouts.is_known(A, Ticket("ann", "token", B))


def test_unauthenticated_announcements_are_not_believed() -> None:
    assert Whereabouts(HOME, is_insecure=True).elsewhere(TOLD, A) == ()
    assert Whereabouts(HOME).elsewhere(TOLD, None) == ()
    assert Whereabouts(HOME).elsewhere(TOLD, A) == (Place("b.example", 8000, format_fingerprint(B)),)


def test_a_token_given_over_tls_is_not_shown_without_tls() -> None:
    assert Whereabouts(HOME, is_insecure=True).is_known(None, Ticket("ann", "token", None))
    assert not Whereabouts(HOME, is_insecure=True).is_known(None, Ticket("ann", "token", A))
