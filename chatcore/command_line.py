"""What the command lines of tracker and client have in common."""

from __future__ import annotations

import argparse
from typing import NoReturn

from chatcore.errors import ConfigError


class Parser(argparse.ArgumentParser):
    """One whose mistakes are ConfigErrors: whoever runs the program tells them in one line."""

    def error(self, message: str) -> NoReturn:
        raise ConfigError(f"{message} (--help shows the usage)")


class PlainFormatter(argparse.RawDescriptionHelpFormatter):
    """Keeps the line breaks of texts, and fits a terminal of 80 columns."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=24, width=79)
