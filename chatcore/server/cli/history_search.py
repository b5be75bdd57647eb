"""Searches the messages in the state folder and prints them, one a line. It only reads."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from chatcore.errors import ConfigError, NothingToFind
from chatcore.protocol.ctcp import ACTION, split_ctcp
from chatcore.protocol.escape import escape_for_screen
from chatcore.protocol.multiline import as_read
from chatcore.protocol.names import is_channel
from chatcore.protocol.search_terms import parse_search
from chatcore.server.archive.reading.operator_search import OperatorSearch
from chatcore.server.archive.storage.schema import can_search
from chatcore.server.cli.printing import print_lines
from chatcore.server.state_versions import refuse_newer
from chatcore.state.history import Recorded


def search_history(folder: Path, words: Sequence[str], limit: int) -> int:
    """Print the newest messages that have all words; return the exit status. Raises ConfigError."""
    if not can_search():
        raise ConfigError("this Python cannot search: its SQLite was built without FTS5")
    try:
        search = OperatorSearch(parse_search(map(_phrase, words)), limit)
        refuse_newer(folder)
        found = search.run(folder)
    except (NothingToFind, ValueError) as error:
        raise ConfigError(str(error)) from error
    except OSError as error:
        raise ConfigError(f"cannot use the state folder {folder.absolute()}: {error.strerror}") from error
    print_lines([shown(line) for line in found.lines])
    if not found.lines:
        print("nothing found", file=sys.stderr)
    elif len(found.lines) == limit:
        print(f"the last {limit}; --limit shows more", file=sys.stderr)
    for problem in found.problems:
        print(f"chat-tracker: {problem}", file=sys.stderr)
    return 2 if found.problems else 0


def shown(line: Recorded) -> str:
    """Return a message as one line: time, room or NICK -> NICK, who said it, the text, with line ends as \\n."""
    time = datetime.fromtimestamp(line.time_ms / 1000).strftime("%Y-%m-%d %H:%M:%S")  # noqa: DTZ006  # of here
    nick = line.source.partition("!")[0]
    before, _, text = line.rest.partition(" :")
    target = before.split(" ")[1]
    kind, words = split_ctcp(as_read(text))
    said = f"* {nick} {words}" if kind == ACTION else f"<{nick}> {words}"
    place = target if is_channel(target) else f"{nick} -> {target}"
    return escape_for_screen(f"{time} {place} {said}")


def _phrase(word: str) -> str:
    """Return an argument as search takes it, with the quotes around a phrase that the shell has removed."""
    return f'"{word}"' if " " in word and '"' not in word else word
