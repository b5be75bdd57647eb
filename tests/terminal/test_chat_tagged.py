"""Visits with replies, reactions and redactions, at a real and at a scripted tracker."""

import threading
from pathlib import Path

import pytest

from chatcore.terminal.outcome import Outcome
from chatcore.terminal.session import reactions
from chatcore.terminal.session.effects import Item
from tests.support.irc import IrcClient
from tests.support.scripted import scripted_tracker
from tests.support.seen import SeenScreen
from tests.support.trackers import hosted_tracker
from tests.terminal.visiting import Visit

_TO_HI = "to “hi” in #lobby"


def _reaction(nick: str) -> str:
    return f"@+draft/react=x;+reply=1 :{nick}!u@h TAGMSG #lobby"


def _until_they_leave(client: IrcClient) -> list[str]:
    """Return the commands that a client receives before the next QUIT."""
    commands = []
    while (command := client.receive().command) != "QUIT":
        commands.append(command)
    return commands


def test_reply_reaction_and_redaction_at_a_tracker(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, history=2) as hosted:
        bob = hosted.client("bob", "#lobby", caps="message-tags draft/message-redaction")
        screen = SeenScreen(is_interactive=False)

        def talk() -> None:
            screen.wait_for("* in #lobby: ann, @bob")
            bob.send("PRIVMSG #lobby :tea or coffee?")
            screen.wait_for("[#lobby] <bob> tea or coffee?")
            screen.type("/reply tea", "/react heart", "/unreact heart", "/unsay", "/unsay bob", EOFError())

        talking = threading.Thread(target=talk)
        talking.start()
        assert Visit(hosted, screen).run() is Outcome.LEFT
        talking.join()
        reply, react = bob.receive_until("PRIVMSG"), bob.receive_until("TAGMSG")
        assert reply.tags["+draft/reply"] == reply.tags["+reply"] == react.tags["+reply"]
        assert react.tags["+draft/react"] == "❤️"
        assert bob.receive_until("REDACT").params == ("#lobby", reply.tags["msgid"])
    assert screen.shown[screen.shown.index("[#lobby] <bob> tea or coffee?") + 1 :] == [
        "* ann replies in #lobby to bob: tea or coffee?\n[#lobby] <ann> tea",
        "* ann reacted ❤️ to “tea or coffee?” in #lobby",
        "* ann took ❤️ back from “tea or coffee?” in #lobby",
        "* ann took back: “tea” in #lobby",
        "error: You may not redact this message",
    ]


def test_delayed_reactions_are_shown_after_the_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reactions, "FOLDED_FOR_S", 0.01)
    screen = SeenScreen()
    with scripted_tracker() as tracker:

        def react() -> None:
            screen.wait_for("* in #lobby: @ann")
            tracker.peer().send("@msgid=1 :bob!b@h PRIVMSG #lobby :hi", _reaction("bob"), _reaction("cleo"))
            screen.wait_for(f"* cleo reacted x {_TO_HI}")
            screen.type("/quit")

        reacting = threading.Thread(target=react)
        reacting.start()
        assert Visit(tracker, screen).run() is Outcome.LEFT
        reacting.join()


@pytest.mark.parametrize("is_lost", [True, False])
def test_delayed_reactions_are_shown_at_the_end(monkeypatch: pytest.MonkeyPatch, is_lost: bool) -> None:
    monkeypatch.setattr(reactions, "FOLDED_FOR_S", 1000.0)
    screen = SeenScreen(is_interactive=False)
    with scripted_tracker() as tracker:

        def react() -> None:
            screen.wait_for("* in #lobby: @ann")
            tracker.peer().send("@msgid=1 :bob!b@h PRIVMSG #lobby :hi", _reaction("bob"), _reaction("cleo"))
            tracker.peer().send(":bob!b@h PRIVMSG #lobby :bye")
            screen.wait_for("[#lobby] <bob> bye")
            if is_lost:
                tracker.peer().hang_up()
            else:
                screen.type(EOFError())

        reacting = threading.Thread(target=react)
        reacting.start()
        Visit(tracker, screen).run()
        reacting.join()
    assert f"* cleo reacted x {_TO_HI}" in screen.shown


def test_a_fault_in_a_delayed_task_ends_the_visit_and_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reactions, "FOLDED_FOR_S", 0.01)

    class Faulty(SeenScreen):
        def show(self, item: Item) -> None:
            super().show(item)
            if "cleo" in "".join(self.shown[-1:]):
                raise LookupError("a fault of ours")

    screen = Faulty()
    with scripted_tracker() as tracker:

        def react() -> None:
            screen.wait_for("* in #lobby: @ann")
            tracker.peer().send("@msgid=1 :bob!b@h PRIVMSG #lobby :hi", _reaction("bob"), _reaction("cleo"))

        reacting = threading.Thread(target=react)
        reacting.start()
        with pytest.raises(LookupError):
            Visit(tracker, screen).run()
        reacting.join()


def test_typing_is_sent_when_turned_on(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path) as hosted:
        bob = hosted.client("bob", "#lobby", caps="message-tags")
        screen = SeenScreen()

        def talk() -> None:
            screen.wait_for("* in #lobby: ann, @bob")
            with visit.chat._link.changed:  # so that no other thread holds it, and each call releases it
                for text in ("h", "he", "hello"):
                    screen.watching(text)
            assert bob.receive_until("TAGMSG").tags["+typing"] == "active"
            screen.type("/quit")

        visit = Visit(hosted, screen)
        visit.session.memory.tells_typing = True
        talking = threading.Thread(target=talk)
        talking.start()
        assert visit.run() is Outcome.LEFT
        talking.join()


def test_a_keystroke_does_not_wait_for_the_display(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path) as hosted:
        bob = hosted.client("bob", "#lobby", caps="message-tags")
        screen = SeenScreen()

        def talk() -> None:
            screen.wait_for("* in #lobby: ann, @bob")
            with visit.chat._link.changed:
                typing = threading.Thread(target=screen.watching, args=("h",))
                typing.start()
                typing.join()
            screen.type("hello", "/quit")

        visit = Visit(hosted, screen)
        visit.session.memory.tells_typing = True
        talking = threading.Thread(target=talk)
        talking.start()
        assert visit.run() is Outcome.LEFT
        talking.join()
        assert "TAGMSG" not in _until_they_leave(bob)


def test_typing_is_not_sent_by_default(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path) as hosted:
        bob = hosted.client("bob", "#lobby", caps="message-tags")
        screen = SeenScreen()

        def talk() -> None:
            screen.wait_for("* in #lobby: ann, @bob")
            for text in ("", "h", "hello"):
                screen.watching(text)
            screen.type("hello", "/quit")

        talking = threading.Thread(target=talk)
        talking.start()
        assert Visit(hosted, screen).run() is Outcome.LEFT
        talking.join()
        commands = _until_they_leave(bob)
        assert "PRIVMSG" in commands
        assert "TAGMSG" not in commands


def test_earlier_messages_are_counted_on_arrival(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path) as hosted:
        bob = hosted.client("bob", "#lobby")
        bob.command("PRIVMSG #lobby :one", "PRIVMSG #lobby :two")
        screen = SeenScreen()

        def talk() -> None:
            screen.wait_for("* 2 messages before you; /history")
            screen.type("/quit")

        talking = threading.Thread(target=talk)
        talking.start()
        visit = Visit(hosted, screen)
        visit.session.memory.history_on_arrival = 0
        assert visit.run() is Outcome.LEFT
        talking.join()
