"""Messages typed while the connection is lost: they wait, and are sent once we are back. Pure.

So are messages that were on their way and certainly did not arrive. Those that may have arrived are shown instead.
"""

from __future__ import annotations

from collections.abc import Iterator

from chatcore.protocol.multiline import BREAK
from chatcore.protocol.names import casefold, is_channel
from chatcore.terminal.session.absence import Absence
from chatcore.terminal.session.effects import Effect, Problem, PutBack
from chatcore.terminal.session.outbox import Sent
from chatcore.terminal.session.session import Session

MOST_WAITING = 100
MOST_WAITING_CHARS = 1 << 16


def put_off(session: Session, absence: Absence, target: str, texts: list[str]) -> bool:
    """Keep texts until they can be sent; return False if there are too many."""
    texts = [text for text in texts if text.strip()]
    chars = sum(len(sent.text) for sent in absence.waiting) + sum(map(len, texts))
    if len(absence.waiting) + len(texts) > MOST_WAITING or chars > MOST_WAITING_CHARS:
        return False
    view = session.views.current
    absence.waiting.extend(Sent(target, text, place=view.name if view else "") for text in texts)
    return True


def say_again(session: Session, absence: Absence) -> Iterator[Effect]:
    """Send the messages that did not arrive, then those that wait; leave those that may have arrived."""
    again = [sent for sent in absence.unsaid if absence.is_known(sent.target)]
    absence.unsaid = [sent for sent in absence.unsaid if not absence.is_known(sent.target)]
    waiting, absence.waiting = [*again, *absence.waiting], []
    for sent in waiting:
        name = sent.target.lstrip("@+")
        if is_channel(name) and session.rooms.get(name) is None:
            yield Problem(f"not sent to {sent.target}, as you are no longer there: {sent.text}")
        else:
            yield from session.say(sent.target, sent.text, sent.manner, place=sent.place)


def unsaid_in(absence: Absence) -> Iterator[Effect]:
    """Show the messages that were not sent; if all are for the current view, put them back into the line."""
    for sent in absence.unsaid:
        yield Problem(f"{'not' if absence.is_known(sent.target) else 'perhaps not'} sent to {sent.target}: {sent.text}")
    for sent in absence.waiting:
        yield Problem(f"not sent to {sent.target}: {sent.text}")
    unsaid = [*absence.unsaid, *absence.waiting]
    if unsaid and all(casefold(sent.target) == absence.current for sent in unsaid):
        text = BREAK.join(sent.text for sent in unsaid)
        yield PutBack(f"/{text}" if text.startswith("/") and BREAK not in text else text)
