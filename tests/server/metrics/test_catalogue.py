"""The metrics: named as Prometheus' users expect (https://prometheus.io/docs/practices/naming/)."""

from __future__ import annotations

import re

import pytest

from chatcore.server.metrics.catalogue import METRICS
from chatcore.server.metrics.exposition import Kind, Metric

_LABELS = {"version", "transport", "reason", "part"}


def test_no_name_is_there_twice() -> None:
    assert len({metric.name for metric in METRICS}) == len(METRICS)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_name_tells_kind_and_unit(metric: Metric) -> None:
    assert re.fullmatch(r"(chatcore|process)_[a-z_]+", metric.name)
    assert (metric.kind is Kind.COUNTER) == metric.name.endswith("_total")
    assert metric.kind is not Kind.HISTOGRAM or metric.name.endswith("_seconds")
    assert not re.search(r"_(ms|kb|mb|minutes)(_|$)", metric.name), "seconds and bytes are the units"
    assert metric.help.endswith(".")


def test_labels_are_of_a_few_kinds() -> None:
    """None of them can be a room's, a name's, an account's or an address'."""
    assert {metric.label for metric in METRICS if metric.label} == _LABELS
