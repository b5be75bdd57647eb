"""An engine as one tracker has it, for as long as a test needs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from chatcore.cluster.valkey_engine import ValkeyEngine


@contextmanager
def opened(url: str) -> Iterator[ValkeyEngine]:
    engine = ValkeyEngine(url)
    try:
        yield engine
    finally:
        engine.close()
