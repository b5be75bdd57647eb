"""The result of an operator's command: lines for a person, data for a program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chatcore.errors import ChatError


class NotDone(ChatError):
    """A command was not carried out. The text says why, in words for the operator."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a command found or changed. Code that shows the lines escapes them for the screen."""

    lines: Sequence[str] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    """The same for JSON: strings, numbers, lists; times in UTC, as in the log."""

    problem: str = ""
    """Why the command was not carried out; '' if it was."""

    farewell: str = ""
    """What to tell everybody, if this ends the tracker."""

    @property
    def is_done(self) -> bool:
        """Return whether the command was carried out."""
        return not self.problem
