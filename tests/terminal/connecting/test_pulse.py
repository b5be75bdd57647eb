"""Whether the other side is still alive: when it is pinged, and when it counts as dead."""

from chatcore.terminal.connecting.awake import Awake
from chatcore.terminal.connecting.pulse import ANSWER_S, QUIET_S, SAID_S, Pulse, Sign
from tests.support.sleeping import Clocks

MOST_S = 30


def _signs(pulse: Pulse, clocks: Clocks, seconds: int) -> list[Sign]:
    signs = []
    for _ in range(seconds):
        clocks.go(1.0)
        signs.append(pulse.feel())
    return signs


def test_a_dead_network_is_noticed_within_half_a_minute() -> None:
    clocks = Clocks()
    signs = _signs(Pulse(Awake(*clocks.both)), clocks, MOST_S)
    assert signs.index(Sign.ASK) == QUIET_S - 1
    assert signs.index(Sign.DEAD) == QUIET_S + ANSWER_S - 1 < MOST_S - 2  # each may come a second later
    assert signs.count(Sign.ASK) == 1


def test_an_active_peer_is_not_pinged() -> None:
    clocks = Clocks()
    pulse = Pulse(Awake(*clocks.both))
    for _ in range(20):
        assert set(_signs(pulse, clocks, 10)) == {Sign.FINE}
        pulse.hear()


def test_an_answering_peer_is_pinged_again_later() -> None:
    clocks = Clocks()
    pulse = Pulse(Awake(*clocks.both))
    for _ in range(5):
        assert _signs(pulse, clocks, 20).count(Sign.ASK) == 1
        pulse.hear()


def test_after_a_sleep_a_ping_goes_out_at_once() -> None:
    clocks = Clocks()
    pulse = Pulse(Awake(*clocks.both))
    clocks.sleep(7200)
    assert pulse.feel() is Sign.ASK
    signs = _signs(pulse, clocks, MOST_S)
    assert signs.index(Sign.DEAD) == ANSWER_S - 1


def test_an_unanswered_ping_from_before_a_sleep_does_not_count() -> None:
    clocks = Clocks()
    pulse = Pulse(Awake(*clocks.both))
    assert _signs(pulse, clocks, 20)[-1] is Sign.FINE
    clocks.sleep(7200)
    assert pulse.feel() is Sign.ASK
    pulse.hear()
    assert _signs(pulse, clocks, 10)[-1] is Sign.FINE


def test_a_sent_message_brings_one_ping_soon() -> None:
    clocks = Clocks()
    pulse = Pulse(Awake(*clocks.both))
    pulse.say()
    signs = []
    for _ in range(MOST_S):
        signs += _signs(pulse, clocks, 1)
        pulse.say()  # does not restart the wait
    assert signs.index(Sign.ASK) == SAID_S
    assert signs.count(Sign.ASK) == 1
    assert 10 < signs.index(Sign.DEAD) == SAID_S + ANSWER_S < QUIET_S


def test_an_answered_message_brings_no_ping() -> None:
    clocks = Clocks()
    pulse = Pulse(Awake(*clocks.both))
    for _ in range(5):
        pulse.say()
        assert set(_signs(pulse, clocks, 3)) == {Sign.FINE}
        pulse.hear()
        assert set(_signs(pulse, clocks, 10)) == {Sign.FINE}
        pulse.hear()
