"""Figures that documents mention in passing are those of the program."""

from __future__ import annotations

import pytest

from chatcore.commands.bounds import MAX_CHANGES
from chatcore.commands.costs import ANSWER_LINES_PER_TOKEN, SEARCH_TOKENS
from chatcore.commands.search import _DEFAULT_LIMIT
from chatcore.config import DEFAULT_PORT, MAX_NICK_CHARS, Config, Limits
from chatcore.protocol.names import DEFAULT_CHANNEL
from chatcore.terminal.commands.past import DEFAULT_HISTORY, MOST_FOUND
from chatcore.terminal.connecting.login import PASSWORD_ATTEMPTS
from chatcore.transport import own_certificate
from tests.support.document import Document

_CONFIG, _LIMITS = Config(), Limits()
_IN_WORDS = {3: "three", 6: "six", 15: "fifteen", 600: "ten minutes"}
_SEARCH_COSTS = 1 + SEARCH_TOKENS + _DEFAULT_LIMIT // ANSWER_LINES_PER_TOKEN
_PHRASES = {
    "README.md": (
        f"at most {_CONFIG.max_name_length} letters and digits",
        f"the port ({_CONFIG.port})",
        f"an invitation for {_CONFIG.invitation_uses} people that is good for a day",
        f"Messages are kept for {_CONFIG.history_days} days",
        f"port {_CONFIG.port}, with TLS",
        f"the room `{DEFAULT_CHANNEL}`",
    ),
    "clients/README.md": (f"TCP to port {DEFAULT_PORT}", f"`JOIN {DEFAULT_CHANNEL}`"),
    "docs/host.md": (f"an invitation for {_CONFIG.invitation_uses} people that is good for a day",),
    "docs/irc-clients.md": (
        f"| Port | {_CONFIG.port},",
        f"| Channel | `{DEFAULT_CHANNEL}` |",
        f"at most {_DEFAULT_LIMIT} unless `limit` says so",
        f"after {_IN_WORDS[int(_LIMITS.burst_lines // _SEARCH_COSTS)]} in a row they go at one a second",
    ),
    "docs/irc-reference.md": (f"Up to {MAX_CHANGES} modes",),
    "docs/operating.md": (
        f"for {_CONFIG.linger_s:g} seconds more (`--linger`)",
        f"after {_IN_WORDS[_LIMITS.failures_before_ban]}, the address is shut out",
        f"shut out for {_IN_WORDS[int(_LIMITS.failure_ban_s)]}",
        f"valid for {own_certificate._VALID_FOR.days} days",
    ),
    "docs/options.md": (
        f"| the tracker's port | {DEFAULT_PORT} |",
        f"| the tracker's state folder | `{_CONFIG.state_dir}` |",
        f"the longest username, 1 to {MAX_NICK_CHARS}",
    ),
    "docs/scripting.md": (f"`{DEFAULT_CHANNEL}`; slash commands",),
    "docs/terminal-client.md": (
        f"{_LIMITS.burst_lines} at once, then {_LIMITS.lines_per_s:g} a second",
        f"at most {_CONFIG.max_name_length} characters",
        f"{MAX_NICK_CHARS} at the most",
        f"{_IN_WORDS[PASSWORD_ATTEMPTS]} times at the most",
        f"public messages of this room ({DEFAULT_HISTORY})",
        f"The last {MOST_FOUND} are shown, with `after:` the first {MOST_FOUND}",
    ),
}


@pytest.mark.parametrize(("path", "told"), [(path, told) for path, texts in _PHRASES.items() for told in texts])
def test_a_documented_figure_is_the_programs(path: str, told: str) -> None:
    assert told in " ".join(Document(path).text.split())
