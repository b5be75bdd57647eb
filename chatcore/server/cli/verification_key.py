"""Shows the key that verifies the log's seals, once: as a word, and as a QR code if the terminal can show one.

A separate process makes and shows it, so that it is never in the memory of the tracker, where somebody who takes over
the machine could find it.
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
    """Have a new key made and shown; return the beginning of a chain (`keys.begin_keys`). Raises ConfigError.

    Call it while this process has a single thread.
    """
    with contextlib.suppress(OSError, ValueError, AttributeError):  # otherwise the other process would print it again
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
        raise ConfigError("cannot make a key to seal the log with")
    return made[KEY_BYTES:].decode(), made[:KEY_BYTES]


def _make_key(descriptor: int) -> NoReturn:
    """Make a key, show it, write the beginning of a chain, and exit."""
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
        _logger.exception("cannot make the key of the seals")
    finally:
        os._exit(status)


def key_lines(word: str, *, with_code: bool) -> list[str]:
    """Return the lines to print. Of these, only the second and the code contain the key."""
    return [
        "The log is sealed from now on. Keep this key, but not on this machine; it is not shown again:",
        f"verification key: {word}",
        *(code_lines(word) if with_code else []),
        "With it, python tracker.py log verify checks whether the log was changed.",
    ]
