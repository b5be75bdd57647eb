"""What Tab offers."""

import pytest

from chatcore.terminal.commands.completion import candidates

_ROOMS = ["#lobby", "#dev"]
_NICKS = ["ann", "Anton", "bob"]


@pytest.mark.parametrize(
    ("before_cursor", "offered"),
    [
        ("/jo", ["/join "]),
        ("/JO", ["/join "]),
        ("/le", ["/leave "]),
        ("/xyz", []),
        ("//", []),
        ("", []),
        ("an", ["ann: ", "Anton: "]),
        ("hello an", ["ann ", "Anton "]),
        ("hello ", ["ann ", "Anton ", "bob "]),
        ("see #l", ["#lobby "]),
        ("/join ", ["#lobby ", "#dev ", "ann ", "Anton ", "bob "]),
        ("/join d", ["#dev "]),
        ("/join #D", ["#dev "]),
        ("/msg b", ["bob "]),
        ("/who a", ["ann ", "Anton "]),
        ("/send dev b", ["bob "]),
        ("/help jo", ["join"]),
        ("/nonsense b", ["bob "]),
        ("/search ", ["in:", "from:", "before:", "after:"]),
        ("/search tea be", ["before:"]),
        ("/search tea", []),
        ("/search in:d", ["in:#dev "]),
        ("/search in:#L", ["in:#lobby "]),
        ("/search in:an", ["in:ann ", "in:Anton "]),
        ("/search tea from:B", ["from:bob "]),
        ("/search before:2", []),
        ("/export ", ["all ", "in:", "stop"]),
        ("/export in:", ["in:#lobby ", "in:#dev ", "in:ann ", "in:Anton ", "in:bob "]),
    ],
)
def test_candidates(before_cursor: str, offered: list[str]) -> None:
    assert candidates(before_cursor, _ROOMS, _NICKS) == offered
