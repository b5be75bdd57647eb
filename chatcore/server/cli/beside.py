"""What commands beside a tracker have in common: the form of their command line, and the options for its files."""

from __future__ import annotations

import argparse
from pathlib import Path

from chatcore.command_line import Parser, PlainFormatter
from chatcore.config import Config


def command_parser(command: str, description: str, epilog: str, usage: str | None = None) -> Parser:
    """Return a parser for the arguments of a command. Its result lacks options that were not given."""
    return Parser(
        prog=f"chat-tracker {command}",
        usage=usage,
        description=description,
        epilog=epilog,
        formatter_class=PlainFormatter,
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )


def add_places(parser: Parser, *, with_log: bool = True, is_shown: bool = True) -> None:
    """Add the options that name a tracker's files. They may also stand before the command."""
    places = [("--state-dir", "FOLDER", f"the tracker's state folder ({Config().state_dir})")]
    if with_log:
        places.append(("--log", "FILE", f"the tracker's log ({Config().log})"))
    named = "these" if with_log else "that folder"
    places.append(("--config", "FILE.toml", f"the tracker's settings, which may name {named}"))
    for option, metavar, text in places:
        parser.add_argument(option, type=Path, metavar=metavar, help=text if is_shown else argparse.SUPPRESS)
