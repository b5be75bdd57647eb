"""Prometheus' text format: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.server.metrics.exposition import Kind, Metric, Value, exposition
from chatcore.server.metrics.measures import Distribution
from tests.support.generated import PROPERTY
from tests.support.prometheus import parse_exposition

_CUPS = Metric("tea_cups", Kind.GAUGE, "Cups of tea.")
_BY_KIND = Metric("tea_cups_total", Kind.COUNTER, "Cups of tea, by kind.", "kind")
_WAIT = Metric("tea_wait_seconds", Kind.HISTOGRAM, "Time until there is tea.")


def _line(value: Value, metric: Metric = _CUPS) -> str:
    return exposition([metric], {metric.name: value}).splitlines()[-1]


def test_metrics_are_written_in_text_format() -> None:
    values: Mapping[str, Value] = {
        "tea_cups": 2,
        "tea_cups_total": {"green": 7, "black": 1.5},
        "tea_wait_seconds": Distribution(((0.5, 1), (1.0, 3)), 4, 12.25),
    }
    assert exposition([_CUPS, _BY_KIND, _WAIT], values) == (
        "# HELP tea_cups Cups of tea.\n"
        "# TYPE tea_cups gauge\n"
        "tea_cups 2\n"
        "# HELP tea_cups_total Cups of tea, by kind.\n"
        "# TYPE tea_cups_total counter\n"
        'tea_cups_total{kind="green"} 7\n'
        'tea_cups_total{kind="black"} 1.5\n'
        "# HELP tea_wait_seconds Time until there is tea.\n"
        "# TYPE tea_wait_seconds histogram\n"
        'tea_wait_seconds_bucket{le="0.5"} 1\n'
        'tea_wait_seconds_bucket{le="1"} 3\n'
        'tea_wait_seconds_bucket{le="+Inf"} 4\n'
        "tea_wait_seconds_sum 12.25\n"
        "tea_wait_seconds_count 4\n"
    )


def test_metrics_without_a_value_are_left_out() -> None:
    assert exposition([_CUPS, _BY_KIND], {"tea_cups": 1}).count("# TYPE") == 1
    assert exposition([_CUPS], {}) == ""


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0, "0"),
        (7.0, "7"),
        (0.1, "0.1"),
        (1795690942.8, "1795690942.8"),
        (1 << 62, "4611686018427387904"),
        (1e300, "1e+300"),
        (math.inf, "+Inf"),
        (-math.inf, "-Inf"),
        (math.nan, "NaN"),
    ],
)
def test_numbers_are_written_in_full(value: float, told: str) -> None:
    assert _line(value) == f"tea_cups {told}"


@PROPERTY
@given(st.text(), st.text().filter(str.strip), st.floats() | st.integers(-(1 << 53), 1 << 53))
def test_any_label_and_help_text_survives_a_round_trip(label: str, help_: str, value: float) -> None:
    """Lines end with a line feed only."""
    metric = Metric("tea", Kind.GAUGE, f"About {help_}", "kind")
    (family,) = parse_exposition(exposition([metric], {"tea": {label: value}})).values()
    assert family.help == f"About {help_}"
    ((told, read),) = family.by("kind").items()
    assert told == label
    assert read == value or (math.isnan(read) and math.isnan(value))
