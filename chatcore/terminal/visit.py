"""A visit from login to exit status, for a person's own client (`app`) and for a guest (`guest`)."""

from __future__ import annotations

from collections.abc import Callable

from chatcore.protocol.message import Message
from chatcore.terminal.chat import NO_HISTORY, Chat
from chatcore.terminal.connecting.entry import Entry
from chatcore.terminal.connecting.handshake import Handshake
from chatcore.terminal.connecting.questions import EndedAtPrompt, LeftAtPrompt
from chatcore.terminal.connecting.turned_away import Refused, WrongPassword
from chatcore.terminal.local import Local
from chatcore.terminal.outcome import STATUS, Outcome
from chatcore.terminal.screen.screen import Screen
from chatcore.terminal.session.absence import Memory
from chatcore.terminal.session.effects import Problem, Told
from chatcore.terminal.session.quiet import Quiet
from chatcore.terminal.session.session import Session
from chatcore.terminal.settings import Settings
from chatcore.terminal.typed_history import TypedHistory


def tell_end(screen: Screen, come: Callable[[], int]) -> int:
    """Run `come` and return its exit status; show the reason if the person is not let in. Other errors are raised."""
    try:
        return come()
    except LeftAtPrompt:
        return 0
    except Refused as error:
        screen.show(Problem(str(error)))
        screen.swallow_keys()
        return 1
    except EndedAtPrompt as error:
        screen.show(Problem(str(error)) if error.farewell is None else Told(error.farewell))
        screen.swallow_keys()
        return 1 if error.farewell is None else 0


def enter(entry: Entry) -> tuple[Handshake, Message]:
    """Log in and register, asking again after each wrong password. Raises what Entry does."""
    while True:
        handshake = entry.enter()
        try:
            return entry.register(handshake)
        except WrongPassword:
            continue


def stay(
    entry: Entry,
    handshake: Handshake,
    welcome: Message,
    screen: Screen,
    new_memory: Callable[[], Memory],
    local: Local | None = None,
    history: TypedHistory = NO_HISTORY,
) -> int:
    """Chat, and again under another name after each logout; return the exit status. Raises what Entry does.

    `new_memory` returns the memory with which a person's session begins.
    """
    while True:
        memory = new_memory() if screen.is_interactive else None
        limits, shows_all = handshake.limits, not screen.is_interactive
        session = Session(welcome.params[0], handshake.capabilities, memory, limits=limits, shows_all=shows_all)
        session.entrance = entry.entrance or session.entrance
        chat = Chat(session, handshake, screen, entry, local, history)
        outcome = chat.run(welcome)
        if outcome is not Outcome.LOGGED_OUT or chat.next_handshake is None:
            if outcome not in (Outcome.LEFT, Outcome.LOGGED_OUT):
                screen.swallow_keys()
            return STATUS[outcome]
        screen.show(Told("logged out"))
        handshake, welcome = entry.register(chat.next_handshake)


def memory_of(settings: Settings, quiet: Quiet) -> Memory:
    """Return the memory with which a person's session begins, according to their settings."""
    return Memory(
        history_on_arrival=settings.history_on_arrival,
        tells_typing=settings.typing,
        quiet=quiet,
        folds_joins=settings.fold_joins,
    )
