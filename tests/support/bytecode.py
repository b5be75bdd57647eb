"""Bytecode for the programs that tests start: without it each compiles all of chatcore, most of its starting time."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile


def keep_bytecode() -> None:
    """Let the programs that this one starts keep bytecode, even if it must not be beside the sources.

    It is in a folder that is removed when this program ends.
    """
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        folder = tempfile.mkdtemp(prefix="chatcore-bytecode-")
        os.environ["PYTHONPYCACHEPREFIX"] = folder
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
