"""The command `chat-tracker`: runs a tracker, or a command beside one. Loads only the modules it needs."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from chatcore.errors import ConfigError
from chatcore.server.cli.arguments import split_arguments

_FORCED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run a tracker until it ends, or a command beside one; return the exit status. Main thread only."""
    arguments = sys.argv[1:] if argv is None else argv
    if sys.platform == "win32":
        print("chat-tracker: a tracker runs on Linux and macOS; Windows can join one with chat-client", file=sys.stderr)
        return 2
    logging.basicConfig(format="%(asctime)s %(name)s: %(message)s")
    try:
        return _run(arguments)
    except ConfigError as error:
        print(f"chat-tracker: {error}", file=sys.stderr)
        return 2
    except (KeyboardInterrupt, EOFError):
        print(file=sys.stderr)
        return _FORCED


_COMMANDS_BESIDE = {
    "account": ("account_app", "account_main", ("state_dir", "config")),
    "operator": ("account_app", "operator_main", ("state_dir", "config")),
    "ctl": ("ctl_app", "ctl_main", ("state_dir", "config")),
    "history": ("history_app", "history_main", ("state_dir", "log", "config")),
    "log": ("log_app", "log_main", ("state_dir", "log", "config")),
    "backup": ("backup_app", "backup_main", ("state_dir", "log", "config")),
}
"""Each command with its module, its function, and the tracker's options that may stand before its name."""


def _run(arguments: Sequence[str]) -> int:
    """Run a tracker, or the command named after the options."""
    flags, command = split_arguments(arguments)
    if not command:
        return _load("serving", "serve")(flags)
    name, *rest = command
    if name not in _COMMANDS_BESIDE:
        raise ConfigError(f"there is no command {name} (--help shows the usage)")
    module, function, options = _COMMANDS_BESIDE[name]
    if not flags.keys() <= {*options}:
        *most, last = (f"--{option.replace('_', '-')}" for option in options)
        raise ConfigError(
            f"the only tracker options that {name} takes are {', '.join(most)} and {last} (--help shows the usage)"
        )
    return _load(module, function)(rest, flags)


def _load(module: str, function: str) -> Callable[..., int]:
    """Return a function of a module in this package: importing all of them takes longer than most commands do."""
    found: Callable[..., int] = getattr(import_module(f"{__package__}.{module}"), function)
    return found
