"""Bytecode for the programs that tests start: without it each compiles all of chatcore, which is most of its start."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile


def keep_bytecode() -> None:
    """Have the programs that this one starts keep bytecode, where that must not be beside the sources.

    They find it in a folder that goes when this program ends.
    """
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        folder = tempfile.mkdtemp(prefix="chatcore-bytecode-")
        os.environ["PYTHONPYCACHEPREFIX"] = folder
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
