"""What we have said and the tracker has not answered yet: neither passed on nor refused. Pure.

By labels (https://ircv3.net/specs/extensions/labeled-response) where the tracker has them; else by what comes back, as
a tracker answers in order.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import NamedTuple

from chatcore.protocol.names import casefold
from chatcore.terminal.session.effects import Manner

LABEL = "said-"
MOST = 128
"""Sent without an answer; of more, those sent first are forgotten."""


class Sent(NamedTuple):
    """A message of ours."""

    target: str
    text: str
    manner: Manner = Manner.MESSAGE
    place: str = ""
    """The view in which it was typed."""


class Outbox:
    """The messages that are on their way, oldest first, by label."""

    def __init__(self) -> None:
        self._sent: OrderedDict[str, Sent] = OrderedDict()
        self._batches: dict[str, str] = {}  # labels of answers that are batches, by reference
        self.count = 0
        """How many were ever added."""

    def __iter__(self) -> Iterator[Sent]:
        return iter(self._sent.values())

    def __len__(self) -> int:
        return len(self._sent)

    def add(self, sent: Sent) -> str:
        """Note a message that is being sent; return its label."""
        self.count += 1
        label = f"{LABEL}{self.count}"
        self._sent[label] = sent
        if len(self._sent) > MOST:
            self._sent.popitem(last=False)
        return label

    def take(self, label: str) -> Sent | None:
        """Return what was sent with this label, None if it was none of ours or is answered; it is no longer kept."""
        return self._sent.pop(label, None)

    def take_first(self, is_it: Callable[[Sent], bool]) -> Sent | None:
        """Take out the first that it is, and those before, which were answered by something else."""
        for label, sent in list(self._sent.items()):
            if is_it(sent):
                for earlier in list(self._sent):
                    del self._sent[earlier]
                    if earlier == label:
                        return sent
        return None

    def take_echo(self, label: str, text: str) -> Sent | None:
        """Take out the message that has come back as this text."""
        return self.take(label) if label else self.take_first(lambda sent: sent.text == text)

    def take_refused(self, label: str, target: str) -> Sent | None:
        """Take out the message that an error about `target` refuses."""
        if label:
            return self.take(label)
        return self.take_first(lambda sent: casefold(sent.target) == casefold(target))

    def begin(self, reference: str, label: str) -> None:
        """Note that the answer to what had this label is a batch."""
        if len(self._batches) < MOST:
            self._batches[reference] = label

    def label_of(self, reference: str) -> str:
        """Return the label of what a batch answers, '' for any other."""
        return self._batches.get(reference, "")

    def end(self, reference: str) -> None:
        """Note the end of a batch: what it answers is no longer on its way."""
        self.take(self._batches.pop(reference, ""))

    def clear(self, until: int | None = None) -> None:
        """Forget all, or the first so many that were ever added: the tracker has answered everything until then."""
        for label in list(self._sent):
            if until is None or int(label.removeprefix(LABEL)) <= until:
                del self._sent[label]
