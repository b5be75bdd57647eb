"""What searches find; search terms are never taken as FTS5 syntax."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.errors import NothingToFind
from chatcore.server.archive.storage.words import (
    MAX_STARRED,
    MAX_WORDS,
    TOKENIZER,
    expression,
    identity_token,
    indexed_message,
    name_token,
)

Finds = Callable[[str, str], bool]

_CJK = "日本語中国漢字々〆ヶー〇カナひらがながパ한글조선ㄅㄆㄇ𠀀𠮷\U0002f800\U00030000豈﨑ｶﾅﾊﾟ㌔⼀ㇰ"


@pytest.fixture(scope="module")
def finds() -> Iterator[Finds]:
    """Return whether a search finds a text."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f'CREATE VIRTUAL TABLE words USING fts5(text, meta, tokenize = "{TOKENIZER}")')

        def find(text: str, searched: str) -> bool:
            connection.execute("DELETE FROM words")
            connection.execute("INSERT INTO words VALUES (?, 'a1')", (indexed_message(text),))
            wanted = expression(searched)
            match = f"text : ({wanted}) AND meta : (a1)"
            return bool(wanted) and connection.execute("SELECT 1 FROM words(?)", (match,)).fetchone() is not None

        yield find


@pytest.mark.parametrize(
    ("text", "searched"),
    [
        ("The quick brown fox", "fox"),
        ("The quick\nbrown fox", '"quick brown"'),
        ("The qui\n\rck brown fox", "quick"),
        ("The quick brown fox", "FOX quick"),
        ("The quick brown fox", '"quick brown"'),
        ("The quick brown fox", '"quick brown'),
        ("The quick brown fox", "qui*"),
        ("The quick brown fox", '"quick bro"*'),
        ("The quick brown fox", "-fox"),
        ("The quick brown fox", "fox !!! ..."),
        ("see https://example.org/a_b?c=d", "example.org/a_b"),
        ("don't", "don't"),
        ("Ångström naïve", "angstrom NAÏVE"),
        ("cafe\u0301", "café"),
        ("café", "cafe\u0301"),
        ("STRASSE", "straße"),
        ("ΟΔΟΣ", "οδος"),
        ("İstanbul", "istanbul"),
        ("हिन्दी भाषा", "हिन्दी"),
        ("שָׁלוֹם", "שלום"),
        ("مُحَمَّد", "محمد"),
        ("ภาษาไทย", "ไทย"),
        ("\uff46\uff55\uff4c\uff4c\u3000width", "full"),
        ("東京都に行く", "京"),
        ("東京都に行く", "京都"),
        ("東京都に行く", "東京都に行く"),
        ("東京都に行く", "京都*"),
        ("東京都に行く", "行く 東京"),
        ("カタカナ", "ｶﾀｶﾅ"),
        ("ﾊﾟﾝ", "パン"),
        ("佐々木さん", "々木"),
        ("ラーメン", "ー"),
        ("〆切", "〆"),
        ("一ヶ月", "ヶ月"),
        ("二〇二六年", "〇二"),
        ("𠮷野家", "𠮷"),
        ("대한민국", "한민"),
        ("ㄅㄆㄇㄈ", "ㄆㄇ"),
        ("abc日本def", "日本"),
        ("abc日本def", "abc日"),
        ("abc日本def", "abc"),
        ("nice👍🏽", "👍"),
        ("😀😁", "😁"),
        ("I ❤️ it", "❤"),
        ("20°C", "20"),
        ("\x02bo\x02ld \x0304,12red\x03 plain", "bold red plain"),
        ("\x01ACTION waves\x01", "waves"),
        ('say "hi"', "hi"),
        ("a NEAR(b, c) OR d", "NEAR(b"),
        ("one AND two", "AND"),
    ],
)
def test_is_found(finds: Finds, text: str, searched: str) -> None:
    assert finds(text, searched)


@pytest.mark.parametrize(
    ("text", "searched"),
    [
        ("The quick brown fox", "quick wolf"),
        ("The quick brown fox", '"brown quick"'),
        ("The quick brown fox", "qui"),
        ("The quick brown fox", "*"),
        ("The quick brown fox", "fox OR wolf"),
        ("The quick brown fox", "fox NOT wolf"),
        ("The quick brown fox", "NEAR(quick fox)"),
        ("The quick brown fox", "meta:a1"),
        ("The quick brown fox", "a1"),
        ("東京都", "京東"),
        ("\x01VERSION words\x01", "words"),
        ("\x01ACTION waves\x01", "ACTION"),
    ],
)
def test_is_not_found(finds: Finds, text: str, searched: str) -> None:
    assert not finds(text, searched)


@given(st.text(st.sampled_from(_CJK), min_size=1, max_size=12), st.data())
def test_any_part_of_a_text_without_spaces_is_found(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    part = text[start : data.draw(st.integers(start + 1, len(text)))]
    if part[0] in "ﾟ\u3099" or text[start + len(part) : start + len(part) + 1] == "ﾟ":
        return  # a part of a character
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f'CREATE VIRTUAL TABLE words USING fts5(text, tokenize = "{TOKENIZER}")')
        connection.execute("INSERT INTO words VALUES (?)", (indexed_message(f"so {text}!"),))
        assert connection.execute("SELECT 1 FROM words(?)", (expression(part),)).fetchone()


@given(st.text() | st.text(st.sampled_from('ab "*()-^:{}+,\\\0\x01ANDORT日')))
def test_no_search_is_a_syntax_error(finds: Finds, searched: str) -> None:
    with suppress(NothingToFind):
        finds("nothing of that", searched)


@pytest.mark.parametrize("searched", ["", "  ", '"', '""', "*", "!? ...", "-", "^", '"!!!"*', "\0", "\u0301", "\u200b"])
def test_a_search_without_words_asks_for_nothing(searched: str) -> None:
    assert expression(searched) == ""


@pytest.mark.parametrize("searched", ["日", "😀", "々", "ー", "ไ", "\U000323b0", "\U0001fae8"])
def test_one_character_can_be_a_word(finds: Finds, searched: str) -> None:
    assert finds(f"x{searched}y", searched)


def test_too_many_words_are_refused() -> None:
    most = " ".join(f"w{number}" for number in range(MAX_WORDS))
    assert expression(most + " w1")
    with pytest.raises(NothingToFind, match="32 words at most"):
        expression(most + " more")


def test_stars_are_limited_and_refused_after_one_letter() -> None:
    most = " ".join(f"w{number}*" for number in range(MAX_STARRED))
    assert expression(most + " w1* more words")
    with pytest.raises(NothingToFind, match="8 of them with a"):
        expression(most + " more*")
    for searched in ("a*", '"one b"*', "one.b*", "é*", "\u0301e*", "x\u200b*"):
        with pytest.raises(NothingToFind, match="two letters"):
            expression(searched)


@pytest.mark.parametrize("searched", ["日*", "日本*", "ab*", "हि*", "é1*", "😀*", '"a bc"*', "a日*"])
def test_a_star_is_allowed_where_it_is_cheap(searched: str) -> None:
    assert expression(searched)


@given(st.text(min_size=1), st.text(min_size=1))
def test_names_and_identities_have_separate_tokens(one: str, other: str) -> None:
    assert name_token(one) != identity_token(one)
    assert (identity_token(one) == identity_token(other)) == (one == other)


def test_names_are_case_insensitive() -> None:
    assert name_token("Ann[") == name_token("aNN[")
    assert name_token("Ä") != name_token("ä")
