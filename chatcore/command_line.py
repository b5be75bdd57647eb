"""Argument parsing that tracker and client share."""

from __future__ import annotations

import argparse
from typing import NoReturn

from chatcore.errors import ConfigError


class Parser(argparse.ArgumentParser):
    """A parser that raises ConfigError for mistakes, so that programs report them in one line."""

    def error(self, message: str) -> NoReturn:
        raise ConfigError(f"{message} (--help shows the usage)")


class PlainFormatter(argparse.RawDescriptionHelpFormatter):
    """Keeps the line breaks of texts, and fits 80 columns."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=24, width=79)
