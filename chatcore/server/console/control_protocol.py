"""The protocol between `ctl` and a tracker: a request line, an answer line, and one more when the tracker ends. Pure.

    chatcore-ctl/1 kick eve being rude
    {"version": 1, "program": "0.2.0", "done": true, "lines": [...], "data": {...}, "problem": "", "ends": false}
    {"version": 1, "program": "0.2.0", "status": 0}

The last line follows only if the command ends the tracker. `version` is the version of this protocol: a program that
knows another one reads nothing of a line but the version and the program.
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
    """Return the request line for a command. Line ends in it become spaces."""
    return f"{_NAME}/{VERSION} {' '.join(command.splitlines())}\n".encode(errors="replace")


def read_request(line: bytes) -> str:
    """Parse a request line; return its command. Raises NotDone."""
    head, _, command = line.decode(errors="replace").strip().partition(" ")
    if head != f"{_NAME}/{VERSION}":
        raise NotDone(f"This tracker only understands version {VERSION} of ctl's protocol.")
    return command


def answer(result: Result) -> bytes:
    """Return the answer line with the result of a command."""
    return _line(
        done=result.is_done,
        lines=[*result.lines],
        data=dict(result.data),
        problem=result.problem,
        ends=bool(result.farewell),
    )


def last_line(status: int) -> bytes:
    """Return the line with the exit status with which the tracker has ended."""
    return _line(status=status)


def read_line(line: bytes) -> Mapping[str, Any]:
    """Parse a tracker's line. Raises NotDone if it has another version, or is not from a tracker."""
    try:
        said = json.loads(line)
        version, program = said["version"], str(said["program"])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise NotDone("The program that answers there is not a tracker.") from error
    if version != VERSION:
        raise NotDone(f"The tracker is chatcore {program}, and this is {__version__}: use the ctl of that version.")
    return dict(said)


def _line(**said: object) -> bytes:
    return json.dumps({"version": VERSION, "program": __version__, **said}).encode() + b"\n"
