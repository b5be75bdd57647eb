"""What `ctl` and a tracker say to each other: one line there, one line back, and one more at the tracker's end. Pure.

    chatcore-ctl/1 kick eve being rude
    {"version": 1, "program": "0.2.0", "done": true, "lines": [...], "data": {...}, "problem": "", "ends": false}
    {"version": 1, "program": "0.2.0", "status": 0}

The last one follows if the command ends the tracker. The version is that of this form: whoever knows another one reads
no more of a line than the version and the program.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from chatcore import __version__
from chatcore.server.console.result import NotDone, Result

CONTROL_FILE = "ctl"
MAX_REQUEST_BYTES = 16_384
VERSION = 1
_NAME = "chatcore-ctl"


def request(command: str) -> bytes:
    """Return the line that asks for a command. Line ends in it become blanks."""
    return f"{_NAME}/{VERSION} {' '.join(command.splitlines())}\n".encode(errors="replace")


def read_request(line: bytes) -> str:
    """Return the command of a line. Raises NotDone."""
    head, _, command = line.decode(errors="replace").strip().partition(" ")
    if head != f"{_NAME}/{VERSION}":
        raise NotDone(f"This tracker understands version {VERSION} of ctl's protocol only.")
    return command


def answer(result: Result) -> bytes:
    """Return the line that says what came of a command."""
    return _line(
        done=result.is_done,
        lines=[*result.lines],
        data=dict(result.data),
        problem=result.problem,
        ends=bool(result.farewell),
    )


def last_line(status: int) -> bytes:
    """Return the line that says with which exit status the tracker has ended."""
    return _line(status=status)


def read_line(line: bytes) -> Mapping[str, Any]:
    """Return what a tracker's line says. Raises NotDone if it is of another version, or none of ours."""
    try:
        said = json.loads(line)
        version, program = said["version"], str(said["program"])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise NotDone("What answers there is no tracker.") from error
    if version != VERSION:
        raise NotDone(f"The tracker is chatcore {program}, and this is {__version__}: use the ctl of that version.")
    return dict(said)


def _line(**said: object) -> bytes:
    return json.dumps({"version": VERSION, "program": __version__, **said}).encode() + b"\n"
