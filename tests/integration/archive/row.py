"""The table "who may read it" of ARCHITECTURE.md (The archive), as plays, in the language of `tests.support.play`.

Each row: what it checks; what happens; who joins then, perhaps after a restart; what everybody can read there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

ALWAYS, RUNNING, RESTARTED = (False, True), (False,), (True,)


class Row(NamedTuple):
    """`reads` is what people page through, `finds` what they find only by searching.

    `when` says whether the tracker goes on between `said` and `come`, is started again, or each once.
    """

    words: str
    said: str
    come: str
    reads: Mapping[str, str]
    finds: Mapping[str, str] = {}
    when: tuple[bool, ...] = ALWAYS
    settings: Mapping[str, Any] = {}
