"""People who talk with each other: two with browsers, one with client.py."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatcore.commands.refusals import ACCOUNTS_REFUSAL
from tests.support.browser import PASSWORD, Company, Person, expect
from tests.support.irc import DEADLINE_S, IrcClient
from tests.support.trackers import ROOT, Hosted, TrackerProcess, hosted_tracker, tracker_process


@pytest.fixture
def url(tracker: Hosted) -> str:
    return f"http://127.0.0.1:{tracker.port}"


@pytest.fixture
def program(tmp_path: Path) -> Iterator[TrackerProcess]:
    """The tracker as people run it."""
    with tracker_process(tmp_path, "--no-limits", password=PASSWORD) as tracker:
        yield tracker


@pytest.fixture
def ann(company: Company, url: str) -> Person:
    ann = company.person(url)
    ann.enter("ann")
    return ann


@pytest.fixture
def irc(tracker: Hosted) -> Iterator[IrcClient]:
    """Somebody with another client, in the lobby."""
    with IrcClient(tracker.port) as client:
        client.register("irma", password=PASSWORD, caps="message-tags")
        client.join("#lobby")
        yield client


def test_two_browsers_and_the_terminal_client(company: Company, program: TrackerProcess) -> None:
    ann, bob = (company.person(f"https://127.0.0.1:{program.port}") for _ in range(2))
    ann.enter("ann")
    bob.enter("bob")
    command = [sys.executable, str(ROOT / "client.py"), "127.0.0.1", str(program.port), "carol"]
    carol = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert carol.stdin is not None
    carol.stdin.write(f"{PASSWORD}\nhello from a terminal\n/msg bob only for you\n")
    carol.stdin.flush()
    for reader in (ann, bob):
        reader.expect_member("carol")
        reader.expect_said("hello from a terminal")
    ann.say("hello from ann")
    bob.expect_said("hello from ann")
    bob.say("hello from bob")
    ann.expect_said("hello from bob")
    expect(bob.page.locator("#private-list")).to_contain_text("carol")
    expect(bob.page.locator("#private-list .badge")).to_have_text("1")
    bob.look_at("carol")
    bob.expect_said("only for you")
    expect(bob.page.locator("#private-list .badge")).to_have_count(0)
    bob.say("and for you")
    output, _ = carol.communicate("exit\n", timeout=DEADLINE_S)
    assert "[#lobby] <ann> hello from ann" in output
    assert "[#lobby] <bob> hello from bob" in output
    ann.expect_said("only for you", 0)


@pytest.mark.thorough
def test_rooms_count_unread_messages(ann: Person, irc: IrcClient) -> None:
    ann.join("dev")
    ann.look_at("#lobby")
    irc.join("#dev")
    irc.send("PRIVMSG #dev :one", "PRIVMSG #dev :two", "PRIVMSG #lobby :three")
    ann.expect_said("three")
    dev = ann.page.locator("#room-list button").filter(has_text="#dev")
    expect(dev).to_have_accessible_name("#dev , 2 unread")
    expect(ann.page).to_have_title("(2) #lobby")
    ann.look_at("#dev")
    ann.expect_said("two")
    expect(ann.page.locator("#room-list .badge")).to_have_count(0)
    expect(ann.page).to_have_title("#dev")


@pytest.mark.thorough
def test_a_copied_link_brings_others_into_the_room(company: Company, ann: Person) -> None:
    ann.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ann.join("caf\u00e9 & more".replace(" ", "-"))
    ann.page.get_by_role("button", name="Copy a link to this room").click()
    expect(ann.page.locator("#toast")).to_contain_text("Link copied")
    link = ann.page.evaluate("navigator.clipboard.readText()")
    assert link == f"{ann.url}/#room=caf%C3%A9-%26-more"
    bob = company.person(ann.url)
    bob.open(link.removeprefix(ann.url + "/"))
    expect(bob.page.locator("#login")).to_contain_text("You are invited to #caf\u00e9-&-more")
    bob.log_in("bob")
    expect(bob.page.locator("#room-name")).to_have_text("#caf\u00e9-&-more")
    ann.expect_member("bob")


@pytest.mark.thorough
def test_scrolling_loads_history(company: Company, url: str, irc: IrcClient) -> None:
    irc.command(*(f"PRIVMSG #lobby :line {number}" for number in range(120)))
    ann = company.person(url)
    ann.enter("ann")
    ann.expect_said("line 119")
    ann.expect_said("line 0", 0)
    expect(ann.texts.last).to_be_in_viewport()
    expect(ann.texts).to_have_count(49)  # one more line is her arrival
    for count, line in ((99, 71), (120, 21)):
        ann.log.evaluate("log => { log.scrollTop = 0 }")
        expect(ann.texts).to_have_count(count)
        expect(ann.texts.get_by_text(f"line {line}", exact=True)).to_be_in_viewport()
    expect(ann.log.get_by_text("This is the beginning of what you can read in #lobby.")).to_be_attached()
    expect(ann.log.get_by_text("What is said here is kept for 90 days")).to_have_count(1)
    assert ann.texts.all_inner_texts() == [f"line {number}" for number in range(120)]
    ann.page.get_by_role("button", name="Jump to latest").click()
    expect(ann.texts.last).to_be_in_viewport()
    expect(ann.page.get_by_role("button", name="Jump to latest")).not_to_be_visible()


@pytest.mark.thorough
def test_typing_is_shown_and_sent(company: Company, ann: Person, irc: IrcClient) -> None:
    bob = company.person(ann.url)
    bob.enter("bob")
    bob.page.locator("#text").press_sequentially("hm, I think")
    expect(ann.page.locator("#typing")).to_have_text("bob is typing\u2026")
    expect(bob.page.locator("#typing")).to_have_text("")
    bob.page.locator("#text").press("Enter")
    ann.expect_said("hm, I think")
    expect(ann.page.locator("#typing")).to_have_text("")
    sent = [message.command for message in irc.sync() if message.command in ("TAGMSG", "PRIVMSG")]
    assert sent == ["TAGMSG", "PRIVMSG"]  # eleven keys, one notice


@pytest.mark.thorough
def test_login_errors_are_explained(company: Company, ann: Person) -> None:
    bob = company.person(ann.url)
    bob.open()
    problem = bob.page.get_by_role("alert")
    bob.log_in("bob", "not the password")
    expect(problem).to_have_text("That is not the password.")
    expect(bob.page.get_by_label("Password")).to_be_focused()
    bob.log_in("bob", "")
    expect(problem).to_have_text("This chat has a password: ask the person who invited you.")
    bob.log_in("ann")
    expect(problem).to_have_text("That username is taken")
    expect(bob.page.get_by_label("Username")).to_be_focused()
    bob.log_in("7up")
    expect(problem).to_have_text("A username cannot begin with a digit or a dash")
    bob.log_in("bob too")
    expect(problem).to_have_text("A username cannot have spaces")
    bob.page.get_by_role("button", name="Join as bob-too").click()
    bob.expect_member("ann")
    bob.expect_member("bob-too")
    expect(bob.page.locator("#password")).to_have_value("")


@pytest.mark.thorough
def test_a_long_message_is_split_between_words(ann: Person, irc: IrcClient) -> None:
    text = " ".join(f"w\u00f6rd{number}" for number in range(150))
    ann.say(text)
    pieces: list[str] = []
    while " ".join(pieces) != text:
        message = irc.receive_until("PRIVMSG")
        pieces.append(message.params[1])
        assert len(f":{message.source} PRIVMSG #lobby :{pieces[-1]}\r\n".encode()) <= 512
    assert len(pieces) == 3
    expect(ann.texts).to_have_text(pieces)


@pytest.mark.thorough
def test_slash_commands(ann: Person, irc: IrcClient) -> None:
    ann.say("/me waves")
    assert irc.receive_until("PRIVMSG").params[1] == "\x01ACTION waves\x01"
    ann.expect_said("ann waves")
    ann.say("//not a command")
    assert irc.receive_until("PRIVMSG").params[1] == "/not a command"
    ann.say("/join tea")
    expect(ann.page.locator("#room-name")).to_have_text("#tea")
    ann.say("/topic Green or black?")
    expect(ann.page.locator("#topic")).to_have_text("Green or black?")
    ann.say("/name anna")
    expect(ann.page.locator("#me")).to_have_text("anna")
    ann.say("/leave")
    expect(ann.page.locator("#room-name")).to_have_text("#lobby")
    ann.say("/msg irma psst")
    assert irc.receive_until("PRIVMSG").params == ("irma", "psst")
    expect(ann.page.locator("#room-name")).to_have_text("irma")
    ann.say("/msg nobody psst")
    expect(ann.log).to_contain_text("Nobody here has that username or address")
    expect(ann.page.locator("#text")).to_be_disabled()
    ann.look_at("#lobby")
    ann.say("/nonsense")
    expect(ann.log).to_contain_text("There is no /nonsense")
    ann.say("/names")
    ann.say("/help")
    for command in ("/join", "/leave", "/msg", "/name", "/topic", "/me", "/help"):
        expect(ann.log).to_contain_text(command)
    expect(ann.log.get_by_role("link", name="#ROOM")).to_have_count(0)
    expect(ann.log.locator(".told", has_text="anna").last).to_be_visible()
    expect(ann.log.locator(".told .me")).to_have_count(0)


@pytest.mark.thorough
def test_pasted_lines_are_text(company: Company, url: str, irc: IrcClient) -> None:
    """> Pasted lines are carried out: with more than one line all is text."""
    ann = company.person(url, permissions=["clipboard-read", "clipboard-write"])
    ann.enter("ann")
    text = ann.page.locator("#text")
    for pasted, said in (
        ("/leave\nexit\n\n/msg irma hi\n//x\n/quit\n", ["/leave", "exit", "/msg irma hi", "//x", "/quit"]),
        ("/etc/hosts is wrong\n", ["/etc/hosts is wrong"]),
        ("/home/ann/x.txt", ["/home/ann/x.txt"]),
    ):
        ann.page.evaluate("text => navigator.clipboard.writeText(text)", pasted)
        text.press("Control+v")
        text.press("Enter")
        assert [irc.receive_until("PRIVMSG").params for _ in said] == [("#lobby", line) for line in said]
    ann.page.evaluate("navigator.clipboard.writeText('/me waves\\n')")
    text.press("Control+v")
    text.press("Enter")
    assert irc.receive_until("PRIVMSG").params == ("#lobby", "\x01ACTION waves\x01"), (
        "a single pasted line is carried out as a command"
    )
    ann.page.evaluate("navigator.clipboard.writeText('the surprise\\nis at six\\n')")
    text.press_sequentially("/msg irma ")
    text.press("Control+v")
    text.press("Enter")
    assert irc.receive_until("PRIVMSG").params == ("irma", "the surprise is at six"), (
        "the rest of the paste does not go to the room"
    )


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("is_logged", "logged"), [(True, ", private messages too."), (False, "; of private messages, only who wrote")]
)
def test_a_private_conversation_says_who_can_read_it(
    company: Company, tmp_path: Path, is_logged: bool, logged: str
) -> None:
    with hosted_tracker(tmp_path, PASSWORD, log_private=is_logged) as tracker:
        ann = company.person(f"http://127.0.0.1:{tracker.port}")
        ann.enter("ann")
        beginning = ann.page.locator(".beginning")
        for who, readers in (("bob", "Only you and bob can see this."), ("Ann", "Only you can see this.")):
            ann.say(f"/msg {who}")
            expect(beginning).to_contain_text(
                f"{readers} Everything said here is written to the operator's log{logged}"
            )
            expect(beginning).to_contain_text("Without an account, you can read it only until you leave.")
            here = "here is kept for 90 days, for those who may read it."
            rooms = "in rooms is kept for 90 days; private messages are not."
            expect(beginning).to_contain_text(f"What is said {here if is_logged else rooms}")


@pytest.mark.thorough
def test_people_come_and_go(company: Company, ann: Person) -> None:
    bob = company.person(ann.url)
    bob.enter("bob")
    expect(ann.log).to_contain_text("bob joined")
    bob.page.get_by_role("button", name="Leave the chat").click()
    expect(bob.page.get_by_label("Username")).to_be_visible()
    expect(ann.log).to_contain_text("bob came and went")
    expect(ann.page.locator("#member-list li")).to_have_count(1)


def test_unreadable_accounts_are_not_reported_as_a_wrong_password(company: Company, url: str, tmp_path: Path) -> None:
    (tmp_path / "state" / "accounts.sqlite").write_bytes(b"no database" * 1000)
    ann = company.person(url)
    ann.open()
    ann.log_in("ann")
    expect(ann.page.get_by_role("alert")).to_have_text(ACCOUNTS_REFUSAL)
