"""The metadata of accounts as delivery sees it, also while none of their clients is here.

Delivery's thread only. Changes go into the journal, so that they outlive the tracker.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from chatcore.server.archive.journal.metadata_facts import said_by
from chatcore.server.archive.journal.records import fact_record
from chatcore.state.metadata import NONE, Metadata, with_value


class Profiles:
    """The metadata of accounts, by id."""

    def __init__(
        self,
        append: Callable[[bytes], object] = lambda record: None,
        kept: Mapping[str, Metadata] = MappingProxyType({}),
    ) -> None:
        """`append` takes records for the journal; `kept` is the metadata from before the tracker was started."""
        self._append = append
        self._said = {**kept}

    def of(self, account_id: str) -> Metadata:
        """Return an account's metadata; empty for ''."""
        return self._said.get(account_id, NONE)

    def restore(self, said: Mapping[str, Metadata]) -> None:
        """Replace all metadata by this. Writes nothing to the journal."""
        self._said = {**said}

    def change(self, account_id: str, key: str, value: str, id_: int) -> None:
        """Change an account's metadata; `id_` is the id of the line that would be written now."""
        self._append(fact_record(id_, said_by(account_id, key, value)))
        said = with_value(self.of(account_id), key, value)
        self._said[account_id] = said
        if not said:
            del self._said[account_id]
