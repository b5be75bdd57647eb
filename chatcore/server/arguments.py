"""A parser of command lines whose complaint is one line."""

from __future__ import annotations

import argparse
from typing import NoReturn

from chatcore.errors import ConfigError


class Parser(argparse.ArgumentParser):
    """Raises ConfigError for a mistake, where argparse would print the whole usage and exit."""

    def error(self, message: str) -> NoReturn:
        """Raise the complaint."""
        raise ConfigError(f"{message} (--help shows the usage)")
