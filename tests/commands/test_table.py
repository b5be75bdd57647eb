"""The table of commands: what every row must have, and what no handler may import."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from chatcore.commands import table
from chatcore.commands.dispatch import read_command
from chatcore.commands.server_info import handle_time
from chatcore.commands.table import COMMANDS, Command
from tests.support.stage import Stage

_FOLDER = Path(table.__file__).parent
_PRICED_BY = {"costs", "dispatch", "table"}


def _imports(source: str) -> set[str]:
    """Return the words in the names that a module imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            origin = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            found.update(word for name in (origin, *(alias.name for alias in node.names)) for word in name.split("."))
    return found


def _attributes(source: str) -> set[str]:
    return {node.attr for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute)}


def _touches_the_price(source: str) -> set[str]:
    return _attributes(source) & {"tokens", "published", "cost"} | _imports(source) & {"costs"}


def _reads_a_clock(source: str) -> set[str]:
    return _imports(source) & {"time"} | _attributes(source) & {"utcnow", "today"}


@pytest.mark.parametrize("path", sorted(_FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_handlers_do_not_deal_with_costs(path: Path) -> None:
    allowed = {"response": {"tokens", "published"}, "context": {"published"}}
    if path.stem not in _PRICED_BY:
        assert _touches_the_price(path.read_text(encoding="utf-8")) <= allowed.get(path.stem, set())


@pytest.mark.parametrize(
    "planted",
    [
        "def handle_time(ctx, message):\n    ctx.response.tokens += 1",
        "from chatcore.commands import costs",
        "from chatcore.commands.costs import LOOKS_PER_TOKEN",
    ],
)
def test_a_handler_that_deals_with_costs_is_caught(planted: str) -> None:
    assert _touches_the_price(planted)


def test_a_row_needs_a_cost() -> None:
    with pytest.raises(TypeError, match="cost"):
        Command(handle_time)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    "path", [*sorted(_FOLDER.glob("*.py")), _FOLDER.parent / "state/registry.py"], ids=lambda path: path.stem
)
def test_no_handler_reads_a_clock(path: Path) -> None:
    assert _reads_a_clock(path.read_text(encoding="utf-8")) == set()


@pytest.mark.parametrize(
    "planted",
    ["from time import time", "import time", "def f():\n    from time import monotonic as now", "date.today()"],
)
def test_a_handler_that_reads_a_clock_is_caught(planted: str) -> None:
    assert _reads_a_clock(planted)


def test_only_logged_rows_distinguish_questions() -> None:
    never = Command.__dataclass_fields__["is_question"].default
    assert [name for name, row in COMMANDS.items() if row.is_question is not never and not row.is_logged] == []


_ENDS_IN_A_STEP = {"AUTHENTICATE", "BATCH", "CAP", "JOIN", "NICK", "OPER", "QUIT", "REDACT", "REGISTER", "USER"}
_CONCERNS_ONE_TRACKER = {
    "INVITELINK": "the invitations are shared by other means; it publishes a note",
    "KLINE": "the bans are shared by other means; it publishes a note",
    "UNKLINE": "the bans are shared by other means; it publishes a note",
    "PASS": "before somebody is in, others know nothing of them",
    "RESUME": "before somebody is in, others know nothing of them",
    "PING": "it answers",
    "PONG": "it does nothing",
    "VERIFY": "it refuses",
}
_ONLY_ASKS = {
    *("CHATHISTORY", "HELP", "HELPOP", "INFO", "ISON", "LINKS", "LIST", "LUSERS", "MOTD", "NAMES", "SEARCH", "STATS"),
    *("TIME", "USERHOST", "VERSION", "WHO", "WHOIS", "WHOWAS"),
}


def test_every_command_is_shared_or_has_a_reason_not_to_be() -> None:
    never = Command.__dataclass_fields__["is_for_all"].default
    shared = {name for name, row in COMMANDS.items() if row.is_for_all is not never}
    assert shared & (_ONLY_ASKS | _CONCERNS_ONE_TRACKER.keys()) == set()
    known = shared | _ENDS_IN_A_STEP | _ONLY_ASKS | _CONCERNS_ONE_TRACKER.keys()
    assert COMMANDS.keys() - known == set(), "give its row `is_for_all`, or add it to one of the sets above"
    assert known - COMMANDS.keys() == set()


@pytest.mark.parametrize(
    ("line", "is_shared"),
    [
        ("PRIVMSG #room :tea", True),
        ("AWAY", True),
        ("JOIN 0", True),
        ("JOIN #room", False),
        ("TOPIC #room", False),
        ("TOPIC #room :tea", True),
        ("MODE #room b", False),
        ("MODE #room +m", True),
        ("MODE alice", False),
        ("MODE alice +i", True),
        ("INVITE", False),
        ("INVITE bob #room", True),
        ("MARKREAD #room", False),
        ("MARKREAD #room timestamp=2026-01-01T00:00:00.000Z", True),
        ("METADATA * LIST", False),
        ("METADATA * SET note :tea", True),
        ("METADATA * SUB note", True),
        ("METADATA * SYNC", False),
        ("MONITOR + bob", True),
        ("MONITOR S", False),
        ("MONITOR", False),
        ("METADATA *", False),
        ("KICK #room", False),
    ],
)
def test_a_question_is_answered_by_the_clients_own_tracker(line: str, is_shared: bool) -> None:
    message, row = read_command(line.encode())
    assert row is not None
    assert row.is_shared(Stage().actor("alice").client, message) is is_shared


def test_commands_before_registration_are_not_shared() -> None:
    stranger = Stage().stranger().client
    for line in ("AWAY :soon", "METADATA * SET note :tea"):
        message, row = read_command(line.encode())
        assert row is not None
        assert not row.is_shared(stranger, message)
