"""Our messages that the tracker has neither delivered nor refused yet. Pure.

Answers are matched by label (https://ircv3.net/specs/extensions/labeled-response), or else by their content, as a
tracker answers in order.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import NamedTuple

from chatcore.protocol.names import casefold
from chatcore.terminal.session.effects import Manner

LABEL = "said-"
MOST = 128
"""The most unanswered messages; the oldest are forgotten beyond that."""


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
        """How many messages were ever added."""

    def __iter__(self) -> Iterator[Sent]:
        return iter(self._sent.values())

    def __len__(self) -> int:
        return len(self._sent)

    def add(self, sent: Sent) -> str:
        """Add a message that is being sent; return its label."""
        self.count += 1
        label = f"{LABEL}{self.count}"
        self._sent[label] = sent
        if len(self._sent) > MOST:
            self._sent.popitem(last=False)
        return label

    def take(self, label: str) -> Sent | None:
        """Remove and return the message with this label; None if it is not ours or was answered."""
        return self._sent.pop(label, None)

    def take_first(self, is_it: Callable[[Sent], bool]) -> Sent | None:
        """Remove and return the first match, and drop all before it, which must have been answered otherwise."""
        for label, sent in list(self._sent.items()):
            if is_it(sent):
                for earlier in list(self._sent):
                    del self._sent[earlier]
                    if earlier == label:
                        return sent
        return None

    def take_echo(self, label: str, text: str) -> Sent | None:
        """Remove and return the message that was echoed as this text."""
        return self.take(label) if label else self.take_first(lambda sent: sent.text == text)

    def take_refused(self, label: str, target: str) -> Sent | None:
        """Remove and return the message that an error about `target` refuses."""
        if label:
            return self.take(label)
        return self.take_first(lambda sent: casefold(sent.target) == casefold(target))

    def begin(self, reference: str, label: str) -> None:
        """Note that the answer to this label is a batch."""
        if len(self._batches) < MOST:
            self._batches[reference] = label

    def label_of(self, reference: str) -> str:
        """Return the label that a batch answers, '' if none."""
        return self._batches.get(reference, "")

    def end(self, reference: str) -> None:
        """Note the end of a batch: the message it answers is no longer pending."""
        self.take(self._batches.pop(reference, ""))

    def clear(self, until: int | None = None) -> None:
        """Forget all messages, or the first `until` ever added: the tracker has answered those."""
        for label in list(self._sent):
            if until is None or int(label.removeprefix(LABEL)) <= until:
                del self._sent[label]
