"""Who may read what, of rooms and of conversations, by paging and by searching."""

from __future__ import annotations

import pytest

from chatcore.state.history import Seeker
from tests.server.archive.shelf import Shelf, closed_room, dialog, open_room, seeker

WAS_THERE, WAS_NOT = "was", "not"


@pytest.mark.parametrize(
    ("audience", "asker", "may_read"),
    [
        # open: whoever is in the room of that name now, in whatever instance, if the era may be read
        (open_room(), seeker(room="#a"), True),
        (open_room(), seeker(room="#a", instance=8), True),
        (open_room(instance=1), seeker(room="#a", account_id=WAS_NOT), True),
        (open_room("#A"), seeker(room="#a"), True),
        (open_room(era=2), seeker(room="#a"), False),
        (open_room(era=2), seeker(room="#a", account_id=WAS_NOT), False),
        (open_room(era=2), seeker(room="#a", account_id=WAS_THERE), True),
        # closed: whoever is in that instance now, if the era may be read
        (closed_room(), seeker(room="#a"), True),
        (closed_room(), seeker(room="#a", instance=8), False),
        (closed_room(), seeker(room="#a", instance=8, account_id=WAS_NOT), False),
        (closed_room(), seeker(room="#a", instance=8, account_id=WAS_THERE), True),
        (closed_room(era=2), seeker(room="#a"), False),
        (closed_room(era=2), seeker(room="#a", account_id=WAS_NOT), False),
        (closed_room(era=2), seeker(room="#a", account_id=WAS_THERE), True),
        # not there now: what was said while the account was
        (open_room(), seeker(), False),
        (open_room(), seeker(account_id=WAS_NOT), False),
        (open_room(), seeker(account_id=WAS_THERE), True),
        (closed_room(), seeker(), False),
        (closed_room(), seeker(account_id=WAS_NOT), False),
        (closed_room(), seeker(account_id=WAS_THERE), True),
        # another room
        (open_room("#b"), seeker(room="#a", account_id=WAS_THERE), False),
        (closed_room("#b"), seeker(room="#a", account_id=WAS_THERE), False),
        # people
        (dialog("account was", "account x"), seeker(account_id=WAS_THERE), True),
        (dialog("account x", "account was"), seeker(account_id=WAS_THERE), True),
        (dialog("account x", "account y"), seeker(account_id=WAS_THERE), False),
        (dialog("account x", "visit 3.5"), seeker(), True),
        (dialog("account x", "visit 2.5"), seeker(), False),
        (dialog("account x", "visit 3.6"), seeker(), False),
        (dialog("visit 3.5", "visit 3.5"), seeker(), True),
    ],
)
def test_may_read(shelf: Shelf, audience: str, asker: Seeker, may_read: bool) -> None:
    shelf.enter("#a", WAS_THERE)
    shelf.say("word", audience)
    shelf.leave("#a", WAS_THERE)
    shelf.say("word afterwards", closed_room("#a", instance=99))
    assert shelf.search(asker, "word") == (["word"] if may_read else [])
    if asker.rooms:
        expected = ["word"] if may_read and audience[0] != "p" else []
        assert shelf.room(asker, "#a") == expected
