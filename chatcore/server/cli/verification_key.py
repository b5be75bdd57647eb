"""Shows the key that proves the log's seals, once: as a word, and as a QR code where that can be seen.

A process of its own makes and shows it: it never is in the memory of the tracker, where whoever takes over the machine
could find it for as long as the tracker runs.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from typing import NoReturn

from chatcore.errors import ConfigError
from chatcore.server.audit.sealing.keys import KEY_BYTES, begin_keys, new_key, to_word
from chatcore.server.cli.qr_code import can_show_code, code_lines

_logger = logging.getLogger(__name__)


def show_new_key() -> tuple[str, bytes]:
    """Have a new key made and shown; return what a chain begins with (`keys.begin_keys`). Raises ConfigError.

    While this process has a single thread.
    """
    with contextlib.suppress(OSError, ValueError, AttributeError):  # or the other process would print it again
        sys.stdout.flush()
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        _make_key(writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        made = pipe.read()
    os.waitpid(child, 0)
    if len(made) <= KEY_BYTES:
        raise ConfigError("no key can be made for the seals of the log")
    return made[KEY_BYTES:].decode(), made[:KEY_BYTES]


def _make_key(descriptor: int) -> NoReturn:
    """Make a key, show it, write what a chain begins with, and end."""
    status = 1
    try:
        first = new_key()
        with contextlib.suppress(OSError, ValueError):  # the terminal has gone
            word = to_word(first)
            print("\n".join(key_lines(word, with_code=can_show_code(word))), flush=True)
        chain, key = begin_keys(first)
        os.write(descriptor, key + chain.encode())
        status = 0
    except Exception:
        _logger.exception("the key of the seals was not made")
    finally:
        os._exit(status)


def key_lines(word: str, *, with_code: bool) -> list[str]:
    """Return what to print. Only the second line has the key, and nothing else."""
    return [
        "The log is sealed from now on. Keep this key somewhere else than on this machine; it is not shown again:",
        f"verification key: {word}",
        *(code_lines(word) if with_code else []),
        "With it, python tracker.py log verify finds out whether the log was changed.",
    ]
