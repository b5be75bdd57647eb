"""Parameters of tests that take long: one for every run, the others for thorough ones."""

from __future__ import annotations

from typing import Any

import pytest


def first_and_thorough(first: object, *others: Any) -> list[object]:
    """Return parameters, those after the first for `make coverage` alone."""
    return [first, *(pytest.param(*_values(each), marks=pytest.mark.thorough) for each in others)]


def _values(parameter: object) -> tuple[object, ...]:
    return parameter if isinstance(parameter, tuple) else (parameter,)
