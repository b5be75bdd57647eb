"""The command `chat-tracker log`."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from chatcore.command_line import Parser, PlainFormatter
from chatcore.errors import ConfigError
from chatcore.server.cli.log_verify import verify_main

_USAGE = "chat-tracker log verify --key KEY"
_DESCRIPTION = """\
Find out whether a sealed log is as it was written: log verify --help says more."""


def log_main(argv: Sequence[str], given: Mapping[str, Path] | None = None) -> int:
    """Run `log verify`; return the exit status. `given` are options from before the word `log`. Raises ConfigError."""
    parser = Parser(
        prog="chat-tracker log",
        usage=_USAGE,
        description=_DESCRIPTION,
        formatter_class=PlainFormatter,
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    parser.add_argument("command", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    name, *rest = parser.parse_args(argv).command or [""]
    if name != "verify":
        raise ConfigError(f"{name or 'log'} what? The command is verify (--help shows the usage)")
    return verify_main(rest, given)
