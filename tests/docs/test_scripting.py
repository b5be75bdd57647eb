"""docs/scripting.md says how the room endpoint answers, as it does."""

from __future__ import annotations

import re

from tests.docs.document import ROOT, Document

_DOCUMENT = Document("docs/scripting.md")


def test_every_status_of_the_room_endpoint() -> None:
    source = (ROOT / "chatcore/server/incoming/room_endpoint.py").read_text(encoding="utf-8")
    statuses = set(re.findall(r"\b[45]\d\d\b", source))
    assert {"400", "401"} <= statuses
    assert {row[0] for row in _DOCUMENT.table("Status")} == statuses
