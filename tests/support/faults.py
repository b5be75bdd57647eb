"""The program's own faults: everything that it logs as an error."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


class _Kept(logging.Handler):
    def __init__(self, faults: list[str]) -> None:
        super().__init__(logging.ERROR)
        self._faults = faults
        self.setFormatter(logging.Formatter("%(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self._faults.append(self.format(record))


@contextmanager
def faults_logged() -> Iterator[list[str]]:
    """Yield a list that collects all errors that chatcore logs, tracebacks included."""
    faults: list[str] = []
    handler = _Kept(faults)
    logger = logging.getLogger("chatcore")
    logger.addHandler(handler)
    try:
        yield faults
    finally:
        logger.removeHandler(handler)
