"""The metrics: named as Prometheus' users expect (https://prometheus.io/docs/practices/naming/)."""

from __future__ import annotations

import re

import pytest

from chatcore.server.metrics.catalogue import METRICS
from chatcore.server.metrics.exposition import Kind, Metric

_LABELS = {"version", "transport", "reason", "part"}


def test_names_are_unique() -> None:
    assert len({metric.name for metric in METRICS}) == len(METRICS)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_names_show_kind_and_unit(metric: Metric) -> None:
    assert re.fullmatch(r"(chatcore|process)_[a-z_]+", metric.name)
    assert (metric.kind is Kind.COUNTER) == metric.name.endswith("_total")
    assert metric.kind is not Kind.HISTOGRAM or metric.name.endswith("_seconds")
    assert not re.search(r"_(ms|kb|mb|minutes)(_|$)", metric.name), "units are seconds and bytes"
    assert metric.help.endswith(".")


def test_only_known_labels_are_used() -> None:
    """None of them contains a room, a name, an account or an address."""
    assert {metric.label for metric in METRICS if metric.label} == _LABELS
