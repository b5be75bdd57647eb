"""The command `chat-tracker ctl`: runs a console command of a running tracker, and prints the result."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

from chatcore.command_line import Parser
from chatcore.config import load_config
from chatcore.errors import ChatError, ConfigError
from chatcore.protocol.escape import escape_for_screen
from chatcore.server.cli.beside import add_places, command_parser
from chatcore.server.cli.ctl_client import ask
from chatcore.server.cli.printing import print_lines
from chatcore.server.console.result import NotDone
from chatcore.server.console.slow import told_if_slow
from chatcore.server.console.table import CONSOLE_COMMANDS, help_lines

_WAITING = "Waiting for the tracker ..."
_FLAGS = ("--json", "-h", "--help")
_OPTIONS = ("--state-dir", "--config")

_USAGE = """\
chat-tracker ctl COMMAND ... [--json] [--state-dir FOLDER]
                        [--config FILE.toml]"""

_DESCRIPTION = """\
Run a console command of a tracker that runs on this machine, as a service or
in another terminal. The commands are:

{commands}"""

_EPILOG = """\
The words of COMMAND need no quotes. These options may stand anywhere;
everything after -- belongs to COMMAND. Only root and the user who runs the
tracker can do this. Commands that change something are reported on the
tracker's console too. `exit` waits until the tracker has ended.

--json prints one document: {{"done": true, "data": ...}}, or after a failure
{{"done": false, "problem": "..."}}. docs/operating.md describes the data.

exit status:
  0  done
  1  not done: one line on standard error says why
  2  no tracker is running there, or the command line is wrong

examples:
  chat-tracker ctl active
  chat-tracker ctl kick eve being rude
  chat-tracker ctl rooms --json
  chat-tracker --config tracker.toml ctl exit --restart"""


def ctl_main(argv: Sequence[str], given: Mapping[str, Path] | None = None) -> int:
    """Run `ctl COMMAND ...`; return the exit status. `given` are options from before the word `ctl`.

    Raises ConfigError.
    """
    flags, words = _split(argv)
    is_json = "--json" in flags
    if not (words or flags):
        print_lines(["Usage: chat-tracker ctl COMMAND ...", "", *help_lines()])
        return 0
    try:
        options = {**(given or {}), **vars(_parser().parse_args(flags))}
        del options["json"]
        _refuse_mistakes(words)
        folder = load_config(options.pop("config", None), options).state_dir
        with told_if_slow(_tell, _WAITING):
            said = ask(folder, " ".join(words))
    except (ConfigError, NotDone) as error:
        return _report(error, is_json=is_json)
    if is_json:
        print_lines([json.dumps({"done": True, "data": said["data"]})])
    else:
        print_lines(escape_for_screen(line) for line in said["lines"])
    return 0


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _report(error: ChatError, *, is_json: bool) -> int:
    """Report a failure; return the exit status. Raises ConfigError again, unless a program reads the output."""
    if is_json:
        print_lines([json.dumps({"done": False, "problem": str(error)})])
    elif isinstance(error, ConfigError):
        raise error
    else:
        print(escape_for_screen(str(error)), file=sys.stderr)
    return 2 if isinstance(error, ConfigError) else 1


def _split(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the options of ctl itself, wherever they stand, and the words of the command."""
    options: list[str] = []
    words: list[str] = []
    rest = iter(argv)
    for word in rest:
        if word == "--":
            words += rest
        elif word in _FLAGS or word.startswith(tuple(f"{option}=" for option in _OPTIONS)):
            options.append(word)
        elif word in _OPTIONS:
            options += [word, *islice(rest, 1)]
        else:
            words.append(word)
    return options, words


def _refuse_mistakes(words: Sequence[str]) -> None:
    """Raise ConfigError for words that cannot be a command, and for arguments that the console would ignore."""
    if not words or words[0].startswith("-"):
        problem = f"there is no option {words[0]}" if words else "ctl what?"
        raise ConfigError(f"{problem} (--help shows the usage)")
    command = CONSOLE_COMMANDS.get(words[0].lower())
    if command is not None and command.syntax == words[0].lower() and len(words) > 1:
        raise ConfigError(f"{words[0]} takes no arguments (--help shows the usage)")


def _parser() -> Parser:
    description = _DESCRIPTION.format(commands="\n".join(help_lines()))
    parser = command_parser("ctl", description, _EPILOG.format(), _USAGE)
    parser.add_argument("--json", action="store_true", default=False, help="print one JSON document, for programs")
    add_places(parser, with_log=False)
    return parser
