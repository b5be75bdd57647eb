"""How long the fuzz tests run: a moment in the suite, minutes with `make fuzz`."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

from tests.support.thorough import examples

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", examples(40)))
"""The number of examples per test."""

FUZZ = settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
