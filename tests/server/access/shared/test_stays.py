"""The rows that hold resumable visits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatcore.server.access.shared.stays import OFFERED_S, Offer, Stay, Stays, one_too_many, stay_of
from chatcore.state.kept_visit import KeptVisit, Seat
from tests.support.generated import PROPERTY

_TEXTS = st.text(max_size=5)
_KEPT = st.builds(
    KeptVisit, _TEXTS, _TEXTS, _TEXTS, _TEXTS, _TEXTS, st.none() | _TEXTS, _TEXTS, st.none() | _TEXTS, _TEXTS
)
_STAYS = st.builds(
    Stay,
    st.integers(0, 1 << 60),
    _TEXTS,
    st.none() | st.builds(Offer, st.integers(0, 1 << 60), _TEXTS, st.floats(0, 1e12)),
    st.none() | _KEPT,
    st.floats(0, 1e12),
    st.lists(st.builds(Seat, _TEXTS, st.integers(0, 1 << 60), st.booleans()), max_size=3).map(tuple),
)


def _lost(visit: str, host: str, at: float) -> tuple[str, Stay]:
    return visit, Stay(1, f"digest of {visit}", kept=KeptVisit(visit, "ann", "u", "r", host), lost_at=at)


@PROPERTY
@given(_STAYS)
def test_a_stay_survives_a_round_trip_through_its_row(stay: Stay) -> None:
    assert stay_of(stay.written()) == stay


def test_a_replaced_or_ended_token_is_used_up() -> None:
    stays = Stays()
    assert stays.set("1.1", Stay(1, "first")) == ""
    assert stays.set("1.1", Stay(1, "first", Offer(2, "second", 0.0))) == ""
    assert (stays.visit_of("first"), stays.visit_of("second")) == ("1.1", None)
    assert stays.set("1.1", Stay(2, "second")) == "first"
    assert (stays.visit_of("first"), stays.visit_of("second")) == (None, "1.1")
    assert stays.set("1.1", None) == "second"
    assert (stays.visit_of("second"), stays.get("1.1")) == (None, None)
    assert stays.set("1.1", None) == ""


def test_lost_stays_have_one_order_however_they_arrived() -> None:
    pairs = [_lost("1.3", "192.0.2.1", 1.0), _lost("1.1", "192.0.2.1", 2.0), _lost("1.2", "192.0.2.1", 2.0)]
    stays, others = Stays(), Stays()
    for pair, other in zip(pairs, reversed(pairs), strict=True):
        stays.set(*pair)
        others.set(*other)
    assert stays.lost() == others.lost() == pairs
    assert stays.count_lost() == 3
    stays.set("1.1", Stay(3))
    assert [visit for visit, _ in stays.lost()] == ["1.3", "1.2"]


def test_the_address_with_most_lost_stays_yields() -> None:
    lost = [_lost("1.1", "192.0.2.9", 1.0), _lost("1.2", "192.0.2.1", 2.0), _lost("1.3", "192.0.2.1", 3.0)]
    assert one_too_many(lost) == lost[1]
    assert one_too_many(lost[:2]) == one_too_many(lost[:2][::-1]) == lost[0], (
        "all trackers must break a tie the same way"
    )


def test_an_unused_offer_becomes_stale() -> None:
    stays = Stays()
    stays.set("1.1", Stay(offer=Offer(1, "d", 100.0)))
    stays.set("1.2", Stay(5, "e", Offer(2, "f", 100.0)))
    assert stays.stale(100.0 + OFFERED_S - 1) == []
    assert stays.stale(100.0 + OFFERED_S) == ["1.1"]
    stays.set("1.1", Stay(1, "d"))
    assert stays.stale(100.0 + OFFERED_S) == []


def test_a_visit_is_offered_to_one_client_at_a_time() -> None:
    stay = Stay(5, "e", Offer(2, "f", 100.0))
    assert [stay.is_offered(client, 100.0 + OFFERED_S - 1) for client in (2, 3)] == [False, True]
    assert not stay.is_offered(3, 100.0 + OFFERED_S)
    assert [stay.is_of(client) for client in (2, 3, 5)] == [True, False, True]
    assert (Stay().is_of(1), Stay().is_offered(1, 0.0), Stay().block) == (False, False, "")
