"""People who join and leave without saying anything."""

import pytest

from chatcore.terminal.session import comings as comings_module
from chatcore.terminal.session.comings import Crowd
from chatcore.terminal.session.effects import Coming


def _crowd(*comings: str) -> Crowd:
    crowd = Crowd()
    for each in comings:
        crowd.note(Coming(each[1:], each[0] == "+"), None)
    return crowd


@pytest.mark.parametrize(
    ("comings", "text"),
    [
        ((), ""),
        (("+bob",), "bob joined"),
        (("+bob", "+cleo"), "bob and cleo joined"),
        (("+bob", "+cleo", "+dan", "-eve"), "bob, cleo and dan joined; eve left"),
        (("+bob", "-bob", "+Bob", "-bob"), "2 came and went"),
        (("-bob", "+bob"), ""),
        (("+a", "+b", "+c", "+d", "+e", "+f", "+g"), "a, b, c, d, e and 2 more joined"),
    ],
)
def test_comings_and_goings_are_summed_up(comings: tuple[str, ...], text: str) -> None:
    crowd = _crowd(*comings)
    assert crowd.text == text
    assert bool(crowd) == bool(text)
    assert crowd.line("#lobby").places == ("#lobby",)


def test_excess_people_are_only_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comings_module, "MOST_KNOWN", 2)
    assert _crowd("+bob", "-cleo", "+dan", "+eve").text == "bob joined; cleo left; 2 more came or went"
    assert _crowd("+" + "a" * 65).text == "1 more came or went"
    assert _crowd("+" + "a" * 65)
