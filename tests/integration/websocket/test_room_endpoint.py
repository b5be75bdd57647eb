"""/ws/chat/{room}/?nickname={nickname}: text frames in are messages, text frames out are for people."""

from __future__ import annotations

from contextlib import ExitStack
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote

import pytest
from websockets.frames import Opcode

from tests.support.irc import commands, one, only
from tests.support.peers import Guest, Peers, peers_of, read_frames, read_head, read_response
from tests.support.trackers import Hosted, hosted_tracker
from tests.support.websocket import frame, upgrade_request


def refusal(peers: Peers, target: str) -> tuple[int, str]:
    """Return the response to a handshake at the target."""
    sock = peers.raw()
    sock.sendall(upgrade_request(target))
    return read_response(sock)


def test_joins_messages_and_departures_are_shown_to_all(peers: Peers) -> None:
    """The three texts verbatim; the sender gets its own message too."""
    ann = peers.guest("dev", "ann")
    bob = peers.guest("dev", "bob")
    assert ann.hear() == "bob joined dev"
    bob.say("hello all")
    assert ann.hear() == bob.hear() == "bob: hello all"
    ann.say("hello bob")
    assert ann.hear() == bob.hear() == "ann: hello bob"
    bob.connection.close()
    assert ann.hear() == "bob left the room"


def test_a_guest_stays_in_a_renamed_room(hosted: Hosted, peers: Peers) -> None:
    irc = hosted.client("irc", "#dev")
    ann = peers.guest("dev", "ann")
    irc.command("RENAME #dev #tea")
    hosted.client("other", "#dev")
    assert ann.hear() == "irc renamed the room to tea"
    ann.say("still here")
    assert ann.hear() == "ann: still here"
    assert irc.receive_until("PRIVMSG").params == ("#tea", "still here")
    irc.command("KICK #tea ann")
    ann.say("and now")
    assert [ann.hear(), ann.hear()][1].startswith("! "), "the message does not go to the new #dev"


@pytest.mark.parametrize("slash", ["", "/"])
def test_trailing_slash_is_optional(peers: Peers, slash: str) -> None:
    ann = peers.guest("dev", "ann", slash=slash)
    ann.say("hi")
    assert ann.hear() == "ann: hi"


def test_room_endpoint_over_tls(peers: Peers) -> None:
    bob, sock = peers.guest("dev", "bob"), peers.raw(is_tls=True)
    sock.sendall(upgrade_request("/ws/chat/dev?nickname=ann") + frame(Opcode.TEXT, b"hi"))
    assert [bob.hear(), bob.hear()] == ["ann joined dev", "ann: hi"]
    bob.say("hi ann")
    read_head(sock)
    said = (Opcode.TEXT, b"bob: hi ann")
    assert read_frames(sock, lambda found: found[-1] == said)[:2] == [
        (Opcode.TEXT, b"ann joined dev"),
        (Opcode.TEXT, b"ann: hi"),
    ]


@pytest.mark.parametrize(("room", "nick"), [("größe", "Jürgen"), ("a/b?c", "漢字"), ("50%", "x")])
def test_room_and_nick_are_percent_decoded(hosted: Hosted, peers: Peers, room: str, nick: str) -> None:
    irc = hosted.client("irc", f"#{room}")
    guest = peers.guest(room, nick)
    assert irc.receive_until("JOIN").params == (f"#{room}",)
    guest.say("hi")
    message = irc.receive_until("PRIVMSG")
    assert message.params == (f"#{room}", "hi")
    assert (message.source or "").startswith(nick + "!")


def test_room_may_be_named_with_its_hash(hosted: Hosted, peers: Peers) -> None:
    irc = hosted.client("irc", "#dev")
    Guest(peers.open("/ws/chat/%23dev?nickname=ann"))
    assert irc.receive_until("JOIN").params == ("#dev",)


def test_irc_and_room_endpoint_share_their_rooms(hosted: Hosted, peers: Peers) -> None:
    ann, irc = peers.guest("dev", "ann"), hosted.client("irc", "#dev")
    assert ann.hear() == "irc joined dev"
    irc.command("PRIVMSG #dev :from IRC")
    assert ann.hear() == "irc: from IRC"
    ann.say("from the room")
    assert irc.receive_until("PRIVMSG").params == ("#dev", "from the room")
    assert "ann" in one(irc.command("NAMES #dev"), "353").params[-1]


def test_other_events_are_shown_in_words(hosted: Hosted, peers: Peers) -> None:
    """A nick change, a topic, actions, a notice, a private message, an invitation, leaving; what is only for programs
    is not shown."""
    irc = hosted.client("irc", "#dev")
    ann = peers.guest("dev", "ann")
    irc.send(
        "NICK ircy",
        "TOPIC #dev :what we do",
        "PRIVMSG #dev :\x01ACTION waves\x01",
        "PRIVMSG ann :psst",
        "PRIVMSG ann :\x01ACTION winks\x01",
        "NOTICE #dev :take note",
        "MODE #dev +m-m",
        "JOIN #other",
        "INVITE ann #other",
        "PART #dev :bye",
        "JOIN #dev",
        "QUIT :bye",
    )
    expected = [
        "irc is now ircy",
        "ircy changed the topic to: what we do",
        "* ircy waves",
        "ircy (private): psst",
        "* ircy (private) winks",
        "ircy: take note",
        "ircy invites you to other",
        "ircy left the room",
        "ircy joined dev",
        "ircy left the room",
    ]
    assert [ann.hear() for _ in expected] == expected


def test_kicked_guest_can_no_longer_speak(hosted: Hosted, peers: Peers) -> None:
    irc = hosted.client("irc", "#dev")
    ann, bob = peers.guest("dev", "ann"), peers.guest("dev", "bob")
    ann.hear()
    irc.command("KICK #dev ann :out")
    assert [ann.hear(), bob.hear()] == ["ann left the room"] * 2
    ann.say("still here?")
    assert ann.hear().startswith("! ")
    bob.say("quiet")
    assert bob.hear() == "bob: quiet"


def test_announcements_and_the_reason_of_the_end_are_shown(hosted: Hosted, peers: Peers) -> None:
    ann = peers.guest("dev", "ann")
    hosted.tracker.announce("closing soon")
    assert ann.hear() == "* closing soon"
    client = hosted.tracker.registry.client("ann")
    assert client is not None
    hosted.tracker.services.disconnect(client, "enough")
    assert ann.hear() == "! Closing link: enough"


@pytest.mark.parametrize("mode", ["+i", "+k key", "+b *!*@*", "+l 1"])
def test_room_modes_keep_guests_out(hosted: Hosted, peers: Peers, mode: str) -> None:
    """The guest sees the reason, and is not in the room."""
    irc = hosted.client("irc", "#dev")
    irc.command(f"MODE #dev {mode}")
    ann = Guest(peers.open("/ws/chat/dev/?nickname=ann"))
    assert ann.hear().startswith("! ")
    ann.say("can you hear me?")
    assert ann.hear().startswith("! ")
    assert commands(irc.sync()) == []


@pytest.mark.parametrize("query", ["", "?", "?nickname=", "?password=x", "?nick=ann"])
def test_missing_nickname_is_refused(peers: Peers, query: str) -> None:
    assert refusal(peers, f"/ws/chat/dev/{query}") == (400, "No nickname specified.")


@pytest.mark.parametrize(
    "target",
    [
        "dev/?nickname=two+words",
        "dev/?nickname=1st",
        f"dev/?nickname={'x' * 33}",
        "dev/?nickname=a%0d%0aQUIT",
        "dev/?nickname=a%00",
        "dev/?nickname=%ff",
        "a%20b/?nickname=ann",
        "a%2cb/?nickname=ann",
        "a%0d%0aQUIT/?nickname=ann",
        "%ff/?nickname=ann",
        f"{'x' * 64}/?nickname=ann",
        "%23/?nickname=ann",
    ],
)
def test_invalid_names_are_refused_with_the_reason(hosted: Hosted, peers: Peers, target: str) -> None:
    status, reason = refusal(peers, f"/ws/chat/{target}")
    assert status == HTTPStatus.BAD_REQUEST
    assert len(reason) > len("No.")
    assert hosted.tracker.registry.client_count() == 0


@pytest.mark.parametrize("target", ["/ws/chat/", "/ws/chat//", "/ws/chat/a/b", "/ws/chat/a//", "/ws/other/dev"])
def test_other_paths_are_not_found(peers: Peers, target: str) -> None:
    assert refusal(peers, f"{target}?nickname=ann")[0] == HTTPStatus.NOT_FOUND


def test_taken_name_is_refused(hosted: Hosted, peers: Peers) -> None:
    hosted.client("ann")
    assert refusal(peers, "/ws/chat/dev/?nickname=ANN") == (409, "That nickname is taken.\n")


def test_registered_name_is_refused(hosted: Hosted, peers: Peers) -> None:
    hosted.tracker.keys.accounts.add("ann", "secret")
    assert refusal(peers, "/ws/chat/dev/?nickname=Ann") == (409, "That nickname is taken.\n")


def test_banned_name_is_refused(hosted: Hosted, peers: Peers) -> None:
    hosted.tracker.bans.add("ann")
    status, reason = refusal(peers, "/ws/chat/dev/?nickname=ann")
    assert (status, "banned" in reason) == (403, True)


@pytest.mark.usefixtures("from_elsewhere", "short_silence")
@pytest.mark.parametrize("query", ["&password=wrong", "&password=secret%20", "&password=SECRET"])
def test_wrong_password_is_refused_logged_and_counted(tmp_path: Path, query: str) -> None:
    with hosted_tracker(tmp_path, "secret", failures_before_ban=2) as hosted, peers_of(hosted.port) as peers:
        for _ in range(2):
            assert refusal(peers, f"/ws/chat/dev/?nickname=ann{query}") == (401, "Wrong or missing password.\n")
        assert hosted.connect().receive_until("ERROR"), "the address is shut out"
        assert "tried too many wrong passwords" in hosted.tracker.notices[0]
        assert [line for line in hosted.log_lines() if "refused" in line and "ann" in line]


@pytest.mark.usefixtures("from_elsewhere", "short_silence")
@pytest.mark.parametrize("query", ["", "&password="])
def test_missing_password_is_refused_but_does_not_count_as_a_guess(tmp_path: Path, query: str) -> None:
    with hosted_tracker(tmp_path, "secret", failures_before_ban=1) as hosted, peers_of(hosted.port) as peers:
        assert refusal(peers, f"/ws/chat/dev/?nickname=ann{query}") == (401, "Wrong or missing password.\n")
        assert list(hosted.tracker.notices) == []


def test_right_password_lets_in(tmp_path: Path) -> None:
    password = "sécret &+% 漢"
    with hosted_tracker(tmp_path, password) as hosted, peers_of(hosted.port) as peers:
        ann = peers.guest("dev", "ann", more=f"&password={quote(password, safe='')}")
        ann.say("in")
        assert ann.hear() == "ann: in"


def test_wrong_password_does_not_reveal_who_is_here(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, "secret") as hosted, peers_of(hosted.port) as peers:
        hosted.client("ann", password="secret")
        assert refusal(peers, "/ws/chat/dev/?nickname=ann&password=x")[0] == HTTPStatus.UNAUTHORIZED


def test_name_taken_between_check_and_claim_ends_the_connection(
    hosted: Hosted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guest sees the reason, and the connection ends, as it cannot choose another name."""
    registry = hosted.tracker.registry
    real, irc = registry.client, hosted.client("ann", "#dev")
    looked: list[str] = []

    def client_once_missing(nick: str) -> object:
        looked.append(nick)
        return None if len(looked) == 1 else real(nick)

    with ExitStack() as stack:
        monkeypatch.setattr(registry, "client", client_once_missing)
        late = Guest(stack.enter_context(peers_of(hosted.port)).open("/ws/chat/dev/?nickname=ann"))
        assert list(late.connection) == ["! That username is taken", "! Closing link: Connection closed"]
    assert len(looked) > 1
    assert irc.sync() == []


def test_each_line_of_a_text_is_one_message(hosted: Hosted, peers: Peers) -> None:
    irc = hosted.client("irc", "#dev")
    ann = peers.guest("dev", "ann")
    ann.say("one\ntwo\r\n\r\n   \nthree\u2028four\n")
    texts = ["one", "two", "three", "four"]
    assert [ann.hear() for _ in texts] == [f"ann: {text}" for text in texts]
    assert [message.params[-1] for message in only(irc.sync(), "PRIVMSG")] == texts


@pytest.mark.parametrize("room", ["d", "漢" * 63])
@pytest.mark.parametrize("word", ["x", "é", "😀"])
def test_long_text_arrives_whole_in_pieces(peers: Peers, room: str, word: str) -> None:
    """However little space a room with a long name leaves."""
    ann, text = peers.guest(room, "ann"), f"{word * 9} " * 100 + "end"
    ann.say(text)
    heard = ""
    while not heard.endswith("end"):
        piece = ann.hear()
        assert piece.startswith("ann: ")
        heard += piece.removeprefix("ann: ").strip() + " " * (not piece.endswith("end"))
    assert heard == text


@pytest.mark.parametrize("text", ["\nQUIT :x", "\r\nQUIT", "\0", "", "\n", " ", ":x", "/quit", "\x85QUIT"])
def test_text_is_never_a_command(hosted: Hosted, peers: Peers, text: str) -> None:
    ann = peers.guest("dev", "ann")
    ann.say(text)
    ann.say("still here")
    assert "ann: still here" in ann.hear_until("ann: still here")
    assert hosted.tracker.registry.client("ann") is not None


def test_control_characters_are_escaped(hosted: Hosted, peers: Peers) -> None:
    """Sequences that a terminal would obey are shown, not passed on."""
    irc, ann = hosted.client("irc", "#dev"), peers.guest("dev", "ann")
    irc.command("PRIVMSG #dev :\x1b[2Jgone\x07\x9b31m\u202e")
    heard = ann.hear()
    assert "gone" in heard
    assert heard.isprintable()


def test_binary_frames_are_read_as_text(peers: Peers) -> None:
    ann = peers.guest("dev", "ann")
    ann.say("é".encode())
    assert ann.hear() == "ann: é"
    ann.say(b"\xff!")
    assert ann.hear() == "ann: \N{REPLACEMENT CHARACTER}!"


def test_connection_ends_with_the_tracker(tmp_path: Path) -> None:
    with ExitStack() as peers:
        with hosted_tracker(tmp_path) as hosted:
            ann = peers.enter_context(peers_of(hosted.port)).guest("dev", "ann")
        assert list(ann.connection) == ["! the tracker has left"]
