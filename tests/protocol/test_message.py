"""The message grammar: https://modern.ircdocs.horse/#message-format and the message-tags specification."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chatcore.errors import ProtocolError
from chatcore.protocol.message import (
    Message,
    Source,
    escape_tag_value,
    parse,
    parse_count,
    parse_source,
    rest_of,
    serialize,
    serialize_params,
    serialize_tags,
    unescape_tag_value,
)
from tests.support.generated import CONTENT, PROPERTY, WORD

_TAG_KEY = st.from_regex(r"\+?([a-z0-9.-]{1,8}/)?[A-Za-z0-9-]{1,8}", fullmatch=True)
_COMMAND = st.from_regex(r"[A-Za-z]{1,10}|[0-9]{3}", fullmatch=True)
_MIDDLE = WORD.filter(lambda word: not word.startswith(":"))
_PARAMS = st.tuples(st.lists(_MIDDLE, max_size=15), st.lists(st.text(CONTENT, max_size=20), max_size=1))
_MESSAGES = st.builds(
    lambda command, params, source, tags: Message(command, (*params[0], *params[1]), source, tags),
    command=_COMMAND,
    params=_PARAMS,
    source=st.none() | WORD,
    tags=st.dictionaries(_TAG_KEY, st.text(max_size=10), max_size=4),
)
# Characters with a meaning, so that generated lines reach every corner of the grammar.
_LINES = st.text(st.sampled_from("@:; =\\a+") | CONTENT, max_size=40)


@PROPERTY
@given(_MESSAGES)
def test_serialized_message_parses_to_itself(message: Message) -> None:
    # NUL is the only character that a tag value cannot carry.
    if any("\0" in value for value in message.tags.values()):
        with pytest.raises(ProtocolError):
            serialize(message)
    else:
        assert parse(serialize(message)) == message


@PROPERTY
@given(_LINES)
@example("@; @command")
@example(":source :command")
@example(": command")
@example("@a=\\ command ::")
def test_a_parsed_line_can_be_passed_on_unchanged(line: str) -> None:
    """A client's line is either refused or can be passed on: it never fails later, in another client's output."""
    try:
        message = parse(line)
    except ProtocolError:
        return
    assert parse(serialize(message)) == message


@pytest.mark.parametrize(
    ("line", "params"),
    [
        (":irc.example.com CAP * LIST :", ("*", "LIST", "")),
        ("CAP * LS :multi-prefix sasl", ("*", "LS", "multi-prefix sasl")),
        ("CAP REQ :sasl message-tags foo", ("REQ", "sasl message-tags foo")),
        (":dan!d@localhost PRIVMSG #chan :Hey!", ("#chan", "Hey!")),
        (":dan!d@localhost PRIVMSG #chan Hey!", ("#chan", "Hey!")),
        (":dan!d@localhost PRIVMSG #chan ::-)", ("#chan", ":-)")),
    ],
)
def test_parameters(line: str, params: tuple[str, ...]) -> None:
    """The rule: "a trailing parameter … has the same semantics as any other parameter"."""
    assert parse(line).params == params


def test_parts_are_separated_by_one_or_more_spaces() -> None:
    """The rule: "message parts, and parameters themselves, are separated by one or more … SPACE"."""
    assert parse("@a=b   :src   PRIVMSG   #room    two   ::  x ") == Message(
        "PRIVMSG", ("#room", "two", ":  x "), "src", {"a": "b"}
    )


def test_tab_is_not_a_separator() -> None:
    assert parse("PRIVMSG a\tb") == Message("PRIVMSG", ("a\tb",))


def test_any_number_of_parameters_is_parsed() -> None:
    """The rule: "clients MUST parse incoming messages with any number of them"."""
    words = tuple(str(number) for number in range(100))
    assert parse("X " + " ".join(words)).params == words


def test_absent_parts_have_defaults() -> None:
    assert parse("PING") == Message(command="PING", params=(), source=None, tags={})


@pytest.mark.parametrize(
    "line",
    ["", " ", "   ", "@a=b", "@a=b ", "@", ":src", ":src ", ":", " :", "@a :src", ":src  :trailing"],
)
def test_line_without_command_is_refused(line: str) -> None:
    with pytest.raises(ProtocolError, match="without a command"):
        parse(line)


@pytest.mark.parametrize("line", [":src :command", ":src @command", "@a @b", "@a=b :src :x :y"])
def test_command_does_not_begin_like_tags_or_source(line: str) -> None:
    """The rule: "command ::= letter* / 3digit".

    What begins with : or @ would be a source, tags or a last parameter when it is sent on.
    """
    with pytest.raises(ProtocolError, match="without a command"):
        parse(line)


@pytest.mark.parametrize("character", ["\r", "\n", "\0"])
@pytest.mark.parametrize("line", ["{}", "X{}", "X :a{}b", ":a{}b X", "@a=b{} X"])
def test_line_break_or_nul_is_refused(line: str, character: str) -> None:
    """The rule: "nospcrlfcl ::= <sequence of any characters except NUL, CR, LF, colon (`:`) and SPACE>"."""
    with pytest.raises(ProtocolError, match="line break or NUL"):
        parse(line.format(character))


@pytest.mark.parametrize(
    ("line", "tags"),
    [
        ("@id=123AB;rose X", {"id": "123AB", "rose": ""}),
        ("@url=;netsplit=tur,ty X", {"url": "", "netsplit": "tur,ty"}),
        ("@+draft/reply=x;example.org/y X", {"+draft/reply": "x", "example.org/y": ""}),
        ("@a=b=c X", {"a": "b=c"}),
        ("@;;a=1;;=2 X", {"a": "1"}),
        ("@ X", {}),
    ],
)
def test_tags(line: str, tags: dict[str, str]) -> None:
    """The rule: "MUST interpret empty tag values (e.g. `foo=`) as equivalent to missing tag values"."""
    assert parse(line) == Message("X", tags=tags)


def test_last_of_equal_tags_counts() -> None:
    """The rule: "Implementations … SHOULD disregard all but the final occurrence"."""
    assert parse("@a=1;b=2;a=3 X").tags == {"a": "3", "b": "2"}


def test_tag_keys_are_opaque_and_case_sensitive() -> None:
    """The rule: "MUST treat tag key names as case-sensitive opaque identifiers"."""
    assert parse("@a=1;A=2;ü!=3 X").tags == {"a": "1", "A": "2", "ü!": "3"}


def test_missing_tag_value_is_not_sent_as_an_empty_one() -> None:
    """The rule: "MUST NOT convert values from missing to empty, to prevent size limit issues"."""
    assert serialize_tags([("a", ""), ("b", "c d"), ("+e/f", "")]) == r"a;b=c\sd;+e/f"


@pytest.mark.parametrize(
    ("value", "escaped"),
    [(";", r"\:"), (" ", r"\s"), ("\\", r"\\"), ("\r", r"\r"), ("\n", r"\n"), ("=", "=")],
)
def test_tag_value_escapes(value: str, escaped: str) -> None:
    """The table of "Escaping values"."""
    assert escape_tag_value(value) == escaped
    assert unescape_tag_value(escaped) == value


@pytest.mark.parametrize(
    ("escaped", "value"),
    [("test\\", "test"), (r"\b", "b"), (r"a\\nb", r"a\nb"), ("\\", ""), (r"\\\s", "\\ "), ("", "")],
)
def test_invalid_escapes_lose_their_backslash(escaped: str, value: str) -> None:
    r"""The rule: "a lone `\` exists at the end of an escaped value …, there SHOULD be no output"."""
    assert unescape_tag_value(escaped) == value


@PROPERTY
@given(st.text())
def test_tag_value_escaping_is_undone(value: str) -> None:
    escaped = escape_tag_value(value)
    assert unescape_tag_value(escaped) == value
    assert not set(escaped) & set("; \r\n")


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ((), ()),
        (("a",), ("a",)),
        (("a", "b c"), ("a", ":b c")),
        (("a", ""), ("a", ":")),
        (("a", ":b"), ("a", "::b")),
        (("a:", "b:c"), ("a:", "b:c")),
    ],
)
def test_last_parameter_gets_a_colon_if_needed(params: tuple[str, ...], words: tuple[str, ...]) -> None:
    """The rule: "contain spaces, are empty, or begin with a ':' … MUST be sent with a preceding ':'"."""
    assert serialize_params(params) == words


@pytest.mark.parametrize("param", ["", "a b", ":a"])
def test_parameter_that_needs_a_colon_is_possible_only_at_the_end(param: str) -> None:
    with pytest.raises(ProtocolError, match="before the last parameter"):
        serialize(Message("X", ("a", param, "b")))


@pytest.mark.parametrize("character", ["\r", "\n", "\0"])
@pytest.mark.parametrize("template", ["X", "X a", "X :a b", ":src X", "@a X"])
def test_line_break_or_nul_is_never_sent(template: str, character: str) -> None:
    """The rule: "clients and servers alike MUST NOT send single `\\r` or `\\n` characters"."""
    message = parse(template)
    broken = [
        message._replace(command="X" + character),
        message._replace(params=("a", character)),
        message._replace(source=character + "src"),
        message._replace(tags={"a" + character: "b"}),
    ]
    for each in broken:
        with pytest.raises(ProtocolError, match="line break or NUL"):
            serialize(each)


def test_serialized_parts_are_in_order() -> None:
    """The rule: "message ::= ['@' <tags> SPACE] [':' <source> SPACE] <command> <parameters> <crlf>"."""
    message = Message("PRIVMSG", ("#chan", "Hey what's up!"), "dan!d@localhost", {"id": "234AB"})
    assert serialize(message) == "@id=234AB :dan!d@localhost PRIVMSG #chan :Hey what's up!"


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ("irc.example.com", Source("irc.example.com")),
        ("dan!d@localhost", Source("dan", "d", "localhost")),
        ("dan!d", Source("dan", "d", "")),
        ("dan@localhost", Source("dan", "", "localhost")),
        ("dan!d@0::1", Source("dan", "d", "0::1")),
        ("", Source("")),
    ],
)
def test_source(source: str, parts: Source) -> None:
    """The rule: "source ::= <servername> / ( <nickname> [ "!" <user> ] [ "@" <host> ] )"."""
    assert parse_source(source) == parts


@PROPERTY
@given(st.text(st.sampled_from("a: ") | CONTENT, min_size=1, max_size=30), st.lists(_MIDDLE, max_size=2))
@example(" a  b ", [])
@example("a :b", ["x"])
@example(" :a", [])
def test_the_rest_of_a_line_is_returned_verbatim(rest: str, params: list[str]) -> None:
    """If a colon marks it as the last parameter, it is what `parse` returns."""
    for front in ("PASS", "@a=b;c :source PASS", "@a  :source  PASS", ":s PASS"):
        line = " ".join((front, *params, rest))
        is_marked = rest.lstrip(" ").startswith(":")
        assert rest_of(line, len(params)) == (parse(line).params[-1] if is_marked else rest)


@pytest.mark.parametrize(
    ("param", "count"),
    [
        *(("7", 7), ("007", 7), ("999999999", 999_999_999), ("0", 0), ("", 0), ("-1", 0), ("1.5", 0)),
        *(("٣", 0), ("²", 0), (" 1", 0), ("1_000", 0), ("1000000000", 0)),
    ],
)
def test_counts(param: str, count: int) -> None:
    assert parse_count(param) == count
