"""Prometheus' text format, version 0.0.4. Pure.

https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from chatcore.server.metrics.measures import Distribution


class Kind(StrEnum):
    """The type of a metric."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Metric(NamedTuple):
    """One metric. With a `label` it has one value for each of the label's values."""

    name: str
    kind: Kind
    help: str
    label: str = ""


Value = float | Mapping[str, float] | Distribution
"""The value of a metric without a label, the values of one with a label, by label value, or a histogram's."""


def exposition(metrics: Iterable[Metric], values: Mapping[str, Value]) -> str:
    """Return the text of these metrics, leaving out those without a value."""
    lines = (line for metric in metrics if metric.name in values for line in _family(metric, values[metric.name]))
    return "".join(f"{line}\n" for line in lines)


def _family(metric: Metric, value: Value) -> Iterator[str]:
    name = metric.name
    yield f"# HELP {name} {_escape(metric.help)}"
    yield f"# TYPE {name} {metric.kind}"
    if isinstance(value, Distribution):
        for bound, count in (*value.at_most, (math.inf, value.number)):
            yield f'{name}_bucket{{le="{_number(bound)}"}} {count}'
        yield f"{name}_sum {_number(value.total)}"
        yield f"{name}_count {value.number}"
    elif isinstance(value, Mapping):
        for labelled, number in value.items():
            quoted = _escape(labelled).replace('"', r"\"")
            yield f'{name}{{{metric.label}="{quoted}"}} {_number(number)}'
    else:
        yield f"{name} {_number(value)}"


def _escape(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n")


def _number(value: float) -> str:
    """Format a number so that Go's ParseFloat accepts it."""
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return "NaN" if math.isnan(value) else repr(value).removesuffix(".0")
