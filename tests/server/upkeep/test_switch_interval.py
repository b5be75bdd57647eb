"""How long threads wait before they ask for the interpreter lock."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from chatcore.server.upkeep.switch_interval import fit_switch_interval
from tests.support.together import wait_until


@pytest.fixture(autouse=True)
def _interval() -> Iterator[None]:
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)


def test_the_interval_grows_with_the_number_of_clients() -> None:
    usual = sys.getswitchinterval()
    fit_switch_interval(10)
    assert sys.getswitchinterval() == usual
    fit_switch_interval(8000)
    assert sys.getswitchinterval() == pytest.approx(0.16)
    fit_switch_interval(0)
    assert sys.getswitchinterval() == usual


@pytest.mark.usefixtures("hosted")
def test_heartbeat_sets_the_interval() -> None:
    sys.setswitchinterval(1.0)
    wait_until(lambda: sys.getswitchinterval() < 1.0)
