"""Fixtures for more than one file here."""

from __future__ import annotations

import resource
import threading
from collections.abc import Iterator

import pytest


@pytest.fixture
def process_state() -> Iterator[None]:
    """Undo what running a tracker changes for the whole process."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield
    threading.stack_size(0)
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)
