"""How thorough the tests are: `make test` does everything once, `make coverage` (THOROUGH=1) in all variants."""

from __future__ import annotations

import os
from typing import Any

import pytest

IS_THOROUGH = bool(os.environ.get("THOROUGH"))


def examples(thorough: int) -> int:
    """Return how many examples to generate for a property: a fifth of what a thorough run tries."""
    return thorough if IS_THOROUGH else max(thorough // 5, 6)


def first_and_thorough(first: object, *others: Any) -> list[object]:
    """Return parameters, those after the first for thorough runs alone."""
    return [first, *(pytest.param(*_values(each), marks=pytest.mark.thorough) for each in others)]


def _values(parameter: object) -> tuple[object, ...]:
    return parameter if isinstance(parameter, tuple) else (parameter,)
